"""Read decks from their YAML files.

Promises: what is returned has exactly the documented keys with values of the right type; whatever is wrong is a
`CourseError` with file, line and the mend, one for each card. Does not draw, run or compute anything: that is the
work of `build`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dlgrade.course import Located, read_yaml, validated
from dlgrade.deck._nouns import Card, Deck
from dlgrade.errors import CourseError

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_ID_MEND = "Use small letters, digits and single hyphens."
_TAG = re.compile(r"[\w.+-]+(::[\w.+-]+)*\Z")
_URL = re.compile(r"https?://[^\s<>\"']+\Z")
_LESSON = re.compile(r"[a-z][a-z0-9_-]*\Z")


@dataclass(frozen=True)
class _DeckText:
    title: str
    cards: dict[str, Any]
    order: float = 0
    lesson: str = ""


@dataclass(frozen=True)
class _CardText:
    front: str = ""
    back: str = ""
    cloze: str = ""
    extra: str = ""
    check: str | tuple[str, ...] = ()
    runs: str = ""
    figure: str = ""
    alt: str = ""
    figure_on: Literal["front", "back"] = "front"
    tags: tuple[str, ...] = ()
    source: str = ""
    was: str = ""


def load_decks(folder: Path) -> tuple[Deck, ...]:
    """Read all decks of a folder, in the order of the course.

    Raises:
        CourseError: the first thing that is wrong with one of them.
    """
    decks, faults = read_decks(folder)
    if faults:
        raise faults[0]
    return decks


def read_decks(folder: Path) -> tuple[tuple[Deck, ...], list[CourseError]]:
    """The decks of a folder in the order of the course, and what is wrong in their files."""
    decks: list[Deck] = []
    faults: list[CourseError] = []
    for path in sorted(folder.glob("*.yaml")):
        deck, wrong = read_deck(path)
        faults += wrong
        if deck is not None:
            decks.append(deck)
    return tuple(sorted(decks, key=lambda deck: (deck.order, deck.id))), faults


def read_deck(path: Path) -> tuple[Deck | None, list[CourseError]]:
    """One deck with those of its cards that are right, and what is wrong with the others."""
    try:
        located = read_yaml(path)
        text = validated(_DeckText, located)
    except CourseError as error:
        return None, [error]
    faults = list(_deck_faults(path, text, located))
    cards: list[Card] = []
    for key in text.cards:
        place = ("cards", key)
        try:
            card = _card(key, validated(_CardText, located, place), located.line(place))
        except CourseError as error:
            faults.append(error)
            continue
        wrong = list(_card_faults(card, located))
        faults += wrong
        cards += [] if wrong else [card]
    return Deck(path.stem, text.title, text.order, tuple(cards), path, located, text.lesson), faults


def _card(key: str, text: _CardText, line: int) -> Card:
    check = (text.check,) if isinstance(text.check, str) else text.check
    return Card(
        key=key, line=line, front=text.front.strip(), back=text.back.strip(), cloze=text.cloze.strip(),
        extra=text.extra.strip(), check=check, runs=text.runs, figure=text.figure, alt=text.alt.strip(),
        figure_on=text.figure_on, tags=text.tags, source=text.source, was=text.was,
    )  # fmt: skip


def _deck_faults(path: Path, text: _DeckText, located: Located) -> Iterator[CourseError]:
    if not _ID.match(path.stem):
        yield CourseError(located.where(), f"'{path.stem}' cannot be the id of a deck", _ID_MEND)
    if not text.title.strip() or "::" in text.title:
        what = "the title is empty" if not text.title.strip() else "'::' in a title would divide the deck"
        yield CourseError(located.where(("title",)), what)
    if not text.cards:
        yield CourseError(located.where(("cards",)), "there are no cards", "Write at least one.")
    if text.lesson and not _source(text.lesson):
        yield _no_source(text.lesson, located.where(("lesson",)))


def _card_faults(card: Card, located: Located) -> Iterator[CourseError]:
    """What one card lacks or has too much."""
    place = ("cards", card.key)
    written = located.data["cards"][card.key]
    if not _ID.match(card.key):
        yield CourseError(located.where(place), f"'{card.key}' cannot be the id of a card", _ID_MEND)
    yield from _sides(card, written, located)
    for key in ("extra", "runs", "figure", "alt", "source", "was"):
        if key in written and not written[key].strip():
            yield CourseError(located.where((*place, key)), f"'{key}' is empty", "Write it, or leave it out.")
    if card.figure and not card.alt and "alt" not in written:
        what = f"the figure of '{card.key}' has no alt"
        yield CourseError(located.where((*place, "figure")), what, "Say in words what it shows.")
    for key in ("alt", "figure_on"):
        if key in written and "figure" not in written:
            yield CourseError(located.where((*place, key)), f"'{key}' without a figure", "Draw one, or leave it out.")
    for i, tag in enumerate(card.tags):
        if not _TAG.match(tag):
            what = f"'{tag}' cannot be a tag"
            yield CourseError(located.where((*place, "tags", i)), what, "Write words joined by - and levels by ::.")
    if card.source and not _source(card.source):
        yield _no_source(card.source, located.where((*place, "source")))
    if card.was and (not _ID.match(card.was) or card.was == card.key):
        what = f"'{card.was}' cannot be a former id of '{card.key}'"
        yield CourseError(located.where((*place, "was")), what, "Write the id that the card had before.")


def _sides(card: Card, written: dict[str, Any], located: Located) -> Iterator[CourseError]:
    place = ("cards", card.key)
    sides = [key for key in ("front", "back", "cloze") if key in written]
    if "cloze" in sides and len(sides) > 1:
        what = f"'{card.key}' has a cloze and a {sides[0]}"
        yield CourseError(located.where((*place, "cloze")), what, "Write either front and back, or a cloze.")
    elif not sides:
        what = f"'{card.key}' has no text"
        yield CourseError(located.where(place), what, "Write front and back, or a cloze.")
    elif "cloze" not in sides and len(sides) == 1:
        missing = "back" if sides == ["front"] else "front"
        yield CourseError(located.where(place), f"the key '{missing}' is missing in '{card.key}'")
    for key in sides:
        if not written[key].strip():
            yield CourseError(located.where((*place, key)), f"'{key}' is empty")


def _source(text: str) -> bool:
    return bool(_URL.match(text) or _LESSON.match(text))


def _no_source(text: str, where: str) -> CourseError:
    return CourseError(where, f"'{text}' is neither an assignment's id nor a URL", "A URL begins with https://.")
