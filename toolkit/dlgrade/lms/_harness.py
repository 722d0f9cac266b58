"""Grades one submission on Gradescope and writes ``results.json``; ``run_autograder`` of the autograder zip starts it.

There is no bubblewrap in Gradescope's containers: the student's code runs as a plain process with limits, and what
comes out says so. What is printed goes to instructors only; what students see is in ``results.json``. Where the
grader itself fails, no results are written, and Gradescope tells the student to ask the staff: no one loses a point.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dlgrade.course import Assignment, Report, load_course
from dlgrade.errors import DlgradeError, SubmissionError, UsageError
from dlgrade.gradebook import Attempt, Grade

SETTINGS = "autograder.json"
"""Name of the file beside the course that says what is graded and how."""


def run(root: Path) -> Report:
    """Grade what lies in ``submission`` and write ``results/results.json``, both below `root`.

    Raises:
        UsageError: the folders are not Gradescope's.
        DlgradeError: the course or the machine is at fault; nothing was written.
    """
    from dlgrade.lms import _gradescope
    from dlgrade.lms._files import put

    assignment, settings = _assignment(root / "source")
    report = _graded(assignment, root / "submission", settings)
    (root / "results").mkdir(exist_ok=True)
    put(root / "results" / "results.json", _gradescope.write(_grade(report)))
    return report


def _assignment(source: Path) -> tuple[Assignment, dict[str, Any]]:
    try:
        settings: dict[str, Any] = json.loads((source / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        mend = "Make the zip again: dlgrade grades export ID --format gradescope-autograder"
        raise UsageError(f"{source / SETTINGS} is not there or not JSON", mend) from None
    course = load_course(source / "course")
    return next(one for one in course.assignments if one.id == settings["assignment"]), settings


def _graded(assignment: Assignment, submission: Path, settings: dict[str, Any]) -> Report:
    from dlgrade import grading

    profile, seed, device = settings["profile"], settings["seed"], settings["device"]
    try:
        read = grading.read_submission(assignment, submission)
        return grading.grade(assignment, read, profile=profile, seed=seed, device=device).report
    except SubmissionError as error:  # no Python in it, or more classes than one
        return grading.unreadable(assignment, submission, error, profile, seed, device)


def _grade(report: Report) -> Grade:
    now = datetime.now(UTC)
    attempt = Attempt(
        "", "assignment", report.assignment, report.seed, now, now, report.score, report.max_score,
        {"report": report.to_json()}, 1,
    )  # fmt: skip
    waits = any(one.verdict in {"review", "error"} for one in report.criteria)
    return Grade(
        who="", id=report.assignment, status="review" if waits else "graded", raw=report.score, settled=report.score,
        penalty=0.0, score=report.score, max=report.max_score, attempt=attempt, attempts=1,
    )  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Run in the folder that is named; the exit code."""
    from dlgrade.report import terminal

    try:
        report = run(Path(arguments[0]))
    except DlgradeError as error:
        print(f"error: {error}", flush=True)
        return error.exit_code
    terminal(report, instructor=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
