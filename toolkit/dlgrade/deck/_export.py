"""Choose cards and write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dlgrade.course import load_course
from dlgrade.deck._anki import package, table
from dlgrade.deck._build import chosen_decks, id_faults, still_faults
from dlgrade.deck._load import load_decks
from dlgrade.deck._notes import notes
from dlgrade.deck._nouns import Deck
from dlgrade.deck._references import unknown_card
from dlgrade.errors import UsageError


@dataclass(frozen=True)
class Choice:
    """Which cards: whole decks by their ids, single cards by theirs, with further tags; all where both are empty."""

    decks: Sequence[str] = ()
    cards: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Exported:
    """What was written."""

    file: Path
    notes: int
    decks: int
    pictures: int


def export(root: Path, choice: Choice, file: Path, *, tsv: bool = False, moment: float | None = None) -> Exported:
    """Write the chosen cards of the course at `root` as a package of Anki, or as a table.

    Raises:
        UsageError: there is no such deck or card.
        CourseError: a deck is wrong.
        MachineError: the file cannot be written.
    """
    course = load_course(root)
    decks = load_decks(root / "flashcards")
    wanted = _wanted(root, decks, choice)
    chosen = [deck for deck in decks if wanted is None or any(card.key in wanted for card in deck.cards)]
    for fault in id_faults(decks, chosen):
        raise fault
    for deck in chosen:
        for fault in still_faults(deck):
            raise fault
    found = tuple(notes(decks, course, wanted, choice.cards))
    if tsv:
        table(found, course.title, file)
    else:
        package(found, course.title, file, moment)
    pictures = {name for note in found for name in note.pictures}
    return Exported(file, len(found), len({note.deck.id for note in found}), len(pictures))


def _wanted(root: Path, decks: Sequence[Deck], choice: Choice) -> frozenset[str] | None:
    """The ids of the chosen cards, None for all."""
    if not choice.decks and not choice.cards:
        if not decks:
            raise UsageError("the course has no decks yet")
        return None
    known = {card.key for deck in decks for card in deck.cards}
    for key in choice.cards:
        if key not in known:
            fault = unknown_card(key, "", known)
            raise UsageError(f"no deck has the card '{key}'", fault.mend.replace("Add it", "Cards stand"))
    whole = chosen_decks(decks, choice.decks, root) if choice.decks else ()
    return frozenset({card.key for deck in whole for card in deck.cards} | set(choice.cards))
