"""One sitting in a terminal, from the first question to what is worth reviewing.

Promises: each answer is kept in the gradebook before the next question is asked, so that whatever interrupts a
sitting loses nothing; answers to questions that have changed since are not carried over.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dlgrade.course import Misconception
from dlgrade.gradebook import ME, Attempt, Gradebook
from dlgrade.quiz import _ask
from dlgrade.quiz._nouns import Bank, Item, Mark
from dlgrade.quiz._numbers import number_text
from dlgrade.quiz._score import NotAnAnswer, score
from dlgrade.quiz._screen import Screen, Stopped
from dlgrade.quiz._sitting import sitting


@dataclass
class Sitting:
    """A sitting under way.

    Attributes:
        answers: by the ids of the items.
        lost: how many answers that were kept are to questions that have changed since.
    """

    bank: Bank
    misconceptions: Mapping[str, Misconception]
    seed: int
    items: tuple[Item, ...]
    started: datetime
    answers: dict[str, Any] = field(default_factory=dict)
    lost: int = 0

    def mark(self, item: Item) -> Mark:
        """What the answer to an item is worth."""
        return score(item, self.answers[item.id], self.misconceptions)

    def state(self) -> dict[str, Any]:
        """What is kept of an unfinished sitting."""
        digests = {item.id: _digest(item) for item in self.items}
        kept = {id: {"answer": answer, "digest": digests[id]} for id, answer in self.answers.items()}  # noqa: A001
        return {"seed": self.seed, "started": self.started.isoformat(), "answers": kept}


def _digest(item: Item) -> str:
    """Changes whenever an answer to the item might mean something else."""
    return hashlib.sha256(repr(dataclasses.replace(item, figure="")).encode()).hexdigest()[:16]


def begin(
    bank: Bank, misconceptions: Mapping[str, Misconception], seed: int, kept: Mapping[str, Any] | None = None
) -> Sitting:
    """A new sitting, or the one that `kept` was kept of."""
    if kept is None:
        return Sitting(bank, misconceptions, seed, sitting(bank, seed, figures=False), datetime.now(UTC))
    items = sitting(bank, kept["seed"], figures=False)
    started = datetime.fromisoformat(kept["started"])
    resumed = Sitting(bank, misconceptions, kept["seed"], items, started)
    for item in items:
        was = kept["answers"].get(item.id)
        if was is not None and was["digest"] == _digest(item):
            resumed.answers[item.id] = was["answer"]
    resumed.lost = len(kept["answers"]) - len(resumed.answers)
    return resumed


def go_on(screen: Screen, kept: Mapping[str, Any]) -> bool:
    """Ask whether to go on with what was kept.

    Raises:
        Stopped: neither.
    """
    count = len(kept["answers"])
    screen.say(f"You stopped here after {count} answer{'' if count == 1 else 's'} (seed {kept['seed']}).")
    while True:
        typed = screen.ask("Go on with them? [Y/n] ").strip().lower()
        if typed in {"", "y", "yes"}:
            return True
        if typed in {"n", "no"}:
            return False


def run(screen: Screen, current: Sitting, book: Gradebook, review: Callable[[Sequence[str]], str]) -> None:
    """Ask what is not answered yet, then sum up.

    Args:
        review: the command that fetches these cards.

    Raises:
        Stopped: the learner stops; what was answered is kept.
    """
    screen.say(current.bank.title, style="bold")
    screen.say(_ask.HELP)
    if current.lost:
        screen.say(f"Questions that have changed since are asked again: {current.lost}.")
    for number, item in enumerate(current.items, 1):
        if item.id in current.answers:
            continue
        screen.say()
        screen.say(f"{number}/{len(current.items)}", style="dim")
        _compared(screen, item, book)
        _ask.put(screen, item)
        current.answers[item.id] = _answered(screen, item, current.seed)
        book.keep("quiz", current.bank.id, current.state())
        _tell(screen, item, current.mark(item))
    attempt = finished(current)
    book.add(attempt, drop_draft=True)
    _sum_up(screen, current, attempt, review)


def _answered(screen: Screen, item: Item, seed: int) -> Any:
    while True:
        answer = _ask.take(screen, item, seed)
        try:
            score(item, answer)
        except NotAnAnswer as error:
            screen.say(str(error))
        else:
            return answer


def _compared(screen: Screen, item: Item, book: Gradebook) -> None:
    if not item.compare:
        return
    last = book.last(None, item.compare)
    if last is None:
        screen.say(f"{item.compare}: no result yet.")
    else:
        when = last.finished.astimezone().date().isoformat()
        screen.say(f"{item.compare}: {_points(last.points)} of {_points(last.max)} points on {when}.")


def _tell(screen: Screen, item: Item, mark: Mark) -> None:
    screen.say()
    if item.kind == "free":
        screen.say("Noted.", style="green")
    elif mark.points == 1:
        screen.say("Right.", style="green")
    elif mark.points == 0:
        screen.say("Not right.", style="bold red")
    else:
        screen.say(f"In part: {_points(mark.points)} of 1.", style="yellow")
    for text in mark.feedback:
        screen.read(text)
    if mark.points < 1 and mark.right:
        screen.read(mark.right, lead="The answer: ", hang=12)
    if item.because:
        screen.read(item.because)


def finished(current: Sitting) -> Attempt:
    """The attempt to add to the gradebook."""
    marks = [(item, current.mark(item)) for item in current.items]
    questions = [
        {
            "id": item.id,
            "objective": item.objective,
            "points": mark.points,
            "max": mark.out_of,
            "misconceptions": list(mark.misconceptions),
            "cards": list(mark.cards),
            "answer": current.answers[item.id],
        }
        for item, mark in marks
    ]
    objectives = {
        key: {
            "says": says,
            "points": sum(mark.points for item, mark in marks if item.objective == key),
            "max": sum(mark.out_of for item, mark in marks if item.objective == key),
        }
        for key, says in current.bank.objectives.items()
        if any(item.objective == key for item in current.items)
    }
    cards = list(dict.fromkeys(card for _, mark in marks for card in mark.cards))
    return Attempt(
        who=ME,
        kind="quiz",
        id=current.bank.id,
        seed=current.seed,
        started=current.started,
        finished=datetime.now(UTC),
        points=sum(mark.points for _, mark in marks),
        max=sum(mark.out_of for _, mark in marks),
        results={"questions": questions, "objectives": objectives, "cards": cards},
    )


def _sum_up(screen: Screen, current: Sitting, attempt: Attempt, review: Callable[[Sequence[str]], str]) -> None:
    screen.say()
    if not attempt.max:
        screen.say("Your answers are kept.")
        return
    screen.say(f"{_points(attempt.points)} of {_points(attempt.max)} points  (seed {attempt.seed})", style="bold")
    rows: Sequence[Mapping[str, Any]] = [row for row in attempt.results["objectives"].values() if row["max"]]
    amounts = [f"{_points(row['points'])} of {_points(row['max'])}" for row in rows]
    column = max(map(len, amounts)) + 4
    for row, amount in zip(rows, amounts, strict=True):
        screen.read(row["says"], lead=f"  {amount}", hang=column)
    cards = attempt.results["cards"]
    if cards:
        screen.say()
        screen.say("  ".join(cards), lead="Review: ", hang=8)
        screen.code(review(cards))  # unbroken, to be copied


def _points(points: float) -> str:
    return number_text(round(points, 2))


__all__ = ["Sitting", "Stopped", "begin", "finished", "go_on", "run"]
