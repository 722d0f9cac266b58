"""Which module-level statements of a file are kept, so that executing them defines things and does nothing
else.

A kept statement must also be able to run: where it reads, while it runs, a name that nothing kept before it
sets, it goes too. So a worker never stops on a name that only the training part of a script would have set.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dlgrade.submission._draft import Draft
from dlgrade.submission._imports import SUPPLIED, dotted, import_map
from dlgrade.submission._names import ALWAYS_THERE, Reads, assigned_globally, reads, sets
from dlgrade.submission._rank import Rank, Ranker

__all__ = ["Broken", "Kept", "keep"]

_TRIES = (ast.Try, ast.TryStar)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Broken:
    """A definition that was left out because executing it would fail for certain."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    missing: str
    reason: str


@dataclass
class Kept:
    """The outcome for one file.

    Attributes:
        statements: those that stay, in order.
        dropped: statements that go, at module level or inside a kept ``try``, with whether they are at module
            level.
        broken: definitions that cannot be executed, by name; they are in `dropped`, too.
        supplied: names whose import the file forgot.
        supplied_quietly: such names in a file with a star import, which may well bring them.
        undefined: names that what is left reads and nothing sets, with the line of first use.
        set_by_dropped: those of `undefined` that the file does set, by statements that are not run.
        known: which names stand for modules.
    """

    known: dict[str, str]
    statements: list[ast.stmt] = field(default_factory=list)
    dropped: list[tuple[ast.stmt, bool]] = field(default_factory=list)
    broken: dict[str, Broken] = field(default_factory=dict)
    supplied: set[str] = field(default_factory=set)
    supplied_quietly: set[str] = field(default_factory=set)
    undefined: dict[str, int] = field(default_factory=dict)
    set_by_dropped: set[str] = field(default_factory=set)

    @property
    def gone(self) -> set[ast.stmt]:
        """The dropped statements."""
        return {statement for statement, _ in self.dropped}

    def nodes(self) -> Iterator[ast.AST]:
        """Every node that is left, in no particular order."""
        gone = self.gone
        todo: list[ast.AST] = list(self.statements)
        while todo:
            node = todo.pop()
            if node not in gone:
                yield node
                todo.extend(ast.iter_child_nodes(node))


def keep(draft: Draft) -> Kept:
    """Decide for every module-level statement of `draft`."""
    return _Keeper(draft).settled()


