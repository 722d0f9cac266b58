"""The rule by which a person settles a criterion: what was measured stays, what could not be proven is theirs.

One rule for a single report (`dlgrade settle`) and for the gradebook. Works on the JSON form of a report
(docs/report-schema.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlgrade.course import SCHEMA
from dlgrade.errors import UsageError

HELD = ("review", "error")
"""The verdicts that leave the points to a person."""

Criteria = Mapping[str, Mapping[str, Any]]


def criteria_of(report: Any) -> dict[str, dict[str, Any]]:
    """The criteria of a report by id, once everything that is read of them is known to be there.

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


def must_be_held(criteria: Criteria, criterion: str) -> None:
    """A person settles only what was not measured.

    Raises:
        UsageError: there is no such criterion, or it was measured.
    """
    held = [name for name, one in criteria.items() if one["verdict"] in HELD]
    open_ones = f"To be decided: {', '.join(held)}." if held else "Nothing in this report is to be decided."
    if criterion not in criteria:
        raise UsageError(f"the report has no criterion {criterion}", open_ones)
    verdict = criteria[criterion]["verdict"]
    if verdict not in HELD:
        raise UsageError(f"{criterion} was measured ({verdict}); a person settles what was not", open_ones)


def signed(by: str, why: str) -> tuple[str, str]:
    """Who decided and why, without blanks around.

    Raises:
        UsageError: one of them is blank.
    """
    if not by.strip() or not why.strip():
        raise UsageError("a decision says who took it and why", "Give --by NAME and --why TEXT.")
    return by.strip(), why.strip()


def awarded(criteria: Criteria, verdicts: Mapping[str, str]) -> float:
    """The points that decisions add to what was measured.

    Args:
        verdicts: the last word on each criterion that was decided.
    """
    added: float = sum(
        criteria[name]["max_points"]
        for name, verdict in verdicts.items()
        if verdict == "passed" and name in criteria and criteria[name]["verdict"] in HELD
    )
    return added
