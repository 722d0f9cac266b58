"""Grades made by hand from reports made by hand: nothing here is measured, so the exports are tested alone."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.report.conftest import REPORTS, SECRET

from dlgrade.gradebook import Attempt, Decision, Grade
from dlgrade.lms import Wanted

__all__ = ["SECRET", "decided", "grade", "missing", "override", "plain", "wanted"]

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
TITLES = {"code6": "Global average pooling", "f-outsize": "Out-size calculation"}


@functools.cache
def plain(name: str = "failing") -> dict[str, Any]:
    """The JSON form of one of the reports, with the instructor's details."""
    return REPORTS[name]().to_json()


def grade(
    who: str = "s001", name: str = "", report: str = "failing", *, score: float | None = None, **changed: Any
) -> Grade:
    """A grade with a report; `score` replaces what it says."""
    form = plain(report)
    earned = form["score"]
    attempt = Attempt(who, "assignment", "code6", 0, NOW, NOW, earned, form["max_score"], {"report": form}, 1, NOW)
    waits = any(one["verdict"] in {"review", "error"} for one in form["criteria"])
    made = Grade(
        who, "code6", "review" if waits else "graded", earned, earned, 0.0, earned if score is None else score,
        form["max_score"], name, attempt=attempt, attempts=1,
    )  # fmt: skip
    return dataclasses.replace(made, **changed)


def missing(who: str, name: str = "", most: float = 50.0) -> Grade:
    """Nothing was handed in."""
    return Grade(who, "code6", "missing", 0.0, 0.0, 0.0, 0.0, most, name)


def override(one: Grade, points: float, why: str = "was ill") -> Grade:
    """The same with points that a person set."""
    decision = Decision(one.who, one.id, "staff", why, NOW, points=points)
    return dataclasses.replace(one, status="graded", score=points, override=decision, decisions=(decision,))


def decided(one: Grade, criterion: str, verdict: Any, why: str) -> Grade:
    """The same with a criterion that a person settled."""
    return dataclasses.replace(
        one, decisions=(*one.decisions, Decision(one.who, one.id, "staff", why, NOW, 1, criterion, verdict))
    )


def late(one: Grade, penalty: float) -> Grade:
    """The same, a day and a half late."""
    return dataclasses.replace(one, penalty=penalty, score=one.settled - penalty, late=timedelta(hours=36))


def wanted(grades: Iterable[Grade], **more: Any) -> Wanted:
    """These grades, with the titles of the course."""
    return Wanted(tuple(grades), TITLES, **more)
