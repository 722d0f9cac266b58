"""From the outcome of each test to the result of each criterion.

What a student may see is decided here: messages of public checks, measured accuracies of hidden ones, nothing
else of the latter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlgrade.course import Criterion, CriterionResult, Problem, Verdict
from dlgrade.quantity import Comparison

# What one bad case makes of a criterion: the first of these that any case has.
_WORST_FIRST: tuple[Verdict, ...] = ("failed", "timeout", "crashed", "error", "review", "blocked", "open")

_WHY = {
    "blocked": "not measured: {why}",
    "open": "{why}",
    "review": "could not be proven; a person decides",
    "error": "the grader failed here, not you",
}


@dataclass(frozen=True)
class Case:
    """One test (one parameter set of it): what came of it and what it compared.

    Attributes:
        hidden: whether it stands in ``graders/``.
        message: the text behind the comma of the assert that failed.
        detail: everything, for the instructor.
        cards: of the belief that the answers betray.
    """

    criterion: str
    name: str
    hidden: bool
    verdict: Verdict
    message: str = ""
    comparisons: tuple[Comparison, ...] = ()
    problem: Problem | None = None
    detail: str = ""
    cards: tuple[str, ...] = ()
    seconds: float = 0.0


def result_of(criterion: Criterion, cases: Sequence[Case]) -> CriterionResult:
    """The criterion's result; without any case it is ``open``."""
    verdict = _verdict(cases)
    shown = _comparison(cases, verdict)
    found: tuple[str, ...] = ()
    why = ""
    if verdict in {"failed", "timeout", "crashed", "review"}:
        found = _found(cases, verdict)
    elif verdict != "passed":
        why = next((case.message for case in cases if case.verdict == verdict), "") or (
            "graded by your instructor" if not cases else ""
        )
    measured = shown.measured if shown else _WHY.get(verdict, "").format(why=why)
    if verdict in {"blocked", "open", "error"}:
        measured = _WHY[verdict].format(why=why or "something before it failed")
    return CriterionResult(
        id=criterion.id,
        says=criterion.says,
        verdict=verdict,
        points=criterion.points if verdict == "passed" else 0,
        max_points=criterion.points,
        measured=measured,
        wanted=shown.wanted if shown and verdict in {"passed", "failed"} else "",
        found=found,
        hint=criterion.hint if verdict == "failed" else "",
        cards=_cards(criterion, cases) if verdict == "failed" else (),
        detail="\n".join(f"{case.name}: {case.detail}" for case in cases if case.detail),
        seconds=sum(case.seconds for case in cases),
    )


def _cards(criterion: Criterion, cases: Sequence[Case]) -> tuple[str, ...]:
    """What the answers betray comes before what the criterion is about."""
    betrayed = [card for case in cases if not case.hidden for card in case.cards]
    return tuple(dict.fromkeys([*betrayed, *criterion.cards]))


def _verdict(cases: Sequence[Case]) -> Verdict:
    for verdict in _WORST_FIRST:
        if any(case.verdict == verdict for case in cases):
            return verdict
    return "passed" if cases else "open"


def _comparison(cases: Sequence[Case], verdict: Verdict) -> Comparison | None:
    """What is shown as measured against wanted: a failing comparison first, public before hidden."""
    if verdict not in {"passed", "failed"}:
        return None
    ordered = sorted((case for case in cases if case.verdict == verdict), key=lambda case: case.hidden)
    for case in ordered:
        shown = [
            c for c in case.comparisons if (verdict == "passed") == c.holds and (not case.hidden or "%" in c.measured)
        ]
        if shown:
            return shown[-1]
    return None


def _found(cases: Sequence[Case], verdict: Verdict) -> tuple[str, ...]:
    lines: list[str] = []
    for case in cases:
        if case.verdict != verdict:
            continue
        if case.problem is not None and not case.hidden:
            lines.append(f"{case.problem.where}  {case.problem.what}".strip())
        elif case.message and not case.hidden:
            lines += case.message.splitlines()
    if not lines and any(case.hidden for case in cases if case.verdict == verdict):
        lines.append("found by a check that only the grader has")
    return tuple(dict.fromkeys(lines))
