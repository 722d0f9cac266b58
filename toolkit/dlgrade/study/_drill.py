"""An endless, timed stream of questions on a terminal, or a pipe in its place.

Promises: each answer is kept before it is said what it is worth; draws are never the same twice in a row. Ends
with the learner (q, Ctrl-C, the end of the input) or at a limit that was asked for. Nothing of it counts towards a
result: it is practice.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dlgrade.course import Misconception
from dlgrade.quiz import Bank, Item, Mark, NotAnAnswer, draw, load_bank, score, shuffled
from dlgrade.quiz import _ask as ask
from dlgrade.quiz._screen import Screen
from dlgrade.quiz._sitting import different
from dlgrade.study import _log
from dlgrade.study._log import Answered, History, slowness
from dlgrade.study._outline import QuestionLine
from dlgrade.study._stream import following

HELP = "Letters or numbers; ? means: I do not know; q stops. Every answer is kept."


@dataclass
class Drill:
    """A drill under way.

    Attributes:
        topic: as its answers are kept.
        pool: what may be asked, at least one.
        seed: decides draws and the order of what was never asked.
        done: the answers of this drill.
    """

    topic: str
    pool: Sequence[QuestionLine]
    misconceptions: Mapping[str, Misconception]
    folder: Path
    seed: int
    past: History = field(default_factory=_log.history)
    done: list[Answered] = field(default_factory=list)
    _banks: dict[str, Bank] = field(default_factory=dict)

    def next_item(self) -> tuple[QuestionLine, Item]:
        """The next question, with numbers that its last draw here did not have.

        Raises:
            CourseError: its bank cannot be read, or it cannot be drawn.
        """
        line = following(self.pool, self.past, self.seed)
        if line.bank not in self._banks:
            self._banks[line.bank] = load_bank(self.folder / f"{line.bank}.yaml")
        bank = self._banks[line.bank]
        question = next(one for one in bank.questions if one.key == line.key)
        numbers = shuffled(different(bank, question), "draw", line.id, self.seed)
        item = draw(bank, question, numbers[len(self.past.of(line.id)) % len(numbers)], figure=False)
        return line, item

    def keep(self, question: str, right: bool, seconds: float) -> Answered:
        """Keep an answer."""
        kept = _log.add(self.topic, question, right, seconds)
        self.past = History((*self.past.answers, kept))
        self.done.append(kept)
        return kept


def run(screen: Screen, drill: Drill, *, count: int | None = None, seconds: float | None = None) -> None:
    """Ask until the learner stops, `count` questions are answered, or `seconds` are over (checked between questions).

    Raises:
        Stopped: the learner stops; what was answered is kept.
    """
    until = None if seconds is None else time.monotonic() + seconds
    while (count is None or len(drill.done) < count) and (until is None or time.monotonic() < until):
        line, item = drill.next_item()
        before = slowness([one for one in drill.past.of(line.id) if one.right])
        screen.say()
        screen.say(f"{len(drill.done) + 1}  {line.bank}", style="dim")
        started = time.monotonic()
        ask.put(screen, item)
        mark = _marked(screen, item, drill)
        kept = drill.keep(line.id, mark.points == 1, time.monotonic() - started)
        tell(screen, kept, before, drill.past.streak(drill.topic))
        if not kept.right:
            _explain(screen, item, mark)


def _marked(screen: Screen, item: Item, drill: Drill) -> Mark:
    while True:
        answer = ask.take(screen, item, drill.seed + len(drill.done))
        try:
            return score(item, answer, drill.misconceptions)
        except NotAnAnswer as error:
            screen.say(str(error))


def tell(screen: Screen, kept: Answered, before: float, streak: tuple[int, int]) -> None:
    """What an answer was worth, how long it took, and the streak."""
    usual = f", {before:.0f} s before" if before and kept.right else ""
    time_taken = f"{kept.seconds:.0f} s{usual}"
    if kept.right:
        screen.say(f"Right. {time_taken}; streak {streak[0]}, best {streak[1]}.", style="green")
    else:
        screen.say(f"Not right. {time_taken}; best streak {streak[1]}.", style="bold red")


def _explain(screen: Screen, item: Item, mark: Mark) -> None:
    for text in mark.feedback:
        screen.read(text)
    screen.read(mark.right, lead="The answer: ", hang=12)
    if item.because:
        screen.read(item.because)


def sum_up(screen: Screen, topic: str, done: Sequence[Answered], past: History) -> None:
    """What a drill came to: answers, time, streaks, and what was slowest."""
    screen.say()
    if not done:
        screen.say("Nothing was answered.")
        return
    right, spent = [one for one in done if one.right], sum(one.seconds for one in done)
    now, best = past.streak(topic)
    minutes = f"{int(spent) // 60}:{int(spent) % 60:02d}"
    screen.say(f"{topic}: {len(right)} of {len(done)} right in {minutes}; streak {now}, best {best}.", style="bold")
    slowest = max({one.question for one in done}, key=lambda name: (slowness(past.of(name)), name))
    screen.say(f"Slowest: {slowest}, {slowness(past.of(slowest)):.0f} s (a wrong answer counts as a minute).")


__all__ = ["HELP", "Drill", "run", "sum_up", "tell"]
