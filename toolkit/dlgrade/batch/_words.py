"""One line for what came of a submission."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TOLD = {"review": "in review", "error": "held for staff", "timeout": "timed out", "crashed": "crashed",
         "open": "undecided"}  # fmt: skip


def outcome_of(report: Mapping[str, Any]) -> str:
    """``37 of 50 points, 1 in review``; quotes the submission where something stopped the work."""
    points = f"{report['score']:g} of {report['max_score']:g} points"
    verdicts = [one["verdict"] for one in report["criteria"]]
    told = [f"{verdicts.count(word)} {says}" for word, says in _TOLD.items() if word in verdicts]
    problem = report.get("problem")
    stopped = f": {problem['where']} {problem['what']}".replace(":  ", ": ") if problem else ""
    return ", ".join([points, *told]) + stopped
