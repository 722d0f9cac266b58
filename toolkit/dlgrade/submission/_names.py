"""Which module-level names a statement reads, now or later, and which it sets.

*Now* is while the statement itself runs: the value of an assignment, the bases of a class, the defaults of a
function. *Later* is inside a function's body, once it is called. Follows Python's rules of scope; where they
would need a run to decide (``exec``, ``globals()``), it sees nothing.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["ALWAYS_THERE", "Reads", "assigned_globally", "reads", "sets"]

ALWAYS_THERE = frozenset(dir(builtins)) | {
    "__annotations__", "__builtins__", "__doc__", "__file__", "__loader__", "__name__", "__package__",
    "__spec__",
}  # fmt: skip
_CLASS_NAMES = frozenset({"__module__", "__qualname__", "__annotations__"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.TryStar, ast.Match)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass
class Reads:
    """Names read, each with the line of its first use."""

    now: dict[str, int] = field(default_factory=dict)
    later: dict[str, int] = field(default_factory=dict)

    def add(self, other: Reads) -> None:
        """Take over what `other` has."""
        for name, line in other.now.items():
            self.now.setdefault(name, line)
        for name, line in other.later.items():
            self.later.setdefault(name, line)

    @property
    def every(self) -> dict[str, int]:
        """Both kinds, in the order of lines."""
        both = dict(self.later)
        for name, line in self.now.items():
            both[name] = min(line, both.get(name, line))
        return dict(sorted(both.items(), key=lambda item: item[1]))


def reads(node: ast.AST, lazy_annotations: bool = False) -> Reads:
    """The names that the module-level statement or expression `node` reads from the module."""
    reader = _Reader(lazy_annotations)
    reader.visit(node, _Scope())
    return reader.found


def sets(nodes: Iterable[ast.AST], imports: bool = True) -> set[str]:
    """The names that these statements bind in their own scope; ``*`` for a star import.

    Args:
        imports: whether names count that import statements bind.
    """
    found: set[str] = set()
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                found.add(node.id)
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, _COMPREHENSIONS):
            found |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            if imports:
                whole = isinstance(node, ast.ImportFrom)
                found |= {a.asname or (a.name if whole else a.name.partition(".")[0]) for a in node.names}
        elif not isinstance(node, ast.Lambda):
            found |= _captured(node)
            todo.extend(ast.iter_child_nodes(node))
    return found


def _captured(node: ast.AST) -> set[str]:
    """Names that are plain text in the tree: of handlers and patterns."""
    names: list[str | None] = []
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        names = [node.name]
    elif isinstance(node, ast.MatchMapping):
        names = [node.rest]
    return {name for name in names if name}


def assigned_globally(tree: ast.AST) -> set[str]:
    """Names that some function declares ``global``: a call may set them at any time."""
    return {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}


@dataclass(frozen=True)
class _Scope:
    """Where a piece of code stands.

    Attributes:
        hidden: names of the functions around it, which a module-level name of the same spelling cannot reach.
        own: names of the class body it is directly in, so far.
        later: whether it runs when a function is called.
        in_function: whether its own scope is a function; there, annotations of variables are never run.
    """

    hidden: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    later: bool = False
    in_function: bool = False


class _Reader:
    def __init__(self, lazy_annotations: bool) -> None:
        self.found = Reads()
        self._lazy_annotations = lazy_annotations

    def visit(self, node: ast.AST | None, scope: _Scope) -> None:
        """Note what `node` reads when it stands in `scope`."""
        if node is None:
            return
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self._note(node, scope)
        elif isinstance(node, _FUNCTIONS):
            self._function(node, scope)
        elif isinstance(node, ast.Lambda):
            self._defaults(node.args, scope)
            self._body([node.body], node.args, scope)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scope)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node, scope)
        elif isinstance(node, ast.AnnAssign):
            if not scope.in_function and not self._lazy_annotations:
                self.visit(node.annotation, scope)
            self._all((node.value, node.target), scope)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._note(node.target, scope)
            self.visit(node.value, scope)
        elif type(node).__name__ == "TypeAlias":
            return  # its value is looked at only when somebody asks for it
        else:
            self._all(ast.iter_child_nodes(node), scope)

    def _all(self, nodes: Iterable[ast.AST | None], scope: _Scope) -> None:
        for node in nodes:
            self.visit(node, scope)

    def _note(self, node: ast.Name, scope: _Scope) -> None:
        if node.id not in scope.hidden and node.id not in scope.own:
            (self.found.later if scope.later else self.found.now).setdefault(node.id, node.lineno)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: _Scope) -> None:
        self._all(node.decorator_list, scope)
        self._defaults(node.args, scope)
        typed = _Scope(scope.hidden | _type_parameters(node), scope.own, scope.later, scope.in_function)
        if not self._lazy_annotations:
            self._all([a.annotation for a in _arguments(node.args)], typed)
            self.visit(node.returns, typed)
        self._body(node.body, node.args, typed)

    def _defaults(self, args: ast.arguments, scope: _Scope) -> None:
        self._all([*args.defaults, *args.kw_defaults], scope)

    def _body(self, body: list[ast.stmt] | list[ast.expr], args: ast.arguments, scope: _Scope) -> None:
        local = sets(body) | {a.arg for a in _arguments(args)}
        declared = set(_declared_global(body))
        # `__class__` is there in methods; in other functions nobody writes it.
        inner = frozenset((scope.hidden | local | {"__class__"}) - declared)
        self._all(body, _Scope(inner, later=True, in_function=True))

    def _class(self, node: ast.ClassDef, scope: _Scope) -> None:
        self._all(node.decorator_list, scope)
        hidden = scope.hidden | _type_parameters(node)
        outer = _Scope(hidden, scope.own, scope.later, scope.in_function)
        self._all([*node.bases, *[keyword.value for keyword in node.keywords]], outer)
        own = _CLASS_NAMES
        for statement in node.body:
            after = own | sets([statement])
            # What an `if` in a class body sets, it may read itself.
            within = after if isinstance(statement, _BLOCKS) else own
            self.visit(statement, _Scope(hidden, within, scope.later))
            own = after

    def _comprehension(self, node: ast.AST, scope: _Scope) -> None:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        self.visit(generators[0].iter, scope)
        targets = sets([g.target for g in generators])
        inner = _Scope(scope.hidden | targets, scope.own, scope.later, scope.in_function)
        rest = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.comprehension)]
        self._all([part for g in generators for part in (g.target, *g.ifs)], inner)
        self._all([g.iter for g in generators[1:]], inner)
        self._all(rest, inner)


def _arguments(args: ast.arguments) -> list[ast.arg]:
    starred = [a for a in (args.vararg, args.kwarg) if a is not None]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *starred]


def _type_parameters(node: ast.AST) -> frozenset[str]:
    return frozenset(p.name for p in getattr(node, "type_params", ()))


def _declared_global(body: Iterable[ast.AST]) -> Iterable[str]:
    todo = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Global):
            yield from node.names
        elif not isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.Lambda)):
            todo.extend(ast.iter_child_nodes(node))
