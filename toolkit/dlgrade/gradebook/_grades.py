"""Grades: computed from attempts, decisions, people and a policy each time they are read."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from dlgrade.course import PROFILES
from dlgrade.errors import UsageError
from dlgrade.gradebook._held import HELD, awarded, criteria_of
from dlgrade.gradebook._late import late_by, less, penalty
from dlgrade.gradebook._nouns import Attempt, Decision, Grade, LatePolicy
from dlgrade.gradebook._store import Gradebook

_IN_TIME = LatePolicy()
T = TypeVar("T", Attempt, Decision)


def grades(
    book: Gradebook,
    id: str,  # noqa: A002 - as it is called everywhere
    *,
    policy: LatePolicy = _IN_TIME,
    max_points: float | None = None,
) -> tuple[Grade, ...]:
    """The grade of everyone enrolled and everyone with an attempt at any assignment, sorted by student.

    Where a submission was graded again, the fullest profile counts, and of the same profile the latest: the word of a
    mended grader replaces the earlier one (`standing`). Which of several submissions counts says the policy: the best
    is the one with the highest score after lateness and settling, of equal ones the earliest.

    Args:
        id: of the assignment.
        max_points: what the assignment is worth, for those who handed in nothing; None: as the others' attempts say.

    Raises:
        MachineError: the file cannot be read.
        UsageError: the deadline has no time zone.
    """
    with book.one_moment():
        everyone = book.students()
        names = {one.who: one.name for one in book.people()}
        attempts = _by_student(book.attempts(None, "assignment", id))
        decisions = _by_student(book.decisions(id=id))
    if max_points is None:
        latest = max((many[-1] for many in attempts.values()), key=_number, default=None)
        max_points = latest.max if latest else 0.0
    found = []
    for who in everyone:
        nothing = Grade(who, id, "missing", 0.0, 0.0, 0.0, 0.0, max_points, names.get(who, ""))
        found.append(_grade(nothing, attempts.get(who, []), decisions.get(who, []), policy))
    return tuple(found)


def standing(attempts: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """One grading for each submission that was handed in: the fullest profile's, of the same profile the latest.

    Two attempts are of one submission where source and time of handing in are the same; where a time is not known, the
    source's first one. What has no report stands for itself.
    """
    first: dict[str, datetime] = {}
    for one in attempts:
        source = _source(one)
        if source and one.handed_in is not None:
            first[source] = min(first.get(source, one.handed_in), one.handed_in)
    found: dict[Any, Attempt] = {}
    for one in attempts:
        source = _source(one)
        same = (source, one.handed_in or first.get(source)) if source else one.number
        if same not in found or _fullness(one) >= _fullness(found[same]):
            found[same] = one
    return tuple(sorted(found.values(), key=_number))


@dataclass(frozen=True)
class _Weighed:
    """An attempt with what was decided and what lateness costs; `possible` is the score if all that waits passes."""

    attempt: Attempt
    settled: float
    penalty: float
    score: float
    possible: float
    late: timedelta | None


def _grade(nothing: Grade, attempts: Sequence[Attempt], decisions: Sequence[Decision], policy: LatePolicy) -> Grade:
    whole = [one for one in decisions if not one.criterion]
    override = whole[-1] if whole and whole[-1].points is not None else None
    grade = dataclasses.replace(nothing, attempts=len(attempts), decisions=tuple(decisions), override=override)
    weighed = [_weighed(one, decisions, policy) for one in standing(attempts)]
    if weighed:
        # `max` gives the first of equal ones, which is the earliest.
        counts = weighed[-1] if policy.counts == "last" else max(weighed, key=lambda one: one.score)
        rivals = weighed if policy.counts == "best" else [counts]
        grade = dataclasses.replace(
            grade,
            status="review" if any(one.possible > counts.score for one in rivals) else "graded",
            raw=counts.attempt.points,
            settled=counts.settled,
            penalty=counts.penalty,
            score=counts.score,
            max=counts.attempt.max,
            late=counts.late,
            attempt=counts.attempt,
        )
    if override is not None and override.points is not None:
        grade = dataclasses.replace(grade, status="graded", score=override.points)
    return grade


def _weighed(attempt: Attempt, decisions: Sequence[Decision], policy: LatePolicy) -> _Weighed:
    verdicts = {one.criterion: one.verdict for one in decisions if one.criterion and one.attempt == attempt.number}
    criteria = _criteria(attempt)
    settled = attempt.points + awarded(criteria, verdicts)
    waiting = sum(
        one["max_points"] for name, one in criteria.items() if one["verdict"] in HELD and name not in verdicts
    )
    taken = penalty(policy, attempt.handed_in, settled)
    possible = less(settled + waiting, penalty(policy, attempt.handed_in, settled + waiting))
    late = late_by(policy, attempt.handed_in)
    return _Weighed(attempt, settled, taken, less(settled, taken), possible, late)


def _criteria(attempt: Attempt) -> dict[str, dict[str, Any]]:
    """The criteria of its report; none where it has no report, or one of a form that is not read here."""
    try:
        return criteria_of(attempt.results["report"])
    except (KeyError, UsageError):
        return {}


def _source(attempt: Attempt) -> str:
    try:
        return str(attempt.results["report"]["submission"]["sha256"])
    except (KeyError, TypeError):
        return ""


def _fullness(attempt: Attempt) -> int:
    """How much was measured, by the profile of the run."""
    try:
        return PROFILES.index(attempt.results["report"]["profile"])
    except (KeyError, TypeError, ValueError):
        return -1


def _by_student(all_of_them: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in all_of_them:
        found.setdefault(one.who, []).append(one)
    return found


def _number(attempt: Attempt) -> int:
    return attempt.number or 0
