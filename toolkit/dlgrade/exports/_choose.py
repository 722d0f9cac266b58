"""Which items of which banks are exported."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

from dlgrade.course import Misconception
from dlgrade.errors import UsageError
from dlgrade.exports._forms import put
from dlgrade.exports._nouns import Family, Sheet
from dlgrade.quiz import Bank, Question, draw, load_bank, shuffled
from dlgrade.quiz._load import bank_files
from dlgrade.quiz._sitting import different


def banks(folder: Path, ids: Sequence[str]) -> tuple[Bank, ...]:
    """The banks of these ids, in the order named; all of the course where none is.

    Raises:
        UsageError: there is no such bank, or none at all.
        CourseError: a bank is wrong.
    """
    files = {path.stem: path for path in bank_files(folder)}
    if not files:
        raise UsageError("this course has no quizzes")
    for name in ids:
        if name not in files:
            near = difflib.get_close_matches(name, list(files), n=1)
            mend = f"Did you mean {near[0]}?" if near else "See dlgrade quiz list."
            raise UsageError(f"there is no quiz {name}", mend)
    return tuple(load_bank(files[name]) for name in dict.fromkeys(ids or files))


def sheet(bank: Bank, known: Mapping[str, Misconception], count: int, seed: int) -> Sheet:
    """The bank with up to `count` draws of each question that has drawn values.

    Raises:
        CourseError: a question cannot be drawn.
    """
    return Sheet(bank, tuple(_family(bank, question, known, count, seed) for question in bank.questions))


def _family(bank: Bank, question: Question, known: Mapping[str, Misconception], count: int, seed: int) -> Family:
    numbers = different(bank, question)
    if seed:  # another seed, other draws
        numbers = tuple(sorted(shuffled(numbers, "export", bank.id, question.key, seed)[:count]))
    puts = tuple(put(draw(bank, question, number), known, seed) for number in numbers[:count])
    return Family(f"{bank.id}/{question.key}", puts, bool(question.written.get("vary")))
