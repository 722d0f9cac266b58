"""A drill of code: a program of the lesson with lines taken out, which are typed back against the clock.

Promises: what is typed runs in the sandboxed worker and nowhere else; each answer is kept before it is said what it is
worth. The first time a program is asked one line is missing, and one more after each time that it was right. Ends
with the learner, or at a limit.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dlgrade.errors import UsageError
from dlgrade.quiz._screen import Screen, Stopped
from dlgrade.study import _log
from dlgrade.study._bench import Bench
from dlgrade.study._drill import tell
from dlgrade.study._gaps import Gap, Verdict, filled, judge, noticed, pick, shown
from dlgrade.study._log import Answered, History, slowness
from dlgrade.study._programs import Program, Source, question_program
from dlgrade.study._stream import following

HELP = "Indentation is added; ? means: I do not know; q stops. Every answer is kept."

_LONGEST = 500  # characters of one typed line


@dataclass
class Blanks:
    """A drill of code under way.

    Attributes:
        topic: as its answers are kept.
        pool: programs that may be asked; one in which nothing can be taken out is dropped when its turn comes.
        done: the answers of this drill.
    """

    topic: str
    pool: list[Source]
    folder: Path
    bench: Bench
    seed: int
    past: History = field(default_factory=_log.history)
    done: list[Answered] = field(default_factory=list)
    _may: dict[str, tuple[Gap, ...]] = field(default_factory=dict)

    def next_program(self) -> tuple[Program, tuple[Gap, ...]]:
        """The next program and the lines that are taken out of it.

        Raises:
            UsageError: no program is left of which the machine would notice a missing line.
            CourseError: a bank cannot be read.
        """
        while self.pool:
            source = following(self.pool, self.past, self.seed, mixed=False)
            before = self.past.of(source.id)
            program = source.program
            if program is None:
                assert source.question is not None  # noqa: S101 - a source has one of the two
                program = question_program(source.question, self.folder, self.seed + len(before))
            may = noticed(program, self.bench.run)
            if may:
                count = 1 + _in_a_row(before)
                return program, pick(program, may, count, self.seed, len(before))
            self.pool.remove(source)
        name = self.topic.split()[-1]
        what = f"{name} has no program whose missing lines a machine would notice"
        raise UsageError(what, f"dlgrade drill {name} asks questions instead.")

    def keep(self, question: str, right: bool, seconds: float) -> Answered:
        """Keep an answer."""
        kept = _log.add(self.topic, question, right, seconds)
        self.past = History((*self.past.answers, kept))
        self.done.append(kept)
        return kept


def _in_a_row(answers: Sequence[Answered]) -> int:
    """How many of the last answers were right."""
    return next((count for count, one in enumerate(reversed(answers)) if not one.right), len(answers))


def run(screen: Screen, drill: Blanks, *, count: int | None = None, seconds: float | None = None) -> None:
    """Ask until the learner stops, `count` programs are answered, or `seconds` are over (checked in between).

    Raises:
        Stopped: the learner stops; what was answered is kept.
        UsageError: there is nothing to ask.
    """
    until = None if seconds is None else time.monotonic() + seconds
    while (count is None or len(drill.done) < count) and (until is None or time.monotonic() < until):
        program, chosen = drill.next_program()
        if not drill.done and drill.bench.isolation == "plain":
            screen.say("There is no sandbox here: what you type runs as a plain process with limits.")
        before = slowness([one for one in drill.past.of(program.id) if one.right])
        screen.say()
        _put(screen, program, chosen, len(drill.done) + 1)
        started = time.monotonic()
        typed = _typed(screen, chosen)
        spent = time.monotonic() - started
        verdict = Verdict(False) if typed is None else judge(program, typed, drill.bench.run)
        kept = drill.keep(program.id, verdict.right, spent)
        tell(screen, kept, before, drill.past.streak(drill.topic))
        _explain(screen, program, chosen, typed, verdict)


def _put(screen: Screen, program: Program, chosen: Sequence[Gap], number: int) -> None:
    screen.say(f"{number}  {program.id}", style="dim")
    lines = "the missing line" if len(chosen) == 1 else f"the {len(chosen)} missing lines"
    if program.proof:
        screen.say(f"Type {lines}, so that this holds afterwards:")
        screen.code(program.proof)
    else:
        screen.say(f"Type {lines}.")
    screen.say()
    screen.code(shown(program, tuple(chosen)), numbered=True)
    screen.say()


def _typed(screen: Screen, chosen: Sequence[Gap]) -> dict[Gap, str] | None:
    """What was typed for each gap; None for "I do not know"."""
    typed: dict[Gap, str] = {}
    for gap in chosen:
        while gap not in typed:
            line = screen.ask(f"line {gap.line} > ").strip()
            if line == "?":
                return None
            if len(line) > _LONGEST:
                screen.say(f"A line has at most {_LONGEST} characters here.")
            elif line:
                typed[gap] = line
            else:
                screen.say("Type the line, or ? if you do not know.")
    return typed


def _explain(
    screen: Screen, program: Program, chosen: Sequence[Gap], typed: dict[Gap, str] | None, verdict: Verdict
) -> None:
    if verdict.says:
        screen.say(verdict.says[0].upper() + verdict.says[1:] + ".")
    same = typed is not None and filled(program, typed) == filled(program, {gap: gap.text for gap in chosen})
    if not same:
        screen.say("One way:")
        for gap in chosen:
            screen.code(f"{gap.line:>2} | {gap.text}")
    if program.because and not verdict.right:
        screen.read(program.because)


__all__ = ["HELP", "Blanks", "Stopped", "run"]
