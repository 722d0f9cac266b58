"""Reports of submissions that could not be measured: their time was up, or we failed."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dlgrade.course import Assignment, CriterionResult, Problem, Report, SubmissionIdentity
from dlgrade.errors import SubmissionError

if TYPE_CHECKING:
    from dlgrade.batch._nouns import Setting

_MEASURED = {"error": "the grader failed here, not you", "timeout": ""}


def unmeasured(
    assignment: Assignment, setting: Setting, origin: str, sha256: str, verdict: Literal["error", "timeout"],
    problem: Problem,
) -> Report:  # fmt: skip
    """A report in which every criterion has one and the same verdict.

    Args:
        problem: what happened; its ``detail`` goes to the instructor only.
    """
    from dlgrade.grading import unreadable

    found = (problem.what,) if verdict == "timeout" else ()
    criteria = tuple(
        CriterionResult(
            id=one.id, says=one.says, verdict=verdict, points=0, max_points=one.points, measured=_MEASURED[verdict],
            found=found, detail=problem.detail,
        )
        for one in assignment.criteria
    )  # fmt: skip
    error = SubmissionError(problem.what, problem.mend)
    # No file of the student's is looked at: whatever went wrong may go wrong again.
    blank = unreadable(assignment, Path(), error, setting.profile, setting.seed, "cpu")
    return dataclasses.replace(
        blank, criteria=criteria, problem=problem, submission=SubmissionIdentity(origin, sha256)
    )  # fmt: skip


def time_was_up(seconds: float) -> Problem:
    """What is said to whoever took longer than the instructor allows."""
    return Problem(f"it was not graded within the {seconds:g} seconds that a submission may take (--time-limit)")


def we_failed(reason: str) -> Problem:
    """What is said where it is not the submission's fault."""
    return Problem(
        "it could not be graded, which is not its fault; a person looks at it",
        mend="Nothing is lost: it is graded when the course's staff runs the grader again.",
        detail=reason,
    )
