"""Which file of a folder or zip is the one to grade."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from dlgrade.errors import SubmissionError
from dlgrade.submission._nouns import Note
from dlgrade.submission._text import listed, printable

__all__ = ["pick"]

_CANDIDATE_LIMIT = 40
_SUPPORT = re.compile(r"(?:test_.*|.*_test|checks|conftest|setup|__init__|__main__)\.py")


def pick(
    names: tuple[str, ...], prefer: str | None, networks: Callable[[str], int], shown: str
) -> tuple[str, list[Note]]:
    """The path to grade, and notes about what was passed over.

    Tried in turn: the file named `prefer`, one with that word in its name, the only file, the one that
    defines the most networks. A file higher up wins over one further down, .py over .ipynb.

    Args:
        networks: number of networks that a file defines, 0 where it cannot be read.
        shown: what was handed in, for messages.

    Raises:
        SubmissionError: no file, or several and none of these rules decides.
    """
    if not names:
        raise SubmissionError(f"{shown}: holds no .py and no .ipynb file", "Hand in the file with your code.")
    if prefer:
        word = re.compile(rf"(?<![0-9a-z]){re.escape(prefer.lower())}(?![0-9a-z])")
        for candidates in (
            [n for n in names if PurePosixPath(n).stem.lower() == prefer.lower()],
            [n for n in names if word.search(PurePosixPath(n).stem.lower()) and not _is_support(n)],
        ):
            if candidates:
                return _highest(candidates, shown)
    own = [n for n in names if not _is_support(n)] or list(names)
    if len(own) == 1:
        return own[0], []
    if len(own) > _CANDIDATE_LIMIT:
        raise _ambiguous(own, shown)
    counts = {name: networks(name) for name in own}
    most = max(counts.values())
    best = [name for name in own if counts[name] == most]
    if most and len(best) == 1:
        return best[0], [Note(best[0], "this file is graded: of all files it defines the most networks")]
    if len({PurePosixPath(name).stem for name in best}) == 1:
        return _highest(best, shown)  # a notebook and its export
    raise _ambiguous([n for n in own if counts[n]] or own, shown)


def _highest(candidates: list[str], shown: str) -> tuple[str, list[Note]]:
    def order(name: str) -> tuple[int, bool]:
        return name.count("/"), not name.lower().endswith(".py")

    ranked = sorted(candidates, key=order)
    if len(ranked) > 1 and order(ranked[0]) == order(ranked[1]):
        raise _ambiguous([n for n in ranked if order(n) == order(ranked[0])], shown)
    if len(ranked) == 1:
        return ranked[0], []
    others = listed([printable(n) for n in ranked[1:]])
    return ranked[0], [Note(printable(ranked[0]), f"this file is graded; not looked at: {others}")]


def _ambiguous(candidates: list[str], shown: str) -> SubmissionError:
    return SubmissionError(
        f"{shown}: which file is to be graded?",
        f"Name one of them: {listed([printable(n) for n in candidates])}.",
    )


def _is_support(name: str) -> bool:
    return _SUPPORT.fullmatch(PurePosixPath(name).name.lower()) is not None
