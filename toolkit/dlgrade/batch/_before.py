"""What the students' reports of earlier steps say: of the one that is compared with, and of all for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlgrade.course import Assignment, load_course
from dlgrade.gradebook import Gradebook, grades
from dlgrade.report import Step, step_of

_COMPARED = ("schema", "assignment", "profile", "network", "training")


def reports_before(assignment: Assignment, book: Gradebook) -> dict[str, dict[str, Any]]:
    """By student: what was measured in the report that counts, without its times; empty where nothing is followed."""
    if assignment.follows is None:
        return {}
    found = grades(book, assignment.follows.assignment)
    return {one.who: _measured(one.report) for one in found if one.report is not None}


def steps_before(assignment: Assignment, book: Gradebook) -> dict[str, tuple[Step, ...]]:
    """By student: the networks that count in the steps of this track that come before, as they are graded now."""
    if assignment.kind == "functions":
        return {}
    course = load_course(assignment.folder.parents[1])
    steps: dict[str, tuple[Step, ...]] = {}
    for one in course.assignments:
        if one.track == assignment.track and one.order < assignment.order and one.kind != "functions":
            for grade in grades(book, one.id):
                step = step_of(grade.report) if grade.report is not None else None
                if step is not None:
                    steps[grade.who] = (*steps.get(grade.who, ()), step)
    return steps


def _measured(report: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _timeless(report[name]) for name in _COMPARED if name in report}


def _timeless(value: Any) -> Any:
    """Without times, which differ from run to run and would make the same work look changed."""
    if isinstance(value, Mapping):
        return {name: _timeless(part) for name, part in value.items() if name != "seconds"}
    return [_timeless(part) for part in value] if isinstance(value, list) else value
