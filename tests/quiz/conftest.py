"""A course of its own for each test: small banks as text, cards by their ids, and what `build` says of them."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlgrade import quiz
from dlgrade.quiz._build import build


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Course:
    """A course in a folder of its own."""

    root: Path

    def bank(self, questions: str, name: str = "mini", head: str = "") -> Path:
        """Write a bank of one objective whose questions are given, indented as one likes."""
        path = self.root / "quizzes" / f"{name}.yaml"
        start = f"title: A small bank\nobjectives: {{aim: Know a thing}}\n{head}questions:\n"
        path.write_text(start + textwrap.indent(textwrap.dedent(questions).strip("\n"), "  ") + "\n", encoding="utf-8")
        return path

    def misconceptions(self, text: str) -> None:
        path = self.root / "quizzes" / "misconceptions.yaml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def cards(self, *ids: str) -> None:
        """Write a deck that has cards of these ids."""
        cards = "".join(f"  {card}: {{front: What, back: That}}\n" for card in ids)
        (self.root / "flashcards" / "deck.yaml").write_text(f"title: A deck\ncards:\n{cards}", encoding="utf-8")

    def load(self, questions: str, **options: str) -> quiz.Bank:
        return quiz.load_bank(self.bank(questions, **options))

    def item(self, question: str, number: int = 0) -> quiz.Item:
        """One draw of the bank's first question."""
        bank = self.load(question)
        return quiz.draw(bank, bank.questions[0], number)

    def faults(self, questions: str, seconds: float = 60.0, **options: str) -> str:
        """All that `build` says of a bank, line by line."""
        path = self.bank(questions, **options)
        return "\n".join(map(str, build(self.root, [path.stem], seconds=seconds)))

    def taken(self, name: str, answers: str, *options: str) -> Ran:
        """`dlgrade quiz take` with answers from a pipe."""
        return self.command("quiz", "take", name, *options, answers=answers)

    def command(self, *arguments: str, answers: str = "") -> Ran:
        """The command line in this process."""
        from dlgrade.cli import main

        out, err, before = io.StringIO(), io.StringIO(), sys.stdin
        sys.stdin = io.StringIO(answers)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
                main(["--course", str(self.root), *arguments])
        finally:
            sys.stdin = before
        code = ended.value.code
        assert isinstance(code, int)
        return Ran(code, out.getvalue(), err.getvalue())

    def process(self, *arguments: str, answers: bytes) -> Ran:
        """The command line in a process of its own, behind real pipes."""
        environment = {**os.environ, "DLGRADE_COURSE": str(self.root), "PYTHONIOENCODING": "utf-8"}
        ran = subprocess.run(
            [sys.executable, "-c", "from dlgrade.cli import main; main()", *arguments],
            input=answers, capture_output=True, env=environment, check=False,
        )  # fmt: skip
        return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


@pytest.fixture(autouse=True)
def _own_gradebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLGRADE_HOME", str(tmp_path / "home"))


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """An empty course with one misconception, `belief`, and two cards, `card` and `other-card`."""
    return new_course(tmp_path / "course", monkeypatch.chdir)


@pytest.fixture(scope="session")
def make_course() -> Callable[[Path, Callable[[Path], object]], Course]:
    """For fixtures that outlive a test: makes a course in a folder and enters it."""
    return new_course


def new_course(root: Path, enter: Callable[[Path], object]) -> Course:
    for folder in ("quizzes", "flashcards", "assignments"):
        (root / folder).mkdir(parents=True)
    (root / "course.yaml").write_text("title: A course\ntracks: {module: The module}\n", encoding="utf-8")
    enter(root)
    made = Course(root)
    made.cards("card", "other-card")
    made.misconceptions("belief: {belief: A belief., feedback: It is not so., cards: [other-card]}\n")
    return made
