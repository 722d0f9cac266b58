"""Clozes, ``{{c1::hidden::hint}}``, found the way Anki finds them: the first ``}}`` ends one.

Knows their places in a text and nothing of what is inside; whether a deck's clozes are numbered well is the
deck's affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPEN = re.compile(r"\{\{c(\d+)::")
_CLOSE = "}}"


@dataclass(frozen=True)
class Cloze:
    """One cloze: its number, its parts, and where it stands in the text (``start`` and ``end`` of the whole)."""

    number: int
    hidden: str
    hint: str
    start: int
    end: int

    @property
    def inside(self) -> slice:
        """Where the hidden part stands in the text."""
        begin = self.start + len(f"{{{{c{self.number}::")
        return slice(begin, begin + len(self.hidden))


def clozes(text: str) -> Iterator[Cloze]:
    """The clozes of a text in their order; what is opened and never closed is left out."""
    place = 0
    while opened := _OPEN.search(text, place):
        close = text.find(_CLOSE, opened.end())
        if close < 0:
            return
        hidden, _, hint = text[opened.end() : close].partition("::")
        # Leading zeros would shift `inside`; Anki reads them as the number, so they are kept out of it.
        number = int(opened[1])
        if opened[1] == str(number):
            yield Cloze(number, hidden, hint, opened.start(), close + len(_CLOSE))
        place = close + len(_CLOSE)


def revealed(text: str) -> str:
    """The text with every cloze replaced by what it hides."""
    pieces, place = [], 0
    for cloze in clozes(text):
        pieces += [text[place : cloze.start], cloze.hidden]
        place = cloze.end
    return "".join([*pieces, text[place:]])


def marks(text: str) -> tuple[str, list[tuple[int, str]]]:
    """The revealed text, and the markers taken out with the places in it where they belong."""
    found: list[tuple[int, str]] = []
    pieces: list[str] = []
    length = place = 0
    for cloze in clozes(text):
        pieces += [text[place : cloze.start], cloze.hidden]
        length += cloze.start - place
        found.append((length, text[cloze.start : cloze.inside.start]))
        length += len(cloze.hidden)
        found.append((length, text[cloze.inside.stop : cloze.end]))
        place = cloze.end
    return "".join([*pieces, text[place:]]), found
