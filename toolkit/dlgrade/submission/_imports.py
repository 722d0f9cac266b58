"""What a file imports: which name means which module, and which modules must be replaced."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dlgrade.submission._stand_ins import HARMLESS

__all__ = [
    "INSTALLED",
    "SUPPLIED",
    "Imported",
    "absolute",
    "dotted",
    "import_map",
    "imported",
    "inner_statements",
    "stand_in_for",
]

# Supplied when a file uses the name and never sets it; the spellings that every course uses.
SUPPLIED: dict[str, tuple[str, str]] = {
    "torch": ("torch", "import torch"),
    "nn": ("torch.nn", "import torch.nn as nn"),
    "F": ("torch.nn.functional", "import torch.nn.functional as F"),
    "optim": ("torch.optim", "import torch.optim as optim"),
    "math": ("math", "import math"),
    "np": ("numpy", "import numpy as np"),
}

# A fixed list, not a look at this machine: the same file must get the same answer on a laptop and a server.
# What torch itself imports must be in it: a stand-in there would take torch down.
INSTALLED = frozenset(sys.stdlib_module_names) | {
    "PIL", "filelock", "fsspec", "jinja2", "markupsafe", "mpmath", "networkx", "numpy", "pkg_resources",
    "setuptools", "sympy", "torch", "torchvision", "typing_extensions",
}  # fmt: skip


@dataclass(frozen=True)
class Imported:
    """One module or name that an import statement asks for.

    Attributes:
        module: absolute dotted name; relative ones are resolved.
        names: what is taken from it, for ``from module import names``.
        guarded: the statement stands in a ``try`` that provides for its failure.
    """

    module: str
    names: tuple[str, ...]
    line: int
    guarded: bool

    @property
    def modules(self) -> tuple[str, ...]:
        """All modules this might mean: ``from a import b`` may ask for ``a.b``."""
        return (self.module, *(f"{self.module}.{name}" for name in self.names if name != "*"))


def import_map(statements: Iterable[ast.stmt], package: str) -> dict[str, str]:
    """Module-level names that stand for modules or their members: ``{"nn": "torch.nn"}``."""
    known: dict[str, str] = {}
    todo = list(statements)[::-1]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, package)
            known.update({a.asname or a.name: f"{base}.{a.name}".lstrip(".") for a in node.names if a.name != "*"})
        elif isinstance(node, ast.If | ast.Try | ast.TryStar):
            todo.extend(reversed(list(inner_statements(node))))
    return known


def inner_statements(node: ast.stmt) -> Iterator[ast.stmt]:
    """The statements directly inside a compound one."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.ExceptHandler):
            yield from part.body
        elif isinstance(part, ast.stmt):
            yield part


def absolute(node: ast.ImportFrom, package: str) -> str:
    """The absolute name of the module that `node` imports from."""
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    # Too many dots fail in Python; a worker has only the one folder, so they mean that.
    base = parts[: max(0, len(parts) - node.level + 1)]
    return ".".join([*base, *([node.module] if node.module else [])])


def dotted(node: ast.expr, known: dict[str, str]) -> str:
    """The full name of what `node` names, ``torch.nn.Linear``; "" where that cannot be told."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in known:
        return ""
    return ".".join([known[node.id], *reversed(parts)])


def imported(nodes: Iterable[ast.AST], package: str, dropped: set[ast.stmt]) -> list[Imported]:
    """Every import in `nodes` at any depth, except inside `dropped` statements."""
    found: list[Imported] = []
    todo: list[tuple[ast.AST, bool]] = [(node, False) for node in nodes]
    while todo:
        node, guarded = todo.pop()
        if node in dropped:
            continue
        if isinstance(node, ast.Import):
            found += [Imported(alias.name, (), node.lineno, guarded) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            found.append(Imported(absolute(node, package), names, node.lineno, guarded))
        elif isinstance(node, ast.Try):
            safe = _provides(node, dropped)
            todo += [(child, guarded or safe) for child in node.body]
            todo += [(child, guarded) for child in (*node.handlers, *node.orelse, *node.finalbody)]
        else:
            todo += [(child, guarded) for child in ast.iter_child_nodes(node)]
    return sorted(found, key=lambda item: item.line)


def _provides(node: ast.Try, dropped: set[ast.stmt]) -> bool:
    """Whether a failing import in this ``try`` ends in something else being set, as the author planned.

    A handler that only prints or passes would leave the name undefined: a stand-in serves the author better.
    """
    for handler in node.handlers:
        caught = {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)} if handler.type else {"Exception"}
        if not caught & {"BaseException", "Exception", "ImportError", "ModuleNotFoundError"}:
            continue
        kinds = (ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
        return any(isinstance(s, kinds) for s in handler.body) and not any(s in dropped for s in handler.body)
    return False


def stand_in_for(item: Imported) -> str:
    """The name of the module that must be replaced for this import to work, or "" where none must."""
    for name in item.modules:
        for harmless in HARMLESS:
            if name == harmless or name.startswith(f"{harmless}."):
                return harmless
    top = item.module.partition(".")[0]
    return "" if top in INSTALLED or not top else top
