"""Of several attempts the last one, and of a student's files those that are handed on.

Nothing is picked in silence: what was passed over is told, and where two things cannot be ordered both are named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from dlgrade.intake._names import folded, plain_text
from dlgrade.intake._tree import Node, NotTakenError, megabytes
from dlgrade.intake._work import Item, Work
from dlgrade.submission._shelf import FILE_LIMIT, SOURCE_LIMIT, ignored, is_source
from dlgrade.submission._text import listed
from dlgrade.submission._zip import ARCHIVE_LIMIT

__all__ = ["Chosen", "choose", "last_of", "limit_of"]

_SHOWN = 6
_HAND_IN = "Ask for the .py file or notebook, or a zip of them."


@dataclass(frozen=True)
class Chosen:
    """What is handed on.

    Attributes:
        items: one archive, or sources.
        whole: whether it is all that matters of the student's own folder.
        earlier: files whose place a later one of the same name took.
        left_out: what might have been the submission and is not.
    """

    items: tuple[Item, ...]
    whole: bool = False
    earlier: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def last_of(works: Sequence[Work]) -> tuple[Work, tuple[Work, ...]]:
    """The attempt that counts, and those before it; by time, else by number.

    Raises:
        NotTakenError: neither tells.
    """
    if len(works) == 1:
        return works[0], ()
    times = {work.when for work in works}
    if None not in times and len(times) == len(works):
        ordered = sorted(works, key=lambda work: (work.when is not None and work.when.timestamp(), work.origin))
    elif len({work.number for work in works}) == len(works):
        ordered = sorted(works, key=lambda work: work.number)
    else:
        names = listed(sorted(work.origin for work in works), _SHOWN)
        raise NotTakenError(f"{names}: nothing says which of them counts", "Keep the one that counts.")
    return ordered[-1], tuple(ordered[:-1])


def choose(work: Work, assignment: str) -> Chosen:
    """Which of the student's files are the submission.

    Sources win over archives where one of them has the assignment's name, and the other way round; a single archive is
    handed on as it is.

    Raises:
        NotTakenError: nothing that can be graded, or more than one thing.
    """
    if work.trouble:
        raise NotTakenError(work.trouble, work.mend)
    items = [item for item in work.items if len(work.items) == 1 or not ignored(PurePosixPath(item.name))]
    in_place = work.home is not None
    found, earlier = _latest([item for item in items if _kind(item)], in_place)
    sources = [item for item in found if _kind(item) == "source"]
    archives = [item for item in found if _kind(item) == "archive"]
    if not found:
        raise _nothing(work.items)
    if sources and (not archives or _named(sources, assignment) or not _named(archives, assignment)):
        if archives and not _named(sources, assignment):
            raise _several([*archives, *sources])
        kept, too_large = _right_size(sources, assignment)
        left = (*_names(archives), *too_large)
        return Chosen(tuple(kept), in_place, earlier, left)
    right = archives if len(archives) == 1 else _named(archives, assignment)
    if len(right) != 1:
        raise _several(archives)
    _refuse_kind(right[0].node)
    _refuse_large(right[0])
    others = [item for item in found if item is not right[0]]
    return Chosen((right[0],), False, earlier, _names(others))


def limit_of(name: str) -> int:
    """How large a file of that name may be."""
    if name.lower().endswith(".zip"):
        return ARCHIVE_LIMIT
    return FILE_LIMIT if name.lower().endswith(".ipynb") else SOURCE_LIMIT


def _kind(item: Item) -> str:
    if is_source(item.name):
        return "source"
    return "archive" if item.name.lower().endswith(".zip") else ""


def _latest(items: list[Item], in_place: bool) -> tuple[list[Item], tuple[str, ...]]:
    """Of files with one name, the last resubmission."""
    by_name: dict[str, list[Item]] = {}
    for item in items:
        by_name.setdefault(item.name if in_place else folded(item.name), []).append(item)
    kept: list[Item] = []
    earlier: list[str] = []
    for alike in by_name.values():
        *before, last = sorted(alike, key=lambda item: item.again)
        if before and before[-1].again == last.again:
            names = listed(sorted(item.node.shown for item in alike), _SHOWN)
            raise NotTakenError(f"{names}: nothing says which of them counts", "Keep the one that counts.")
        kept.append(last)
        earlier.extend(item.node.shown for item in before)
    return kept, tuple(sorted(earlier))


def _named(items: list[Item], assignment: str) -> list[Item]:
    return [item for item in items if folded(PurePosixPath(item.name).stem) == folded(assignment)]


def _right_size(sources: list[Item], assignment: str) -> tuple[list[Item], tuple[str, ...]]:
    """Sources that are not too large; one that is may be left out where it is not what is asked for."""
    for item in sources:
        _refuse_kind(item.node)
    kept = [item for item in sources if item.node.size <= limit_of(item.name)]
    large = [item for item in sources if item.node.size > limit_of(item.name)]
    if large and (not _named(kept, assignment) or _named(large, assignment)):
        _refuse_large(large[0])
    return kept, _names(large)


def _refuse_kind(node: Node) -> None:
    if node.trouble:
        raise NotTakenError(f"{plain_text(node.name)} {node.trouble}", "Hand in the file itself.")


def _refuse_large(item: Item) -> None:
    size, limit = item.node.size, limit_of(item.name)
    if size > limit:
        raise NotTakenError(
            f"{plain_text(item.node.name)} has {megabytes(size)}; at most {limit // 1_000_000} MB are read",
            "Hand in the source only, without data, weights and outputs.",
        )


def _nothing(items: tuple[Item, ...]) -> NotTakenError:
    if not items:
        return NotTakenError("nothing was handed in: the folder is empty", _HAND_IN)
    links = [item for item in items if item.node.kind == "link"]
    if links:
        return NotTakenError(f"{plain_text(links[0].node.name)} {links[0].node.trouble}", "Hand in the file itself.")
    held = listed(sorted(plain_text(item.name) for item in items), _SHOWN)
    return NotTakenError(f"holds no .py, .ipynb or .zip file: {held}", _HAND_IN)


def _several(items: list[Item]) -> NotTakenError:
    names = listed(sorted(item.node.shown for item in items), _SHOWN)
    return NotTakenError(f"{names}: nothing says which of them counts", "Keep the one that counts.")


def _names(items: Sequence[Item]) -> tuple[str, ...]:
    return tuple(sorted(item.node.shown for item in items))
