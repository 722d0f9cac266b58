"""What the students' reports of the step before say, for an assignment that is compared with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlgrade.course import Assignment
from dlgrade.gradebook import Gradebook, grades

_COMPARED = ("schema", "assignment", "profile", "network", "training")


def reports_before(assignment: Assignment, book: Gradebook) -> dict[str, dict[str, Any]]:
    """By student: what was measured in the report that counts, without its times; empty where nothing is followed."""
    if assignment.follows is None:
        return {}
    found = grades(book, assignment.follows.assignment)
    return {one.who: _measured(one.report) for one in found if one.report is not None}


def _measured(report: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _timeless(report[name]) for name in _COMPARED if name in report}


def _timeless(value: Any) -> Any:
    """Without times, which differ from run to run and would make the same work look changed."""
    if isinstance(value, Mapping):
        return {name: _timeless(part) for name, part in value.items() if name != "seconds"}
    return [_timeless(part) for part in value] if isinstance(value, list) else value
