"""A draft to a `SourceFile`: what does not define anything is blanked, what is plainly wrong is mended."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from dlgrade.submission._draft import Draft
from dlgrade.submission._edits import Edits
from dlgrade.submission._imports import SUPPLIED
from dlgrade.submission._keep import Kept, keep
from dlgrade.submission._nouns import Note, SourceFile
from dlgrade.submission._repairs import repair
from dlgrade.submission._syntax import check_compiles
from dlgrade.submission._text import count, listed, printable

__all__ = ["Cleaned", "clean"]


@dataclass(frozen=True)
class Cleaned:
    """A file that is ready for a worker, with what was learned on the way."""

    file: SourceFile
    draft: Draft
    kept: Kept
    notes: tuple[Note, ...]


def clean(draft: Draft) -> Cleaned:
    """Clean one file.

    Raises:
        SubmissionError: what is kept does not compile.
    """
    kept = keep(draft)
    edits = Edits(draft.code)
    for statement, top in kept.dropped:
        edits.blank(statement, top)
    notes = [
        *draft.notes,
        *_left_out(draft, kept),
        *_supplied(draft, kept),
        *_twice(draft, kept),
        *repair(draft, kept, edits),
        *_unknown(draft, kept),
    ]
    if draft.cells:
        _hoist_future(kept, edits)
    source = edits.applied()
    check_compiles(source, draft.where)
    prelude = "\n".join(SUPPLIED[n][1] for n in SUPPLIED if n in kept.supplied | kept.supplied_quietly)
    undefined = tuple(kept.undefined.items())
    file = SourceFile(draft.name, draft.module, source, draft.original, draft.cells, prelude, undefined)
    return Cleaned(file, draft, kept, tuple(notes))


def _hoist_future(kept: Kept, edits: Edits) -> None:
    """Each cell of a notebook may begin with ``from __future__``; in one file only the first line may."""
    names: list[str] = []
    for statement in kept.statements:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            edits.blank(statement, top=True)
            names += [alias.name for alias in statement.names]
    if names:
        edits.set_line(1, f"from __future__ import {', '.join(dict.fromkeys(names))}")


def _left_out(draft: Draft, kept: Kept) -> list[Note]:
    broken = {b.node for b in kept.broken.values()}
    notes = [
        Note(
            draft.where(b.node.lineno),
            f"{_kind(b.node)} {printable(name, 40)} was left out: {b.reason}",
        )
        for name, b in kept.broken.items()
    ]
    gone = [s for s in kept.gone if s not in broken and not isinstance(s, ast.Pass)]
    if not gone:
        return notes
    first, last = min(s.lineno for s in gone), max(s.end_lineno or s.lineno for s in gone)
    if draft.cells:
        until = f" (until {draft.where(last).removeprefix(draft.name).strip()})" if last > first else ""
    else:
        until = f": lines {first}-{last}" if last > first else ""
    text = f"{count(len(gone), 'statement')} at module level {'is' if len(gone) == 1 else 'are'} not run{until}"
    return [*notes, Note(draft.where(first), text)]


def _kind(node: ast.stmt) -> str:
    return "class" if isinstance(node, ast.ClassDef) else "function"


def _supplied(draft: Draft, kept: Kept) -> list[Note]:
    return [
        Note(draft.name, f"uses {name} without importing it; '{SUPPLIED[name][1]}' was supplied")
        for name in SUPPLIED
        if name in kept.supplied
    ]


def _twice(draft: Draft, kept: Kept) -> list[Note]:
    notes = []
    seen: dict[str, ast.stmt] = {}
    for statement in kept.statements:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        earlier = seen.get(statement.name)
        # `class Net(Net)` and `@overload` mean it.
        if earlier is not None and not statement.decorator_list and not _builds_on_itself(statement):
            notes.append(
                Note(
                    draft.where(statement.lineno),
                    f"{printable(statement.name, 40)} is defined a second time, first at "
                    f"{draft.where(earlier.lineno)}; the last one counts",
                )
            )
        seen[statement.name] = statement
    return notes


def _builds_on_itself(node: ast.stmt) -> bool:
    return isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == node.name for b in node.bases)


def _unknown(draft: Draft, kept: Kept) -> list[Note]:
    told = {b.missing for b in kept.broken.values()}
    never = [(n, line) for n, line in kept.undefined.items() if n not in kept.set_by_dropped | told]
    notes = [
        Note(draft.where(line), f"uses {printable(name, 60)}, which this file never defines") for name, line in never
    ]
    unset = [(n, line) for n, line in kept.undefined.items() if n in kept.set_by_dropped - told]
    if unset:
        names = listed([printable(name, 60) for name, _ in unset])
        verb = "is set by a statement that is" if len(unset) == 1 else "are set by statements that are"
        notes.append(Note(draft.where(unset[0][1]), f"uses {names}, which {verb} not run here"))
    return notes
