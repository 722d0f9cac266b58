"""Decks as they are written: frozen, without behaviour beyond what their fields say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dlgrade.course import Located


@dataclass(frozen=True)
class Card:
    """One card; texts are the markup of `dlgrade.markup`.

    Attributes:
        key: the permanent id, unique in all decks.
        front, back: a basic card; empty for a cloze.
        cloze: the text with its clozes; empty for a basic card.
        check: expressions that must be true.
        runs: code that must run without an exception.
        source: an assignment's id or a URL; empty where there is none.
        was: the former id, which the review history hangs on.
        line: where it stands in the deck's file, from 1.
    """

    key: str
    line: int
    front: str = ""
    back: str = ""
    cloze: str = ""
    extra: str = ""
    check: tuple[str, ...] = ()
    runs: str = ""
    figure: str = ""
    alt: str = ""
    figure_on: Literal["front", "back"] = "front"
    tags: tuple[str, ...] = ()
    source: str = ""
    was: str = ""


@dataclass(frozen=True)
class Deck:
    """One deck: its cards in the order in which they are learned.

    Attributes:
        located: the file with the lines of everything in it.
    """

    id: str
    title: str
    order: float
    cards: tuple[Card, ...]
    file: Path
    located: Located
    lesson: str = ""

    def where(self, card: Card, *place: str | int) -> str:
        """``file:line`` of a card, or of one of its keys."""
        return self.located.where(("cards", card.key, *place))

    def where_in_code(self, card: Card, key: Literal["runs", "figure"], line: int | None) -> str:
        """``file:line`` of a line of a card's code, from 1."""
        code = getattr(card, key)
        if line is None or "\n" not in code:
            return self.where(card, key)
        # A block of code begins in the line after its key.
        file = self.where(card, key).rpartition(":")[0]
        return f"{file}:{self.located.line(('cards', card.key, key)) + line}"
