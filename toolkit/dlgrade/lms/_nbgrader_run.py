"""The process that measures one notebook: reads the order from standard input, writes the answer to standard output."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlgrade.course import find_course, load_assignment
from dlgrade.errors import DlgradeError, SubmissionError, UsageError

if TYPE_CHECKING:
    from dlgrade.course import Assignment
    from dlgrade.grading import Outcome


def answered(order: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one order.

    Args:
        order: ``assignment``, ``source``, ``profile`` and ``course``, as `measure` writes them.
    """
    root = find_course(Path(order["course"]) if order["course"] else None)
    folder = root / "assignments" / order["assignment"]
    if not folder.is_dir():
        raise UsageError(f"the course {root} has no assignment {order['assignment']}",
                         "DLGRADE_COURSE names the folder of the course.")  # fmt: skip
    outcome = _graded(load_assignment(folder, root), order["source"], order["profile"])
    report = outcome.report.to_json()
    for criterion in report["criteria"]:
        del criterion["detail"]
    return {"report": report, "public": _public(outcome)}


def _graded(assignment: Assignment, source: str, profile: Any) -> Outcome:
    from dlgrade import grading

    with tempfile.TemporaryDirectory(prefix="dlgrade-") as folder, contextlib.chdir(folder):
        file = Path(f"{assignment.id}.ipynb")  # messages name it, so it stands here without a folder
        file.write_text(source, encoding="utf-8", errors="backslashreplace")  # half characters, as JSON writes them
        try:
            return grading.grade(assignment, grading.read_submission(assignment, file), profile=profile)
        except SubmissionError as error:
            return grading.Outcome(grading.unreadable(assignment, file, error, profile, 0, "auto"), ())


def _public(outcome: Outcome) -> dict[str, bool]:
    """Of each criterion, whether nothing that a student could have seen stands against it."""
    fine = {"passed", "open"}
    against = {case.criterion for case in outcome.cases if not case.hidden and case.verdict not in fine}
    cases = {case.criterion for case in outcome.cases}
    return {
        one.id: one.id not in against and (one.id in cases or one.verdict in fine) for one in outcome.report.criteria
    }


def main() -> None:
    """Read, measure, answer; an error meant for a user is an answer too."""
    order = json.load(sys.stdin)
    try:
        answer = answered(order)
    except DlgradeError as error:
        answer = {"error": type(error).__name__, "what": error.what, "mend": error.mend}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
