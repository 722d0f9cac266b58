"""Which questions a learner gets, and which draws an export carries."""

from __future__ import annotations

from dlgrade.quiz._chance import chance, shuffled
from dlgrade.quiz._draw import DRAWS, draw, draw_values, varies
from dlgrade.quiz._nouns import Bank, Item, Question


def sitting(bank: Bank, seed: int, *, figures: bool = True) -> tuple[Item, ...]:
    """The items of one sitting, in the order of the bank; another seed gives other numbers and other questions.

    Where the bank draws, it takes as many questions of each objective as of any other, as far as they last.

    Args:
        figures: False leaves the figures out, which take most of the time.
    """
    return tuple(
        draw(bank, question, chance(bank.id, question.key, "sitting", seed) % DRAWS, figure=figures)
        for question in _chosen(bank, seed)
    )


def _chosen(bank: Bank, seed: int) -> list[Question]:
    if bank.draw is None or bank.draw >= len(bank.questions):
        return list(bank.questions)
    piles = {
        objective: shuffled([q for q in bank.questions if q.objective == objective], bank.id, seed, objective)
        for objective in shuffled(list(bank.objectives), bank.id, seed)
    }
    taken: set[str] = set()
    while len(taken) < bank.draw:
        for pile in piles.values():
            if pile and len(taken) < bank.draw:
                taken.add(pile.pop().key)
    return [question for question in bank.questions if question.key in taken]


def instances(bank: Bank, count: int, *, figures: bool = True) -> tuple[Item, ...]:
    """Up to `count` different draws of each question that varies, and the others once; ids are ``bank/key/n``.

    The draws of a smaller count are among those of a larger one. A question that has fewer different draws
    gives fewer.
    """
    return tuple(
        draw(bank, question, number, figure=figures)
        for question in bank.questions
        for number in different(bank, question, count)
    )


def different(bank: Bank, question: Question, count: int = DRAWS) -> tuple[int, ...]:
    """The numbers of the first draws that differ from each other, at most `count`."""
    return _different(bank, question)[:count]


def _different(bank: Bank, question: Question) -> tuple[int, ...]:
    if not varies(question):
        return (0,)
    seen: dict[str, int] = {}
    for number in range(DRAWS):
        values = draw_values(bank, question, number).values
        seen.setdefault(repr(values), number)
    return tuple(seen.values())
