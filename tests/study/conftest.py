"""A small course of its own for each test: two assignments, two quizzes, a deck, plans; and what was done in it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dlgrade.cli._last_report import keep
from dlgrade.gradebook import ME, Attempt, Gradebook

COURSE = """
title: A small course
tracks: {basics: The basics, nets: The nets}
metrics:
  - {says: "Small enough", criteria: [net/budget]}
  - {says: "Right 9 times of 10", criteria: [net/accuracy]}
"""

SUMS = """
title: Adding up
track: basics
kind: functions
criteria:
  adds: {points: 2, says: It adds., hint: Use the plus sign., cards: [sum]}
  carries: {points: 3, says: It carries., cards: [carry]}
"""

NET = """
title: A net
track: nets
criteria:
  budget: {points: 4, says: It is small., cards: [small]}
  accuracy: {points: 6, says: It is right., wanted: {quick: 0.5, full: 0.9}}
"""

QUIZ = """
title: About sums
lesson: sums
objectives: {plain: Add two numbers, trick: See through a trick}
questions:
  two: {objective: plain, vary: {a: {from: 1, to: 50}}, ask: "What is {a} + 2.", number: a + 2, because: B.,
        cards: [sum]}
  ten: {objective: plain, vary: {a: {from: 1, to: 50}}, ask: "What is {a} + 10.", number: a + 10, because: B.,
        wrong_numbers: {a + 1: forgets}}
  fixed: {objective: trick, ask: It is so., claim: true, because: B., cards: [small]}
  why: {objective: trick, ask: Why., free: [because]}
"""

OTHER = """
title: About prints
objectives: {reading: Read a program}
questions:
  shown: {objective: reading, ask: What is printed., runs: "x = 3\\nprint(x)", prints: "3", because: B., cards: [small]}
  faulty:
    objective: reading
    ask: Which line.
    spot: |
      def double(x):
          y = x + x
          return x
    line: 3
    mend: "    return y"
    proof: assert double(4) == 8
    because: The result was thrown away.
    cards: [sum]
"""

DECK = """
title: Sums
lesson: sums
cards:
  sum: {front: F, back: B, tags: ["adding::plain"]}
  carry: {front: F, back: B, tags: [carrying]}
  small: {front: F, back: B, source: net}
"""

PLAN = """
title: The first week
minutes: 20
days:
  1:
    title: Adding
    read: ["A page about sums: https://example.org/sums"]
    tasks: [sums]
    quizzes: [quiz-sums]
    reflect: What is a sum.
  2:
    title: The net
    tasks: [net]
"""


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Course:
    """A course in a folder of its own, and a learner who did something in it."""

    root: Path
    run: Callable[..., Any]
    patch: pytest.MonkeyPatch

    def write(self, name: str, text: str) -> Path:
        """Write a file of the course."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def command(self, *arguments: object, answers: str = "") -> Ran:
        """The command line in this process, with what is typed."""
        self.patch.setattr(sys, "stdin", io.StringIO(answers))
        ran = self.run("--course", self.root, *arguments)
        return Ran(ran.code, ran.out, ran.err)

    def process(self, *arguments: str) -> subprocess.Popen[str]:
        """The command line in a process of its own, behind real pipes."""
        return subprocess.Popen(
            [sys.executable, "-u", "-c", "from dlgrade.cli import main; main()", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "DLGRADE_COURSE": str(self.root)},
        )  # fmt: skip

    def checked(self, name: str, profile: str = "full", **verdicts: str) -> None:
        """Keep a report in the way that `dlgrade check` does."""
        criteria = [{"id": id, "verdict": verdict, "cards": []} for id, verdict in verdicts.items()]  # noqa: A001
        keep(name, {"schema": 1, "profile": profile, "criteria": criteria})

    def taken(self, name: str, points: float, most: float, *questions: dict[str, Any]) -> None:
        """Add an attempt at a quiz to the gradebook."""
        now = datetime.now(UTC)
        objectives = {"plain": {"says": "Add two numbers", "points": points, "max": most}}
        results = {"questions": list(questions), "objectives": objectives, "cards": []}
        with Gradebook() as book:
            book.add(Attempt(ME, "quiz", name, 1, now, now, points, most, results))

    def begun(self, name: str, answers: int) -> None:
        """Keep an unfinished sitting."""
        with Gradebook() as book:
            book.keep("quiz", name, {"seed": 1, "answers": {str(n): {} for n in range(answers)}})

    def progress(self) -> dict[str, Any]:
        """`dlgrade progress --json -`."""
        plain: dict[str, Any] = json.loads(self.command("progress", "--json", "-").out)
        return plain


@pytest.fixture
def course(tmp_path: Path, dlgrade: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Course:
    made = Course(tmp_path / "course", dlgrade, monkeypatch)
    files = {
        "course.yaml": COURSE, "assignments/sums/assignment.yaml": SUMS, "assignments/net/assignment.yaml": NET,
        "quizzes/quiz-sums.yaml": QUIZ, "quizzes/quiz-prints.yaml": OTHER, "flashcards/deck-sums.yaml": DECK,
        "quizzes/misconceptions.yaml": "forgets: {belief: B., feedback: The nought counts., cards: [carry]}",
        "plans/week1.yaml": PLAN,
    }  # fmt: skip
    for name, text in files.items():
        made.write(name, text)
    return made
