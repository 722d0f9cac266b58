"""The classes of a submission: which look like networks, and which are only parts of others.

Read from the syntax trees; nothing is imported. A class counts as a part when another class uses it, or when it
is handed to another class as an argument (``ResNet(BasicBlock, [2, 2])``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from dlgrade.submission._clean import Cleaned
from dlgrade.submission._imports import Imported, absolute, dotted, inner_statements
from dlgrade.submission._nouns import ClassFound

__all__ = ["find_classes", "network_count"]

Key = tuple[str, str]  # module and class name
_NETWORK_BASES = frozenset({"LightningModule", "Module", "Sequential"})


@dataclass
class _Known:
    """A class while its relations are being found."""

    node: ast.ClassDef
    cleaned: Cleaned
    broken: str = ""
    bases: list[str] = field(default_factory=list)  # full names
    is_network: bool = False
    part_of: str = ""


def find_classes(main: Cleaned, siblings: Iterable[Cleaned], imports: list[Imported]) -> tuple[ClassFound, ...]:
    """Classes of `main`, then those of `siblings` that `main` imports, then second names for any of them.

    Args:
        imports: the import statements of `main`.
    """
    index = _Index([main, *siblings])
    index.mark_networks()
    index.mark_parts()
    reached = _reached(index, main, imports)
    own = [key for key in index.classes if key[0] == main.draft.module or key in reached]
    return (*(_found(key, index.classes[key]) for key in own), *_second_names(index, main))


def network_count(cleaned: Cleaned) -> int:
    """How many classes of this one file look like networks."""
    index = _Index([cleaned])
    index.mark_networks()
    return sum(item.is_network for item in index.classes.values())


class _Index:
    """All classes of some files, and what a name in one of the files means."""

    def __init__(self, files: list[Cleaned]) -> None:
        self.files = {cleaned.draft.module: cleaned for cleaned in files}
        self.classes: dict[Key, _Known] = {}
        for cleaned in files:
            found = sorted(_classes_of(cleaned), key=lambda item: item.node.lineno)
            self.classes.update({(cleaned.draft.module, item.node.name): item for item in found})
        for item in self.classes.values():
            item.bases = [self.full_name(base, item.cleaned) for base in item.node.bases]

    def full_name(self, node: ast.expr, cleaned: Cleaned) -> str:
        """``torch.nn.Module`` for an imported name, ``code6.Base`` for one of a file here, "" for the rest."""
        if isinstance(node, ast.Subscript):  # class Net(Base[int])
            node = node.value
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name):
            return ""
        imported = dotted(node, cleaned.kept.known)
        if imported:
            return ".".join(self.followed(imported))
        return f"{cleaned.draft.module}.{root.id}" if node is root else dotted(node, {root.id: root.id})

    def followed(self, full: str) -> Key:
        """Module and name of `full`, through files that only pass it on (``from .net import Net``)."""
        module, _, name = full.rpartition(".")
        for _ in range(10):
            if (module, name) in self.classes or module not in self.files:
                break
            passed_on = self.files[module].kept.known.get(name)
            if passed_on is None:
                return next((key for m in self._starred(module) if (key := (m, name)) in self.classes), (module, name))
            module, _, name = passed_on.rpartition(".")
        return module, name

    def _starred(self, module: str) -> Iterator[str]:
        draft = self.files[module].draft
        for statement in self.files[module].kept.statements:
            if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
                yield absolute(statement, draft.package)

    def key_of(self, node: ast.expr, cleaned: Cleaned) -> Key | None:
        """The class that `node` names, if it is one of these files'."""
        module, _, name = self.full_name(node, cleaned).rpartition(".")
        return (module, name) if (module, name) in self.classes else None

    # -- networks -----------------------------------------------------------------------------------------

    def mark_networks(self) -> None:
        """Find out which classes look like networks."""
        for key, item in self.classes.items():
            every = self._all_bases(key)
            ends = {full.rpartition(".")[2] for full in every}
            if any(full.startswith("torch.autograd.") for full in every) or "Function" in ends:
                continue
            inherits = any(full.startswith("torch.nn.") for full in every) or ends & _NETWORK_BASES
            if self._has_forward(key, every):
                item.is_network = True
            elif inherits:
                # A base without forward adds nothing that could be graded.
                item.is_network = not any(".".join(key) in other.bases for other in self.classes.values())

    def _has_forward(self, key: Key, bases: set[str]) -> bool:
        names = [".".join(key), *bases]
        items = (self.classes.get((m, n)) for m, _, n in (name.rpartition(".") for name in names))
        functions = (s for item in items if item for s in item.node.body if isinstance(s, ast.FunctionDef))
        return any(function.name == "forward" for function in functions)

    def _all_bases(self, key: Key) -> set[str]:
        found: set[str] = set()
        todo = list(self.classes[key].bases)
        while todo:
            full = todo.pop()
            if full and full not in found:
                found.add(full)
                module, _, name = full.rpartition(".")
                todo += self.classes[module, name].bases if (module, name) in self.classes else []
        return found

    # -- parts of others ----------------------------------------------------------------------------------

    def mark_parts(self) -> None:
        """Find out which classes are building blocks of others."""
        for key, item in self.classes.items():
            for used in self._used(item):
                self._mark(used, key)
        for cleaned in self.files.values():
            for call in (node for node in cleaned.kept.nodes() if isinstance(node, ast.Call)):
                owner = self.key_of(call.func, cleaned)
                if owner is not None:
                    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                        self._mark(self.key_of(argument, cleaned), owner)

    def _mark(self, used: Key | None, owner: Key) -> None:
        if used is not None and used != owner and not self.classes[used].part_of:
            self.classes[used].part_of = owner[1]

    def _used(self, item: _Known) -> Iterator[Key | None]:
        """Classes that the body of `item` names, other than to ask about or to inherit from."""
        todo: list[ast.AST] = list(item.node.body)
        while todo:
            node = todo.pop()
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"super", "isinstance"}:
                continue
            if isinstance(node, ast.Name | ast.Attribute):
                yield self.key_of(node, item.cleaned)
            todo.extend(ast.iter_child_nodes(node))


