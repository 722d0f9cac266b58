"""What a person decided of criteria that could not be proven, written beside what was measured.

Promises: nothing that was measured changes, earlier decisions stay on record and the last one counts. Works on
the JSON form of a report (docs/report-schema.md); keeping many reports is the gradebook's work, not this one's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from dlgrade.course import SCHEMA
from dlgrade.errors import UsageError

HELD = ("review", "error")
"""The verdicts that leave the points to a person."""


def settle(
    report: dict[str, Any], criterion: str, verdict: Literal["passed", "failed"], *, by: str, why: str, at: datetime
) -> dict[str, Any]:
    """The report with one more decision.

    Args:
        report: a report in its JSON form; not changed.
        by: who decided; ``why``: for what reason. Neither may be blank.
        at: when, with its time zone.

    Raises:
        UsageError: it is not such a report, has no such criterion, or measured that criterion itself.
    """
    criteria = _criteria(report)
    found = criteria.get(criterion)
    held = [name for name, one in criteria.items() if one["verdict"] in HELD]
    open_ones = f"To be decided: {', '.join(held)}." if held else "Nothing in this report is to be decided."
    if found is None:
        raise UsageError(f"the report has no criterion {criterion}", open_ones)
    if found["verdict"] not in HELD:
        raise UsageError(f"{criterion} was measured ({found['verdict']}); a person settles what was not", open_ones)
    if not by.strip() or not why.strip():
        raise UsageError("a decision says who took it and why", "Give --by NAME and --why TEXT.")
    when = at.astimezone(UTC).isoformat(timespec="seconds")
    settled = [
        *report.get("settled", []),
        {"criterion": criterion, "verdict": verdict, "by": by.strip(), "why": why.strip(), "at": when},
    ]
    last = {one["criterion"]: one["verdict"] for one in settled}
    given = sum(criteria[name]["max_points"] for name, word in last.items() if word == "passed")
    return {**report, "settled": settled, "settled_score": report["score"] + given}


def _criteria(report: Any) -> dict[str, dict[str, Any]]:
    """The criteria by id, once everything that is read here is known to be there.

    Raises:
        UsageError: it is not a report, or one of another version.
    """
    if isinstance(report, dict) and type(report.get("schema")) is int and report["schema"] != SCHEMA:
        raise UsageError(f"the report has version {report['schema']} of its form, this dlgrade reads {SCHEMA}",
                         "Make it again with dlgrade check --json, or use the dlgrade that made it.")  # fmt: skip
    try:
        criteria = {one["id"]: one for one in report["criteria"]}
        sound = isinstance(report["score"], int | float) and all(
            isinstance(name, str) and isinstance(one["verdict"], str) and isinstance(one["max_points"], int | float)
            for name, one in criteria.items()
        )
        # A decision on a criterion that is not there would be counted nowhere.
        sound &= all(
            one["criterion"] in criteria and one["verdict"] in {"passed", "failed"} for one in report.get("settled", [])
        )
    except (KeyError, TypeError):
        sound = False
    if not sound:
        raise UsageError("this is not a report of dlgrade", "Make one with: dlgrade check ID FILE --json report.json")
    return criteria
