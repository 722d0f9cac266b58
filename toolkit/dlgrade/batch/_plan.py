"""Who is next: the gates of the whole class, then one training of each kind, then those that share it, then the rest.

A pure table of who waits for what. It starts nothing and knows no engine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Turn:
    """What is to be done next with one submission.

    Attributes:
        trains: it goes on into its training.
        alone: nothing may run beside it.
        shares: an identical training is finished.
    """

    number: int
    trains: bool
    alone: bool = False
    shares: bool = False


@dataclass
class _Trainings:
    """Submissions with one and the same training."""

    cost: float
    waiting: deque[int] = field(default_factory=deque)
    running: bool = False
    done: bool = False

    @property
    def ready(self) -> bool:
        """Whether the next one may begin: nobody does the same at this moment, or it stands on the shelf."""
        return bool(self.waiting) and (self.done or not self.running)


class Plan:
    """The order of a class.

    Args:
        numbers: the submissions, in the order in which they are looked at.
        at_once: let each go on into its training; right where there is only one.
    """

    def __init__(self, numbers: Iterable[int], *, at_once: bool = False) -> None:
        """Nothing is under way yet."""
        self._gates = deque(numbers)
        self._at_once = at_once
        self._trainings: dict[str, _Trainings] = {}
        self._alone: deque[Turn] = deque()
        self._under_way: dict[int, Turn] = {}
        self._training_of: dict[int, str] = {}
        self._tried_again: set[int] = set()

    @property
    def gates_left(self) -> int:
        """Submissions whose gates are not done."""
        return len(self._gates) + sum(not turn.trains for turn in (*self._alone, *self._under_way.values()))

    @property
    def trainings_left(self) -> int:
        """Submissions that wait for a training or have one under way."""
        waiting = sum(len(one.waiting) for one in self._trainings.values())
        return waiting + sum(turn.trains for turn in (*self._alone, *self._under_way.values()))

    @property
    def under_way(self) -> int:
        """How many were begun and have not ended."""
        return len(self._under_way)

    @property
    def to_begin(self) -> int:
        """How many turns are left that have not begun, as far as is known."""
        return len(self._gates) + len(self._alone) + sum(len(one.waiting) for one in self._trainings.values())

    @property
    def over(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not (self.to_begin or self._under_way)

    def next(self) -> Turn | None:
        """Whose turn it is; None where everyone left has to wait for something that is under way."""
        turn = self._next()
        if turn is not None:
            self._under_way[turn.number] = turn
        return turn

    def _next(self) -> Turn | None:
        if any(turn.alone for turn in self._under_way.values()):
            return None
        if self._gates:
            return Turn(self._gates.popleft(), trains=self._at_once)
        ready = [one for one in self._trainings.values() if one.ready]
        if ready:
            # The longest first, so that the last core is not left alone with one; what is on the shelf is short.
            chosen = max(ready, key=lambda one: (not one.done, one.cost))
            chosen.running = True
            return Turn(chosen.waiting.popleft(), trains=True, shares=chosen.done)
        return self._alone.popleft() if self._alone and not self._under_way else None

    @property
    def open(self) -> frozenset[int]:
        """Who was begun and has no result: under way, or to be tried again."""
        return frozenset(self._under_way) | frozenset(turn.number for turn in self._alone)

    def waits(self, number: int, training: str, cost: float) -> None:
        """The gates of a submission are passed; its training comes."""
        if self._under_way.pop(number).alone:
            self._alone.append(Turn(number, trains=True, alone=True))
        else:
            self.passed(number, training, cost)

    def passed(self, number: int, training: str, cost: float) -> None:
        """A submission that is not among those of the gates, for it passed them before; its training comes."""
        training = training or f"own {number}"
        self._training_of[number] = training
        self._trainings.setdefault(training, _Trainings(cost)).waiting.append(number)

    def finished(self, number: int) -> Turn:
        """A submission has its result; the turn in which it came."""
        return self._ended(number, done=True)

    def again(self, number: int) -> bool:
        """Try a submission once more, at the end and alone; False where that was done already."""
        turn = self._ended(number, done=False)
        if number in self._tried_again:
            return False
        self._tried_again.add(number)
        self._alone.append(Turn(number, turn.trains, alone=True))
        return True

    def _ended(self, number: int, *, done: bool) -> Turn:
        turn = self._under_way.pop(number)
        training = self._trainings.get(self._training_of.pop(number, ""))
        if training is not None:
            training.running = False
            training.done = training.done or done
        return turn
