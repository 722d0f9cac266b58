"""The programs of an assignment that can be drilled: from its lesson and from the quizzes, never from its graders.

Taken are, in this order: the fenced ``python`` blocks of the assignment's README.md, each with those before it; and of
the questions about a faulty line, first of banks whose `lesson` it is, then of others that lead to it (see `_topics`),
the mended program, whose proof has to hold. What is typed here should be worth having in the fingers, so programs of
questions about output are left out: many are wrong on purpose.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dlgrade.course import Assignment
from dlgrade.quiz import Bank, Question, draw, load_bank, shuffled
from dlgrade.quiz._draw import Filler
from dlgrade.quiz._sitting import different
from dlgrade.study._outline import Outline, QuestionLine
from dlgrade.study._topics import of_assignment

_FENCE = re.compile(r"^( {0,3})```(\w*)[^\n]*\n(.*?)^\1```[ \t]*$", re.MULTILINE | re.DOTALL)

_WRONG = re.compile(r"#\s*wrong\b", re.IGNORECASE)


@dataclass(frozen=True)
class Program:
    """A program that is right.

    Attributes:
        id: ``assignment#n`` for the n-th block of a lesson, ``bank/key`` for a question's program.
        before: code that runs before it and is not shown.
        proof: code that has to run without an exception after it; where it is empty, what was filled has to print and
            to leave behind the same.
        key_line: the line that is asked first, from 1; 0 for any.
        because: the explanation, in markup.
    """

    id: str
    code: str
    before: str = ""
    proof: str = ""
    key_line: int = 0
    because: str = ""


@dataclass(frozen=True)
class Source:
    """Where a program comes from; reading it costs something, so that is done when it is its turn."""

    id: str
    program: Program | None = None
    question: QuestionLine | None = None


def sources(assignment: Assignment, lines: Outline) -> tuple[Source, ...]:
    """All programs of an assignment, in the order in which they are asked first."""
    lesson = assignment.folder / "README.md"
    blocks = tuple(Source(one.id, program=one) for one in lesson_programs(assignment.id, lesson))
    questions = [one for one in of_assignment(assignment, lines) if one.kind == "spot"]
    own = {bank.id for bank in lines.banks if bank.lesson == assignment.id}
    questions.sort(key=lambda one: one.bank not in own)
    return (*blocks, *(Source(one.id, question=one) for one in questions))


def lesson_programs(name: str, lesson: Path) -> Iterator[Program]:
    """The fenced python blocks of a lesson that can be read as Python, each with those before it.

    One with a comment that begins with *wrong* shows what not to write, and is left out.
    """
    text = lesson.read_text(encoding="utf-8", errors="replace") if lesson.is_file() else ""
    before: list[str] = []
    blocks = [textwrap.dedent(hit[3]).rstrip("\n") for hit in _FENCE.finditer(text) if hit[2] in {"python", "py"}]
    for number, code in enumerate(blocks, 1):
        if _WRONG.search(code):
            continue
        try:
            compile(code, "<lesson>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        yield Program(f"{name}#{number}", code, before="\n".join(before))
        before.append(code)


def question_program(line: QuestionLine, folder: Path, seed: int) -> Program:
    """The mended program of a question about a faulty line, with numbers that the seed decides.

    Raises:
        CourseError: its bank cannot be read, or it cannot be drawn.
    """
    bank = load_bank(folder / f"{line.bank}.yaml")
    question = next(one for one in bank.questions if one.key == line.key)
    return _drawn(bank, question, shuffled(different(bank, question), "blank", seed)[0])


def _drawn(bank: Bank, question: Question, number: int) -> Program:
    item = draw(bank, question, number, figure=False)
    written = item.code.split("\n")
    place: int = question.written["line"]
    written[place - 1] = item.mend
    proof = Filler(bank, question, item.values).text("proof").rstrip("\n")
    name = f"{bank.id}/{question.key}"
    return Program(name, "\n".join(written), proof=proof, key_line=place, because=item.because)
