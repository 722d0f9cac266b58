"""The report of one ``dlgrade check --json`` as a grade, so that it goes where a class's grades go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from dlgrade.errors import UsageError
from dlgrade.gradebook import HELD, Attempt, Decision, Grade, awarded, criteria_of
from dlgrade.lms._files import read
from dlgrade.lms._told import report_of
from dlgrade.neutral import visible

_LIMIT = 20_000_000
_NUMBER = 1  # of the only attempt
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # a report does not say when it was made


def grade_of(path: Path) -> Grade:
    """The grade of one report, with what `dlgrade settle` added to it.

    Raises:
        UsageError: it cannot be read, or is not a report.
    """
    try:
        plain = json.loads(read(path, _LIMIT))
    except (ValueError, RecursionError) as error:
        shown = visible(str(path))
        raise UsageError(f"{shown} cannot be read as JSON: {visible(str(error))}",
                         "Make one with: dlgrade check ID FILE --json report.json") from None  # fmt: skip
    if not isinstance(plain, dict):
        raise UsageError(f"{visible(str(path))} is not a report of dlgrade",
                         "Make one with: dlgrade check ID FILE --json report.json")  # fmt: skip
    report = report_of(plain)
    criteria = criteria_of(plain)  # and what was decided of them
    settlements = enumerate(plain.get("settled") or (), 1)
    decisions = tuple(_decision(number, one, report.assignment) for number, one in settlements)
    last = {one.criterion: one.verdict for one in decisions}
    waits = any(one["verdict"] in HELD and name not in last for name, one in criteria.items())
    settled = report.score + awarded(criteria, last)
    attempt = Attempt(
        "", "assignment", report.assignment, report.seed, _NEVER, _NEVER, report.score, report.max_score,
        {"report": plain}, _NUMBER,
    )  # fmt: skip
    return Grade(
        who="", id=report.assignment, status="review" if waits else "graded", raw=report.score, settled=settled,
        penalty=0.0, score=settled, max=report.max_score, attempt=attempt, attempts=1, decisions=decisions,
    )  # fmt: skip


def _decision(number: int, form: Mapping[str, Any], assignment: str) -> Decision:
    criterion, verdict = str(form["criterion"]), "passed" if form["verdict"] == "passed" else "failed"
    by, why = str(form.get("by", "")), str(form.get("why", ""))
    return Decision("", assignment, by, why, _NEVER, _NUMBER, criterion, cast(Any, verdict), number=number)