def _classes_of(cleaned: Cleaned) -> Iterator[_Known]:
    gone = cleaned.kept.gone
    for node in _module_level(cleaned.kept.statements):
        if node not in gone:
            yield _Known(node, cleaned)
    for broken in cleaned.kept.broken.values():
        if isinstance(broken.node, ast.ClassDef):
            yield _Known(broken.node, cleaned, broken.reason)


def _module_level(statements: Iterable[ast.stmt]) -> Iterator[ast.ClassDef]:
    for statement in statements:
        if isinstance(statement, ast.ClassDef):
            yield statement
        elif isinstance(statement, ast.If | ast.Try | ast.TryStar):
            yield from _module_level(inner_statements(statement))


# -- what can be named ------------------------------------------------------------------------------------


def _reached(index: _Index, main: Cleaned, imports: list[Imported]) -> set[Key]:
    """Classes of other files that the main file imports, by name or with their module."""
    found = {index.followed(full) for full in main.kept.known.values()}
    for item in imports:
        whole = [item.module] if not item.names or "*" in item.names else list(item.modules[1:])
        for module in whole:
            found |= {key for key in index.classes if key[0] == module}
            if module in index.files:
                found |= {index.followed(full) for full in index.files[module].kept.known.values()}
    return found


def _found(key: Key, item: _Known) -> ClassFound:
    node = item.node
    return ClassFound(
        name=node.name,
        line=node.lineno,
        bases=tuple(ast.unparse(base) for base in node.bases),
        looks_like_network=item.is_network,
        module=key[0],
        where=item.cleaned.draft.where(node.lineno),
        part_of=item.part_of,
        broken=item.broken,
    )


def _second_names(index: _Index, main: Cleaned) -> Iterator[ClassFound]:
    """``Net2 = Net`` and ``from model import Net1 as Net``."""
    for statement in main.kept.statements:
        pairs: list[tuple[str, Key | None]] = []
        if isinstance(statement, ast.Assign):
            key = index.key_of(statement.value, main)
            pairs = [(target.id, key) for target in statement.targets if isinstance(target, ast.Name)]
        elif isinstance(statement, ast.ImportFrom):
            renamed = [alias.asname for alias in statement.names if alias.asname and alias.asname != alias.name]
            pairs = [(name, index.followed(main.kept.known.get(name, ""))) for name in renamed]
        for name, key in pairs:
            if key is not None and key in index.classes and (main.draft.module, name) not in index.classes:
                yield _second_name(_found(key, index.classes[key]), name, statement.lineno, main)


def _second_name(of: ClassFound, name: str, line: int, main: Cleaned) -> ClassFound:
    return replace(of, name=name, line=line, module=main.draft.module, where=main.draft.where(line), alias_of=of.name)
