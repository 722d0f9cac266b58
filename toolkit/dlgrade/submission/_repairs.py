"""Faults in kept definitions that stop a network from being built: mended where the meaning is plain, else
noted.

Mended on their own line: ``super(Other, self)`` in a class that has nothing to do with Other, and relative
imports (the files of a submission are siblings, not a package). Only noted: a GPU asked for by name, which
the worker answers with the processor that is there, and ``verbose=True`` for a scheduler, which torch
refuses.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from dlgrade.submission._draft import Draft
from dlgrade.submission._edits import Edits
from dlgrade.submission._imports import absolute
from dlgrade.submission._keep import Kept
from dlgrade.submission._nouns import Note
from dlgrade.submission._text import count, printable

__all__ = ["repair"]


def repair(draft: Draft, kept: Kept, edits: Edits) -> list[Note]:
    """Put the mends into `edits`; returns what the student should know."""
    nodes = list(kept.nodes())
    return [
        *_supers(draft, kept, nodes, edits),
        *_relative_imports(draft, nodes, edits),
        *_gpu(draft, nodes),
        *_verbose(draft, nodes),
    ]


# -- super(Other, self) ---------------------------------------------------------------------------------


def _supers(draft: Draft, kept: Kept, nodes: list[ast.AST], edits: Edits) -> Iterator[Note]:
    classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
    aliases = {
        target.id
        for statement in kept.statements
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    starred = any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in nodes)
    for node in sorted((n for n in nodes if isinstance(n, ast.ClassDef)), key=lambda n: n.lineno):
        ancestors = _ancestors(node, classes)
        for call, name, in_method in _super_calls(node):
            # Of an imported or assigned name the file alone does not tell what it is: leave it.
            if name in ancestors or name in kept.known or name in aliases or (starred and name not in classes):
                continue
            kept.undefined.pop(name, None)  # where it was read is gone
            if in_method:
                edits.put(call, "super(", ")")
            else:  # in a function inside the method, where super() finds neither class nor self
                edits.put(call, "super(__class__, ", f"{edits.text(call.args[1])})")
            shown = printable(name, 40)
            yield Note(
                draft.where(call.lineno),
                f"super({shown}, self) inside class {printable(node.name, 40)}: write super().__init__() "
                "(read as that here)",
            )


def _super_calls(node: ast.ClassDef) -> Iterator[tuple[ast.Call, str, bool]]:
    """Each ``super(Name, x)`` of this class's methods, the name, and whether no function is between."""
    todo: list[tuple[ast.AST, int]] = [(child, 0) for child in node.body]
    while todo:
        current, depth = todo.pop()
        if isinstance(current, ast.ClassDef):
            continue
        if isinstance(current, ast.Call) and getattr(current.func, "id", "") == "super":
            match current.args:
                case [ast.Name(id=name), _] if depth:
                    yield current, name, depth == 1
            continue
        nested = isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ListComp
                            | ast.SetComp | ast.DictComp | ast.GeneratorExp)  # fmt: skip
        todo += [(child, depth + nested) for child in ast.iter_child_nodes(current)]


def _ancestors(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> set[str]:
    found = {node.name}
    todo = list(node.bases)
    while todo:
        base = todo.pop()
        if isinstance(base, ast.Name) and base.id not in found:
            found.add(base.id)
            todo += classes[base.id].bases if base.id in classes else []
    return found


# -- relative imports -----------------------------------------------------------------------------------


def _relative_imports(draft: Draft, nodes: Iterable[ast.AST], edits: Edits) -> Iterator[Note]:
    lines = []
    for node in nodes:
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = absolute(node, draft.package)
        new = ast.ImportFrom(base, node.names, 0) if base else ast.Import(node.names)
        if base or all(alias.name != "*" for alias in node.names):
            edits.replace(node, ast.unparse(new))
            lines.append(node.lineno)
    if lines and not draft.package:
        yield Note(
            draft.where(min(lines)),
            "a relative import works only inside a package: write it without the dot (read as that here)",
        )


# -- only noted -----------------------------------------------------------------------------------------


def _gpu(draft: Draft, nodes: Iterable[ast.AST]) -> Iterator[Note]:
    lines = sorted({node.lineno for node in nodes if isinstance(node, ast.Call | ast.Assign) and _asks_for_gpu(node)})
    if lines:
        more = f" (and in {count(len(lines) - 1, 'more line')})" if len(lines) > 1 else ""
        yield Note(
            draft.where(lines[0]),
            f"asks for a GPU by name{more}; it is graded on the processor that is there. Write x.to(device)",
        )


def _asks_for_gpu(node: ast.Call | ast.Assign) -> bool:
    if isinstance(node, ast.Assign):
        return _is_cuda(node.value)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name == "cuda" and isinstance(node.func, ast.Attribute):
        return not (isinstance(node.func.value, ast.Name) and node.func.value.id == "torch")
    if any(keyword.arg == "device" and _is_cuda(keyword.value) for keyword in node.keywords):
        return True
    return name in {"to", "device"} and any(_is_cuda(a) for a in node.args)


def _is_cuda(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("cuda")


def _verbose(draft: Draft, nodes: Iterable[ast.AST]) -> Iterator[Note]:
    for node in sorted((n for n in nodes if isinstance(n, ast.Call)), key=lambda n: n.lineno):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name.endswith(("LR", "ReduceLROnPlateau", "WarmRestarts")) and any(
            k.arg == "verbose" for k in node.keywords
        ):
            yield Note(
                draft.where(node.lineno),
                f"{printable(name, 40)}(verbose=...): torch refuses verbose for a scheduler. Remove it",
            )
