"""Confirm decks: every number on a card was computed again, and every card can be shown and is led to.

Promises: every `check` is true, every `runs` passes, every figure draws (the same twice), every cloze is read as it
was meant, every criterion and misconception leads to a card and every deck is led to. All that is wrong is reported
at once, each with file, line and the mend. Does not judge whether a card is good.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlgrade import markup
from dlgrade.deck._cloze import cloze_faults, stray
from dlgrade.deck._load import read_decks
from dlgrade.deck._notes import drawn
from dlgrade.deck._nouns import Card, Deck
from dlgrade.deck._references import references, unknown_card
from dlgrade.errors import CourseError, UsageError
from dlgrade.expressions import ExpressionError, evaluate
from dlgrade.neutral import neutral
from dlgrade.snippets import Outcome, Snippets

SECONDS = 20.0
"""How long the code of one card may run."""


@dataclass(frozen=True)
class Built:
    """One deck and what was found.

    Attributes:
        cards: how many it has; `checked`: with expressions; `ran`: with code; `drawn`: with a figure.
        faults: everything that is wrong; empty where the deck is right.
    """

    id: str
    cards: int
    checked: int
    ran: int
    drawn: int
    seconds: float
    faults: tuple[CourseError, ...] = ()


def build(
    root: Path,
    ids: Sequence[str] = (),
    *,
    on_built: Callable[[Built], None] | None = None,
    seconds: float = SECONDS,
) -> tuple[CourseError, ...]:
    """Check the decks of the course at `root`, all where no ids are given.

    Args:
        on_built: told of each deck as soon as it is done.
        seconds: how long the code of one card may run.

    Returns:
        Everything that is wrong; where ids are given, with these decks.

    Raises:
        UsageError: there is no deck of this id.
        MachineError: code cannot be run here.
    """
    with Snippets(seconds=seconds) as snippets:
        decks, unread = read_decks(root / "flashcards")
        chosen = chosen_decks(decks, ids, root)
        if any(card.runs for deck in chosen for card in deck.cards):
            snippets.warm()  # torch is imported while all else is checked
        still = {deck.id: _timed(still_faults(deck), _twice_faults(deck)) for deck in chosen}
        faults = [] if ids else list(unread)
        for deck in chosen:
            wrong, before = still[deck.id]
            failing, after = _timed(_code_faults(deck, snippets))
            unreadable = _of_deck(deck, unread)
            faults += [*(unreadable if ids else ()), *wrong, *failing]
            if on_built is not None:
                on_built(_summary(deck, before + after, [*unreadable, *wrong, *failing]))
    faults += id_faults(decks, chosen)
    return tuple(faults) if ids else (*faults, *_reference_faults(root, decks))


def chosen_decks(decks: Sequence[Deck], ids: Sequence[str], root: Path) -> tuple[Deck, ...]:
    """The decks of these ids, all where there are none.

    Raises:
        UsageError: there is no deck of this id.
    """
    known = {deck.id: deck for deck in decks}
    for name in ids:
        if name not in known and not (root / "flashcards" / f"{name}.yaml").is_file():
            import difflib

            near = difflib.get_close_matches(name, known, n=1)
            mend = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known) or 'none yet'}."
            raise UsageError(f"there is no deck {name}", mend)
    return tuple(known[name] for name in ids if name in known) if ids else tuple(decks)


def still_faults(deck: Deck) -> Iterator[CourseError]:
    """What is wrong with a deck as far as it shows without running code."""
    for card in deck.cards:
        yield from _text_faults(deck, card)
        yield from _check_faults(deck, card)
        if card.figure:
            yield from _figure_faults(deck, card)


def id_faults(decks: Sequence[Deck], chosen: Sequence[Deck]) -> Iterator[CourseError]:
    """Ids that two cards have, or that one has and another had."""
    owners: dict[str, tuple[Deck, Card]] = {}
    former: dict[str, tuple[Deck, Card]] = {}
    shown = {deck.id for deck in chosen}
    for deck in decks:
        for card in deck.cards:
            if card.key in owners:
                other, twin = owners[card.key]
                if shown & {deck.id, other.id}:
                    what = f"the card '{card.key}' is already in {other.where(twin)}"
                    yield CourseError(deck.where(card), what, "Each id belongs to one card of all decks.")
            owners.setdefault(card.key, (deck, card))
    for deck in decks:
        for card in deck.cards:
            if not card.was:
                continue
            other, twin = owners.get(card.was) or former.get(card.was) or (deck, card)
            former.setdefault(card.was, (deck, card))
            if twin is not card and shown & {deck.id, other.id}:
                verb = "is" if twin.key == card.was else "was also"
                what = f"'{card.was}', which '{card.key}' was, {verb} the card in {other.where(twin)}"
                yield CourseError(deck.where(card, "was"), what, "Two cards cannot share one review history.")


def _timed(*finding: Iterator[CourseError]) -> tuple[list[CourseError], float]:
    """What is found, and how many seconds it took."""
    begun = time.perf_counter()
    return list(itertools.chain(*finding)), time.perf_counter() - begun


def _summary(deck: Deck, seconds: float, faults: Sequence[CourseError]) -> Built:
    return Built(
        id=deck.id,
        cards=len(deck.cards),
        checked=sum(bool(card.check) for card in deck.cards),
        ran=sum(bool(card.runs) for card in deck.cards),
        drawn=sum(bool(card.figure) for card in deck.cards),
        seconds=seconds,
        faults=tuple(faults),
    )


def _of_deck(deck: Deck, faults: Sequence[CourseError]) -> list[CourseError]:
    file = deck.located.where().rpartition(":")[0]
    return [fault for fault in faults if fault.where.rpartition(":")[0] == file]


def _text_faults(deck: Deck, card: Card) -> Iterator[CourseError]:
    for key in ("front", "back", "cloze", "extra"):
        text: str = getattr(card, key)
        shown = markup.revealed(text) if key == "cloze" else text
        for fault in markup.faults(shown) if text else ():
            yield CourseError(deck.where(card, key), fault)
        if key != "cloze" and stray(text):
            what = f"'{key}' has a cloze, which Anki would show as it is written"
            yield CourseError(deck.where(card, key), what, "Write it under 'cloze', or without the braces.")
    for what, mend in cloze_faults(card.cloze) if card.cloze else ():
        yield CourseError(deck.where(card, "cloze"), what, mend)


def _check_faults(deck: Deck, card: Card) -> Iterator[CourseError]:
    listed = isinstance(deck.located.data["cards"][card.key].get("check"), tuple)
    for i, expression in enumerate(card.check):
        where = deck.where(card, "check", i) if listed else deck.where(card, "check")
        try:
            value = evaluate(expression)
        except ExpressionError as error:
            yield CourseError(where, error.what, error.mend)
            continue
        if value is not True:
            shown = neutral(" ".join(expression.split()), 80)
            what = f"'{shown}' is {'false' if value is False else neutral(repr(value), 40) + ', not true or false'}"
            yield CourseError(where, what, "Mend the card or the check.")


def _figure_faults(deck: Deck, card: Card) -> Iterator[CourseError]:
    from dlgrade.figures import FigureError

    try:
        drawn(card)
    except FigureError as error:
        yield CourseError(deck.where_in_code(card, "figure", error.line), error.what, error.mend)


def _twice_faults(deck: Deck) -> Iterator[CourseError]:
    """Figures that are others when they are drawn again: each export would carry new files."""
    from dlgrade.figures import FigureError, draw

    for card in deck.cards:
        with contextlib.suppress(FigureError):  # told already
            if card.figure and draw(card.figure, card.alt) != drawn(card):
                what = "the figure is another one each time"
                mend = "Seed what is drawn by chance: np.random.default_rng(0)."
                yield CourseError(deck.where(card, "figure"), what, mend)


def _code_faults(deck: Deck, snippets: Snippets) -> Iterator[CourseError]:
    for card in deck.cards:
        if card.runs:
            outcome = snippets.run([(card.runs, {})])
            if outcome.fault:
                where = deck.where_in_code(card, "runs", outcome.line)
                yield CourseError(where, f"the code of '{card.key}' fails: {_told(card, outcome)}")


def _told(card: Card, outcome: Outcome) -> str:
    lines = card.runs.split("\n")
    line = lines[outcome.line - 1].strip() if outcome.line and outcome.line <= len(lines) else ""
    return f"{neutral(outcome.fault)}" + (f" in '{neutral(line, 120)}'" if line else "")


def _reference_faults(root: Path, decks: Sequence[Deck]) -> Iterator[CourseError]:
    known = {card.key: deck for deck in decks for card in deck.cards}
    written = set(known).union(*(deck.located.data["cards"] for deck in decks))
    found, unread = references(root)
    yield from unread
    reached: set[str] = set()
    for reference in found:
        if reference.needed and not reference.cards:
            yield CourseError(
                reference.where, f"{reference.what} leads to no card", "Name one card or more in 'cards'."
            )
        for key, where in reference.cards:
            if key in known:
                reached.add(known[key].id)
            elif key not in written:
                yield unknown_card(key, where, known)
    for deck in () if unread else decks:
        if deck.id not in reached:
            what = f"nothing leads to the deck {deck.id}"
            yield CourseError(
                deck.located.where(), what, "Name a card of it at a criterion, misconception or question."
            )
