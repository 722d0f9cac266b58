"""Grades into nbgrader's gradebook.db, through nbgrader's own interface.

Promises: the scores of one export arrive together or not at all; exporting twice is exporting once; a file that is no
gradebook of nbgrader, or one of another version, is left as it is. What was measured becomes the automatic score of a
criterion's cell, what a person settled its manual score, a grade that a person set the extra credit of the first
cell, so that nbgrader's total is dlgrade's. A manual score or extra credit that nobody gave in dlgrade was given in
nbgrader: it stays, and is counted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlgrade.errors import UsageError
from dlgrade.gradebook import HELD
from dlgrade.lms._nbgrader_book import opened
from dlgrade.lms._nbgrader_cells import ANSWER, tests_name
from dlgrade.lms._nbgrader_define import define
from dlgrade.neutral import neutral

if TYPE_CHECKING:
    from dlgrade.course import Assignment
    from dlgrade.gradebook import Decision, Grade
    from dlgrade.intake import Person

# nbgrader's own export writes ids as they are between commas, and folders are named after them.
_UNKEPT = re.compile(r"[,\"/\\\x00-\x1f\x7f]")
_LONGEST = 128
_MAIL = {"email", "e-mail", "mail", "email address", "e-mail address"}


@dataclass(frozen=True)
class Written:
    """What an export wrote.

    Attributes:
        assignments, students: how many.
        submissions: that have scores now.
        missing: grades of students who handed in nothing; they have no submission in nbgrader either.
        held: criteria that wait for a person.
        by_hand: scores and extra credits that were given in nbgrader and stay.
        unseen: assignments that formgrader does not show, since ``source/<id>`` is missing.
    """

    assignments: int
    students: int
    submissions: int
    missing: int
    held: int
    by_hand: int
    unseen: tuple[str, ...]


def export(
    grades_by_assignment: Mapping[str, Sequence[Grade]],
    assignments: Mapping[str, Assignment],
    database: Path,
    *,
    course_folder: Path | None = None,
) -> Written:
    """Write grades into nbgrader's gradebook.

    Args:
        grades_by_assignment: by the assignment's id.
        assignments: by id; all that have grades.
        database: made where it is missing.
        course_folder: of nbgrader's course; the folder of the database where None.

    Raises:
        UsageError: nbgrader is not installed, the file is not its gradebook, or something does not fit into it.
        MachineError: the file cannot be written, or is in use.
    """
    for name, grades in grades_by_assignment.items():
        _refuse(assignments[name], grades)
    folder = course_folder or database.parent
    count = _Count()
    with opened(database) as book:
        for name, grades in grades_by_assignment.items():
            define(book, assignments[name], folder / "source" / name / f"{name}.ipynb")
            for grade in grades:
                _write(book, assignments[name], grade, count)
    unseen = tuple(name for name in grades_by_assignment if not (folder / "source" / name).is_dir())
    students = {grade.who for grades in grades_by_assignment.values() for grade in grades}
    return Written(
        len(grades_by_assignment), len(students), count.submissions, count.missing, count.held, count.by_hand, unseen
    )


@dataclass
class _Count:
    submissions: int = 0
    missing: int = 0
    held: int = 0
    by_hand: int = 0


def _refuse(assignment: Assignment, grades: Sequence[Grade]) -> None:
    """Everything that can be seen to be wrong before the first word is written."""
    points = {criterion.id: criterion.points for criterion in assignment.criteria}
    for grade in grades:
        _refuse_id(grade.who)
        if grade.attempt is None:
            continue
        given = {one["id"]: one["max_points"] for one in (grade.report or {}).get("criteria", [])}
        if given != points:
            raise UsageError(
                f"{assignment.id} of {neutral(grade.who)} was graded with other criteria than {assignment.id} has now",
                f"Grade it again, then export: dlgrade grade SUBMISSIONS -a {assignment.id}",
            )


def _refuse_id(who: str) -> None:
    if _UNKEPT.search(who) or not who.strip() or len(who) > _LONGEST:
        raise UsageError(f"nbgrader cannot keep the student id '{neutral(who)}'",
                         "Its ids are names of folders, without commas, quotes and line breaks.")  # fmt: skip


def _write(book: Any, assignment: Assignment, grade: Grade, count: _Count) -> None:
    _enrol(book, grade.who, grade.name)
    if grade.attempt is None and grade.override is None:
        count.missing += 1
        return
    handed_in = grade.attempt.handed_in if grade.attempt is not None else None
    known = {"timestamp": handed_in} if handed_in is not None else {}
    book.update_or_create_submission(assignment.id, grade.who, **known)
    notebook = book.find_submission_notebook(assignment.id, assignment.id, grade.who)
    cells = {one.name: one for one in notebook.grades}
    _score(assignment, grade, cells, count)
    notebook.late_submission_penalty = grade.penalty if grade.penalty and grade.override is None else None
    _comment(notebook, grade)
    count.submissions += 1


def enrol(people: Sequence[Person], database: Path) -> None:
    """Write a class into nbgrader's gradebook; students whom it has stay as they are.

    Raises:
        UsageError: nbgrader is not installed, the file is not its gradebook, or an id cannot be kept.
        MachineError: the file cannot be written, or is in use.
    """
    for person in people:
        _refuse_id(person.who)
    with opened(database) as book:
        for person in people:
            mail = next((text for head, text in person.other.items() if head.casefold() in _MAIL and text), "")
            _enrol(book, person.who, person.name, neutral(mail.replace(",", " ").strip(), _LONGEST))


def _enrol(book: Any, who: str, name: str, mail: str = "") -> None:
    """Names that nbgrader has already are the instructor's."""
    from dlgrade.lms._nbgrader_api import MissingEntry

    try:
        book.find_student(who)
    except MissingEntry:
        book.add_student(who, **names(name), **({"email": mail} if mail else {}))


