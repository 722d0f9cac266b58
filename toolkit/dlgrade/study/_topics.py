"""From what a learner wants to drill to the questions of it.

A topic is, in this order, the id of

- a quiz: its own questions;
- an assignment: the questions of banks whose `lesson` it is, and those of all banks that lead to one of its cards. Its
  cards are those that its criteria name, those whose `source` it is, and those of decks whose `lesson` it is unless the
  card names another source;
- a deck: the questions of all banks that lead to one of its cards;
- an objective, whatever banks have it, or a tag of cards: the questions of all banks with that objective, and those
  that lead to a card with that tag, or one below it (``sizes`` has ``sizes::padding``).

A question leads to the cards it names, and to those of the beliefs that its wrong answers betray. Asked are only those
that are answered in seconds (a number, the output of a program, one of several, true or false) and whose answer is
drawn or computed: what can be learnt by heart is for the cards.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection

from dlgrade.course import Assignment, Course
from dlgrade.errors import UsageError
from dlgrade.neutral import visible
from dlgrade.quiz import load_bank
from dlgrade.study._outline import Outline, QuestionLine


def questions_of(topic: str, course: Course, lines: Outline) -> tuple[QuestionLine, ...]:
    """The questions that drill a topic, in the order of the banks.

    Raises:
        UsageError: there is no such topic, or nothing of it can be drilled.
        CourseError: the topic is a quiz whose bank cannot be read.
    """
    bank = lines.bank(topic)
    if bank is not None:
        load_bank(bank.file)
    found = leading(topic, course, lines)
    if found is None:
        near = difflib.get_close_matches(topic, sorted(_names(course, lines)), n=1)
        mend = f"Did you mean {near[0]}?" if near else "dlgrade drill lists what can be drilled."
        raise UsageError(f"there is no quiz, assignment, deck, objective or tag {visible(topic)}", mend)
    timed = tuple(question for question in found if question.timed)
    if not timed:
        what = (
            f"{visible(topic)} has no question that a drill can ask: none whose answer is short, and drawn or computed"
        )
        raise UsageError(what, "dlgrade drill lists what can be drilled.")
    return timed


def leading(topic: str, course: Course, lines: Outline) -> tuple[QuestionLine, ...] | None:
    """All questions that lead to a topic, of whatever kind; None where there is no such topic."""
    bank = lines.bank(topic)
    if bank is not None:
        return bank.questions
    for assignment in course.assignments:
        if assignment.id == topic:
            return of_assignment(assignment, lines)
    for deck in lines.decks:
        if deck.id == topic:
            return _to_cards(lines, frozenset(deck.cards))
    return _by_word(topic, lines)


def of_assignment(assignment: Assignment, lines: Outline) -> tuple[QuestionLine, ...]:
    """All questions that lead to an assignment, of whatever kind."""
    cards = {card for criterion in assignment.criteria for card in criterion.cards}
    for deck in lines.decks:
        cards |= {card for card, (source, _) in deck.cards.items() if (source or deck.lesson) == assignment.id}
    own = {bank.id for bank in lines.banks if bank.lesson == assignment.id}
    return tuple(one for one in lines.questions if one.bank in own or cards.intersection(one.cards))


def _to_cards(lines: Outline, cards: Collection[str]) -> tuple[QuestionLine, ...]:
    return tuple(one for one in lines.questions if any(card in cards for card in one.cards))


def _by_word(word: str, lines: Outline) -> tuple[QuestionLine, ...] | None:
    tagged = {
        card
        for deck in lines.decks
        for card, (_, tags) in deck.cards.items()
        if any(tag == word or tag.startswith(f"{word}::") for tag in tags)
    }
    aimed = any(word in bank.objectives for bank in lines.banks)
    if not tagged and not aimed:
        return None
    return tuple(one for one in lines.questions if one.objective == word or tagged.intersection(one.cards))


def _names(course: Course, lines: Outline) -> set[str]:
    names = {bank.id for bank in lines.banks} | {deck.id for deck in lines.decks}
    names |= {assignment.id for assignment in course.assignments}
    names |= {key for bank in lines.banks for key in bank.objectives}
    return names | {tag for deck in lines.decks for _, tags in deck.cards.values() for tag in tags}