class _Keeper:
    def __init__(self, draft: Draft) -> None:
        body = draft.tree.body
        self._body = body
        self._lazy = sys.version_info >= (3, 14) or any(_is_lazy(s) for s in body)
        self._everywhere = sets(body)
        self._set_here = sets(body, imports=False)
        self._defined_at = {s.name: s.lineno for s in body if isinstance(s, _DEFINITIONS)}
        self._opaque = "*" in self._everywhere
        self._written = assigned_globally(draft.tree)
        known = import_map(body, draft.package)
        self._ranker = Ranker(known, self._set_here, _records(body, known))
        self._kept = Kept(known)
        self._bound: set[str] = set()
        self._reads = Reads()
        self._known_reads: dict[ast.stmt, Reads] = {}
        self._needed = self._names_needed()

    def settled(self) -> Kept:
        self._kept.statements = self._settle(self._body, top=True)
        self._find_undefined()
        return self._kept

    # -- what definitions need --------------------------------------------------------------------------

    def _names_needed(self) -> set[str]:
        """Names read by definitions, and by whatever may set those names, and so on."""
        setters: dict[str, list[ast.stmt]] = {}
        todo: list[str] = []
        for unit in _units(self._body):
            if _defines(unit):
                todo += self._read_by(unit).every
            if not isinstance(unit, _DEFINITIONS):
                for name in _stores(unit):
                    setters.setdefault(name, []).append(unit)
        needed: set[str] = set()
        while todo:
            name = todo.pop()
            if name in needed:
                continue
            needed.add(name)
            for unit in setters.pop(name, ()):
                todo += self._read_by(unit).every
        return needed

    # -- statement by statement -------------------------------------------------------------------------

    def _settle(self, body: list[ast.stmt], top: bool) -> list[ast.stmt]:
        kept = []
        for statement in body:
            stays = self._settle_try(statement) if isinstance(statement, _TRIES) else self._settle_one(statement)
            if stays:
                kept.append(statement)
            else:
                self._kept.dropped.append((statement, top))
        return kept

    def _settle_try(self, node: ast.Try | ast.TryStar) -> bool:
        before, bound = len(self._kept.dropped), set(self._bound)
        body = self._settle(node.body, top=False)
        if not any(not isinstance(s, ast.Pass | ast.Expr) for s in body):
            del self._kept.dropped[before:]
            self._bound = bound
            return False
        for block in (*(h.body for h in node.handlers), node.orelse, node.finalbody):
            self._settle(block, top=False)
        return True

    def _settle_one(self, statement: ast.stmt) -> bool:
        rank = self._ranker.statement(statement)
        if rank is Rank.NEVER or (rank is Rank.NEEDED and not _stores(statement) & self._needed):
            return False
        read = self._read_by(statement)
        inside = sets([statement]) if isinstance(statement, ast.If) else set()
        missing = {name: line for name, line in read.now.items() if name not in inside and not self._there(name)}
        supplied = {name for name in missing if self._suppliable(name)}
        for name, line in missing.items():
            if name not in supplied:
                self._note_broken(statement, name, line)
                return False
        self._kept.supplied |= supplied
        self._bound |= sets([statement])
        for name in sets([statement]):
            self._kept.broken.pop(name, None)
        self._reads.add(read)
        return True

    def _read_by(self, statement: ast.stmt) -> Reads:
        if statement not in self._known_reads:
            self._known_reads[statement] = reads(statement, self._lazy)
        return self._known_reads[statement]

    def _there(self, name: str) -> bool:
        return name in self._bound or name in ALWAYS_THERE or (self._opaque and name not in self._everywhere)

    def _suppliable(self, name: str) -> bool:
        return name in SUPPLIED and name not in self._set_here

    def _note_broken(self, statement: ast.stmt, missing: str, line: int) -> None:
        if not isinstance(statement, _DEFINITIONS):
            return
        if missing not in self._everywhere:
            reason = f"it needs {missing}, which this file never defines"
        elif self._defined_at.get(missing, 0) > statement.lineno:
            reason = f"it needs {missing}, which is defined only further down"
        elif missing in self._kept.broken:
            reason = f"it needs {missing}, which cannot be executed either"
        else:
            reason = f"it needs {missing}, which is set by a statement that is not run"
        self._kept.broken[statement.name] = Broken(statement, missing, reason)
        self._reads.now.setdefault(missing, line)

    # -- what stays unknown -----------------------------------------------------------------------------

    def _find_undefined(self) -> None:
        kept = self._kept
        there = self._bound | ALWAYS_THERE | self._written
        for name, line in self._reads.every.items():
            if name in there:
                continue
            if self._opaque and name not in self._everywhere:
                kept.supplied_quietly |= {name} & SUPPLIED.keys()
            elif self._suppliable(name):
                kept.supplied.add(name)
            else:
                kept.undefined[name] = line
        kept.set_by_dropped = kept.undefined.keys() & self._everywhere


def _is_lazy(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
    )


def _units(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that are decided on one by one: those at module level, and those inside a ``try``."""
    for statement in body:
        if isinstance(statement, _TRIES):
            yield from _units(statement.body)
            for handler in statement.handlers:
                yield from _units(handler.body)
            yield from _units([*statement.orelse, *statement.finalbody])
        else:
            yield statement


def _defines(unit: ast.stmt) -> bool:
    return isinstance(unit, _DEFINITIONS) or (
        isinstance(unit, ast.If) and any(isinstance(node, _DEFINITIONS) for node in ast.walk(unit))
    )


def _stores(unit: ast.stmt) -> set[str]:
    """Names that `unit` sets or changes: ``a`` for ``a = 1``, ``a[0] = 1`` and ``a.b = 1``."""
    found = sets([unit])
    for node in ast.walk(unit):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            root: ast.expr = node
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            if isinstance(root, ast.Name):
                found.add(root.id)
    return found


def _records(body: Iterable[ast.stmt], known: dict[str, str]) -> set[str]:
    """Classes that only hold values: creating one has no effect, as nothing of the student's is called."""
    found = set()
    for node in body:
        if not isinstance(node, ast.ClassDef) or node.keywords:
            continue
        bases = {dotted(base, known) or ast.unparse(base) for base in node.bases}
        decorators = {dotted(d.func if isinstance(d, ast.Call) else d, known) for d in node.decorator_list}
        methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
        if (
            bases <= {"object", "typing.NamedTuple"}
            and decorators <= {"dataclasses.dataclass"}
            and not methods & {"__init__", "__new__", "__post_init__", "__setattr__", "__getattribute__"}
        ):
            found.add(node.name)
    return found
