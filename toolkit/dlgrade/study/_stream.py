"""Which question comes next in a drill.

Promises: a question is not asked twice in a row while there is another; what was wrong comes back after three others;
what was never asked comes before what was; then comes first what is slow and was last seen long ago: the product of its
seconds and of the answers given since. The same history and seed give the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from dlgrade.quiz import shuffled
from dlgrade.study._log import Answered, History, slowness

_REST = 3  # other answers before what was wrong comes back


class Named(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """The id under which its answers are kept."""


Q = TypeVar("Q", bound=Named)


def following(pool: Sequence[Q], past: History, seed: int, *, mixed: bool = True) -> Q:
    """The question to ask next, out of at least one.

    Args:
        seed: decides in which order questions come that were never asked; with `mixed` False that of the pool does.
    """
    latest = past.answers[-1].number if past.answers else 0
    last = past.answers[-1].question if past.answers else ""
    others = [question for question in pool if question.id != last] or list(pool)
    answers = {question.id: past.of(question.id) for question in others}
    wrong = [one for one in others if _back(answers[one.id], latest)]
    if wrong:
        return min(wrong, key=lambda one: answers[one.id][-1].number)
    order = shuffled(pool, "drill", seed) if mixed else pool
    unseen = [one for one in order if one.id in answers and not answers[one.id]]
    if unseen:
        return unseen[0]
    return max(others, key=lambda one: _urgency(answers[one.id], latest))


def _back(answers: Sequence[Answered], latest: int) -> bool:
    """Whether it was wrong last time, and has rested."""
    return bool(answers) and not answers[-1].right and latest - answers[-1].number >= _REST


def _urgency(answers: Sequence[Answered], latest: int) -> float:
    if not answers:
        return 0.0
    return max(slowness(answers), 0.1) * (latest + 1 - answers[-1].number)
