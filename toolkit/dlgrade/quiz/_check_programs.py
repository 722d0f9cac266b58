"""What programs say of a question: oracles, outputs of code, and proofs that a mended line mends."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from dlgrade.errors import CourseError
from dlgrade.quiz._check_items import same
from dlgrade.quiz._draw import Filler, shown_value, told, varies, where, where_in_code
from dlgrade.quiz._nouns import Bank, Item, Question
from dlgrade.snippets import Outcome, Snippets

_NEAR = 1e-6  # share by which an oracle in single precision may be off where the answer is exact


def runs(question: Question) -> bool:
    """Whether running a program finds out or confirms the answer."""
    return question.kind in {"output", "spot"} or bool(question.written.get("oracle"))


def oracle_faults(bank: Bank, question: Question, draws: Sequence[Item], snippets: Snippets) -> Iterator[CourseError]:
    """Where the oracle finds another answer than the bank, or none."""
    if not question.written.get("oracle"):
        return
    programs = [(Filler(bank, question, item.values).text("oracle"), item.values) for item in draws]
    outcome = snippets.run(programs, wants="answer")
    for item, ran in zip(draws, outcome.runs, strict=False):
        if not agrees(item, ran.value):
            what = f"the oracle finds {_told(ran.value)}, the bank says {_told(answer_of(item))}{told(item.values)}"
            yield CourseError(where(bank, question, "oracle"), what, "One of the two is wrong.")
            return
    if outcome.fault:
        yield _stopped(bank, question, "oracle", outcome, draws)


def answer_of(item: Item) -> Any:
    """The right answer as an oracle gives it."""
    match item.kind:
        case "number":
            return item.number
        case "one" | "two_tier":
            return item.options[0].text
        case "several":
            return [option.text for option in item.options if option.right]
        case "order":
            return list(item.order)
        case "match":
            return dict(item.pairs)
        case "claim":
            return item.options[0].text == "True"
        case "output":
            return item.printed
        case "spot":
            return next(number for number, option in enumerate(item.options, 1) if option.right)
        case "free":
            return None


def agrees(item: Item, answer: Any) -> bool:
    """Whether the oracle's answer would be marked right."""
    right = answer_of(item)
    if item.kind == "number":
        if isinstance(answer, bool) or not isinstance(answer, int | float) or not math.isfinite(answer):
            return False
        return bool(abs(answer - right) <= max(item.tolerance, _NEAR * abs(right)))
    if item.kind in {"claim", "spot"}:
        return bool(answer == right)
    if item.kind == "several":
        return isinstance(answer, list) and _all_same(sorted(map(str, answer)), sorted(right))
    if item.kind == "order":
        return isinstance(answer, list) and _all_same(answer, right)
    if item.kind == "match":
        return (
            isinstance(answer, dict)
            and answer.keys() == right.keys()
            and all(same(shown_value(answer[left]), right[left]) for left in right)
        )
    return same(shown_value(answer), right)


def _all_same(answers: Sequence[Any], rights: Sequence[str]) -> bool:
    pairs = zip(answers, rights, strict=False)
    return len(answers) == len(rights) and all(same(shown_value(one), other) for one, other in pairs)


def output_faults(bank: Bank, question: Question, draws: Sequence[Item], snippets: Snippets) -> Iterator[CourseError]:
    """Where the program prints something else than the bank says."""
    if question.kind != "output":
        return
    outcome = snippets.run([(item.code, {}) for item in draws])
    for item, ran in zip(draws, outcome.runs, strict=False):
        printed = ran.printed.rstrip("\n")
        if _lines(printed) != _lines(item.printed):
            what = f"the program prints {_told(printed)}, the bank says {_told(item.printed)}{told(item.values)}"
            yield CourseError(where(bank, question, "prints"), what, "Write what is printed, and check the question.")
            return
    if outcome.fault:
        yield _stopped(bank, question, "runs", outcome, draws)


def _lines(printed: str) -> list[str]:
    return [line.rstrip() for line in printed.split("\n")]  # space at the end of a line cannot be seen


def spot_faults(bank: Bank, question: Question, draws: Sequence[Item], snippets: Snippets) -> Iterator[CourseError]:
    """Where the proof passes with the faulty line, or fails with the mended one."""
    if question.kind != "spot":
        return
    line = question.written["line"]
    for item in draws:
        proof = Filler(bank, question, item.values).text("proof")
        mended = item.code.split("\n")
        mended[line - 1] = item.mend
        faulty = snippets.run([(f"{item.code}\n{proof}", {})])
        if not faulty.fault:
            what = f"the proof passes with the faulty line{told(item.values)}"
            yield CourseError(where(bank, question, "proof"), what, "Let it raise where the line is as it stands.")
            return
        if faulty.line is None:
            yield _stopped(bank, question, "spot", faulty, draws)
            return
        right = snippets.run([("\n".join([*mended, proof]), {})])
        if right.fault:
            what = f"the proof fails with the mended line: {right.fault}{told(item.values)}"
            yield CourseError(where(bank, question, "mend"), what, "Mend the line or the proof.")
            return


def _stopped(bank: Bank, question: Question, key: str, outcome: Outcome, draws: Sequence[Item]) -> CourseError:
    """The program did not come to its end."""
    place = where_in_code(bank, question, key, outcome.line)
    # Without a line the whole job was stopped, and which draw it was is not known.
    values = told(draws[len(outcome.runs)].values) if outcome.line is not None and varies(question) else ""
    over = f" over {len(draws)} draws" if outcome.line is None and len(draws) > 1 else ""
    called = {"oracle": "the oracle", "runs": "the program", "spot": "the program"}[key]
    return CourseError(place, f"{called} stops{over}: {outcome.fault}{values}")


def _told(value: Any) -> str:
    text = value if isinstance(value, str) else shown_value(value)
    lines = text.split("\n")
    shown = " / ".join(lines[:4]) + (" / ..." if len(lines) > 4 else "")
    shown = shown if len(shown) <= 120 else shown[:117] + "..."
    return f"'{shown}'" if isinstance(value, str) else shown
