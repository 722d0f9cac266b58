r"""Cards as notes of Anki: the HTML of their fields, their tags, and the pictures they show.

A figure is a file of its own, named by its content, so that a changed figure is a new file and an unchanged one is
none; math stays TeX between ``\(`` and ``\)``, which Anki typesets.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from dlgrade import markup
from dlgrade.course import Course
from dlgrade.deck._nouns import Card, Deck

LESSONS = "https://github.com/dlgrade/dlgrade/tree/main/assignments/"
"""Where the lessons of the course can be read; the id of the assignment follows."""


@dataclass(frozen=True)
class Note:
    """One note as Anki keeps it.

    Attributes:
        guid: what the review history hangs on.
        deck: name of the deck within the course's.
        fields: HTML: question (or the text with its clozes), answer, further words, source, id.
        due: place among all cards of the course.
        pictures: files that the fields show, by name.
    """

    guid: str
    deck: Deck
    cloze: bool
    fields: tuple[str, str, str, str, str]
    tags: tuple[str, ...]
    due: int
    pictures: Mapping[str, str]


def notes(
    decks: Sequence[Deck], course: Course, wanted: frozenset[str] | None, tags: Mapping[str, Sequence[str]]
) -> Iterator[Note]:
    """The notes of the cards in `wanted` (None: of all), in the order in which they are learned.

    Args:
        tags: further tags by the id of the card.

    Raises:
        FigureError: a figure does not draw.
    """
    titles = {assignment.id: assignment.title for assignment in course.assignments}
    due = 0
    for deck in decks:
        for card in deck.cards:
            due += 1
            if wanted is None or card.key in wanted:
                yield _note(deck, card, due, titles, tags.get(card.key, ()))


def guid_of(deck: Deck, card: Card) -> str:
    """What Anki knows the card by: its deck and its first id, never its text."""
    return "dlgrade-" + hashlib.sha256(f"{deck.id}/{card.was or card.key}".encode()).hexdigest()[:20]


def drawn(card: Card) -> str:
    """The card's figure, drawn once.

    Raises:
        FigureError: it does not draw.
    """
    return _drawn(card.figure, card.alt)


@functools.lru_cache(maxsize=512)
def _drawn(code: str, alt: str) -> str:
    from dlgrade import figures

    return figures.draw(code, alt)


def _note(deck: Deck, card: Card, due: int, titles: Mapping[str, str], tags: Sequence[str]) -> Note:
    name, picture = _figure(card)
    shown = f'<img class="figure" src="{name}" alt="{escape(card.alt)}">' if name else ""
    on_front, on_back = (shown, "") if card.figure_on == "front" else ("", shown)
    question, answer = _html(card.cloze or card.front), _html(card.back)
    fields = (
        question + on_front,
        answer + on_back,
        _html(card.extra),
        _source(card.source or deck.lesson, titles),
        escape(f"{deck.id}/{card.key}"),
    )
    return Note(
        guid=guid_of(deck, card),
        deck=deck,
        cloze=bool(card.cloze),
        fields=fields,
        tags=tuple(dict.fromkeys([*card.tags, *tags])),
        due=due,
        pictures={name: picture} if name else {},
    )


_PARAGRAPH = re.compile(r"<p>((?:(?!</?p>).)*)</p>", re.DOTALL)


def _html(text: str) -> str:
    """The text as HTML; a lone paragraph without its tags, as one would type it in Anki."""
    html = markup.html(text, math="tex") if text else ""
    alone = _PARAGRAPH.fullmatch(html)
    return alone[1] if alone else html


def _figure(card: Card) -> tuple[str, str]:
    """Name and content of the picture; both empty where the card has none."""
    if not card.figure:
        return "", ""
    picture = drawn(card)
    return f"dlgrade-{hashlib.sha256(picture.encode()).hexdigest()[:16]}.svg", picture


def _source(source: str, titles: Mapping[str, str]) -> str:
    if not source:
        return ""
    if "://" in source:
        return f'Source: <a href="{escape(source)}">{escape(source)}</a>'
    if source in titles:
        return f'Lesson: <a href="{LESSONS}{escape(source)}">{escape(f"{source}, {titles[source]}")}</a>'
    return f"Lesson: {escape(source)}"  # an assignment that this course does not have (yet): named, not linked
