"""Quizzes as cards of Anki: the question on the front, the right answer and the explanation on the back.

The note type is that of the decks of flashcards, so that both look alike. A note hangs on the id of its item: whoever
imports a later export keeps all reviews. What a wrong option betrays is not on the card; there is no option to take.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

from dlgrade.course import Located
from dlgrade.deck import Deck
from dlgrade.deck._anki import package
from dlgrade.deck._notes import Note
from dlgrade.exports._forms import LETTERS, listed
from dlgrade.exports._html import figure_name, html
from dlgrade.exports._nouns import Content, Put, Sheet, Wanted
from dlgrade.neutral import visible


def write(wanted: Wanted) -> Content:
    """The questions as a package of Anki, one deck for each bank."""
    notes = list(_notes(wanted))
    with tempfile.TemporaryDirectory(prefix="dlgrade-export-") as folder:
        file = Path(folder) / "cards.apkg"
        package(notes, visible(wanted.course), file)
        return Content(file.read_bytes(), {}, {})


def guid(item: str) -> str:
    """What Anki knows the card by: the id of the item, never its text."""
    return "dlgrade-" + hashlib.sha256(f"quiz/{item}".encode()).hexdigest()[:20]


def _notes(wanted: Wanted) -> Iterator[Note]:
    due = 0
    for sheet in wanted.sheets:
        deck = _deck(sheet)
        for family in sheet.families:
            for put in family.puts:
                due += 1
                yield _note(put, sheet, deck, due)


def _deck(sheet: Sheet) -> Deck:
    # Named apart from a deck of flashcards of the same title, which Anki would throw together with it.
    title = f"Quiz: {visible(sheet.bank.title)}"
    return Deck(f"quiz/{sheet.bank.id}", title, 0, (), sheet.bank.file, Located(sheet.bank.file, None, {}))


def _note(put: Put, sheet: Sheet, deck: Deck, due: int) -> Note:
    name = figure_name(put)
    shown = f'<img class="figure" src="{name}" alt="{escape(visible(put.item.alt))}">' if name else ""
    fields = (
        html(_front(put)) + shown,
        html(_back(put)),
        html(put.because),
        html(f"Quiz: {sheet.bank.title}"),
        escape(put.id),
    )
    return Note(
        guid=guid(put.id),
        deck=deck,
        cloze=False,
        fields=fields,
        tags=(f"quiz::{sheet.bank.id}::{put.item.objective}",),
        due=due,
        pictures={name: put.item.figure} if name else {},
    )


def _front(put: Put) -> str:
    """The question with all there is to choose from; two tiers and faulty lines have it in the stem."""
    match put.form:
        case "claim":
            return f"{put.stem}\n\nTrue or false?"
        case "choice" | "choices" if not put.choices[0].label:
            several = "\n\nSeveral may be right." if put.form == "choices" else ""
            return f"{put.stem}{several}\n\n{_lettered([choice.text for choice in put.choices])}"
        case "order":
            return f"{put.stem}\n\n{_lettered([put.order[place] for place in put.shown_order])}"
        case "match":
            lefts = listed([left for left, _ in put.pairs], [f"{place}." for place in range(1, len(put.pairs) + 1)])
            return f"{put.stem}\n\n{lefts}\n\nWhat belongs to each?\n\n{_lettered(list(put.sides))}"
    return put.stem


def _lettered(texts: list[str]) -> str:
    return listed(texts, [f"{letter}." for letter in LETTERS[: len(texts)]])


def _back(put: Put) -> str:
    if put.form == "essay":
        return "A good answer has:\n\n" + "\n".join(f"- {idea}" for idea in put.ideas)
    return put.right