def names(name: str) -> dict[str, str]:
    """A name as nbgrader keeps it; without commas and line breaks, which would break the lines of its export."""
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.strip().rpartition(" ")
    parts = {"first_name": first, "last_name": last}
    plain = {key: neutral(" ".join(part.replace(",", " ").split()), _LONGEST) for key, part in parts.items()}
    return {key: part for key, part in plain.items() if part}


def _score(assignment: Assignment, grade: Grade, cells: Mapping[str, Any], count: _Count) -> None:
    """The cells of one submission: automatic scores, settled ones, and what is missing to a grade that was set."""
    results = {one["id"]: one for one in (grade.report or {}).get("criteria", [])}
    settled = _settled(grade)
    touched = {decision.criterion for decision in grade.decisions}
    for criterion in assignment.criteria:
        cell = cells[tests_name(criterion.id)]
        result = results.get(criterion.id, {"points": 0.0, "verdict": "failed"})
        before, cell.auto_score = cell.auto_score, float(result["points"])
        if criterion.id not in touched and cell.manual_score is not None:
            count.by_hand += 1
            # nbgrader too asks again where the measured score below a manual one has changed.
            cell.needs_manual_grade = cell.needs_manual_grade or before != cell.auto_score
            continue
        verdict = settled.get(criterion.id) if result["verdict"] in HELD else None
        cell.manual_score = None if verdict is None else criterion.points if verdict == "passed" else 0.0
        cell.needs_manual_grade = result["verdict"] in HELD and verdict is None and grade.override is None
        count.held += cell.needs_manual_grade
    _set(assignment, grade, cells, count, whole="" in touched)


def _set(assignment: Assignment, grade: Grade, cells: Mapping[str, Any], count: _Count, *, whole: bool) -> None:
    """What a grade that a person set has more or less than its criteria goes to the first cell."""
    ours = [cells[tests_name(criterion.id)] for criterion in assignment.criteria]
    if whole:
        ours[0].extra_credit = None
    count.by_hand += sum(1 for cell in ours if cell.extra_credit is not None)
    if grade.override is None:
        return
    total = math.fsum((cell.manual_score if cell.manual_score is not None else cell.auto_score)
                      + (cell.extra_credit or 0.0) for cell in ours)  # fmt: skip
    ours[0].extra_credit = (grade.score - total) or None


def _settled(grade: Grade) -> dict[str, str]:
    """The last word on each criterion of the attempt that counts."""
    if grade.attempt is None:
        return {}
    return {
        one.criterion: one.verdict for one in grade.decisions if one.criterion and one.attempt == grade.attempt.number
    }


def _comment(notebook: Any, grade: Grade) -> None:
    """Who decided what, and why, beside the answer; what was written in formgrader is shown before it."""
    if not grade.decisions:
        return
    told = [_told(one) for one in grade.decisions if _counts(one, grade)]
    for comment in notebook.comments:
        if comment.name == ANSWER:
            comment.auto_comment = "\n\n".join(told) or None


def _counts(decision: Decision, grade: Grade) -> bool:
    if not decision.criterion:
        return grade.override is not None and decision.number == grade.override.number
    return grade.attempt is not None and decision.attempt == grade.attempt.number


def _told(decision: Decision) -> str:
    what = f"{decision.criterion}: {decision.verdict}" if decision.criterion else f"Set to {decision.points:g} points"
    return f"{what}, decided by {neutral(decision.by)}: {neutral(decision.why)}"
