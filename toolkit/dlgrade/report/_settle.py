"""What a person decided of criteria that could not be proven, written beside what was measured.

Promises: nothing that was measured changes, earlier decisions stay on record and the last one counts. Works on
the JSON form of a report (docs/report-schema.md); keeping many reports is the gradebook's work, not this one's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from dlgrade.gradebook import awarded, criteria_of, must_be_held, signed


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
    criteria = criteria_of(report)
    must_be_held(criteria, criterion)
    by, why = signed(by, why)
    when = at.astimezone(UTC).isoformat(timespec="seconds")
    settled = [
        *report.get("settled", []),
        {"criterion": criterion, "verdict": verdict, "by": by, "why": why, "at": when},
    ]
    last = {one["criterion"]: one["verdict"] for one in settled}
    return {**report, "settled": settled, "settled_score": report["score"] + awarded(criteria, last)}
