"""Grades as comma-separated values: for a spreadsheet, for pandas, for whatever has no format of its own here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dlgrade.gradebook import Grade
from dlgrade.lms._nouns import Content, Left, Rules, Shape, Wanted
from dlgrade.lms._place import points_of, rehearsal_note
from dlgrade.lms._text import counted, guarded, number
from dlgrade.lms._told import told
from dlgrade.neutral import neutral

_MARK = b"\xef\xbb\xbf"  # tells Excel that it is UTF-8
_LONG = (
    "student", "name", "assignment", "title", "status", "score", "max", "raw", "settled", "penalty", "late_hours",
    "attempts", "handed_in", "profile", "set_by", "set_why",
)  # fmt: skip
_CRITERIA = (
    "student", "name", "assignment", "criterion", "verdict", "points", "max", "measured",
)  # fmt: skip


def write(wanted: Wanted, rules: Rules, shape: Shape, *, excel: bool = False) -> Content:
    """One table.

    Args:
        shape: ``long``: a row for each student and assignment, with the points so far; ``wide``: a row for each
            student and a column for each assignment, empty where a person still has to decide; ``criteria``: a row
            for each student, assignment and criterion.
        excel: begin with the mark by which Excel knows UTF-8.
    """
    table = {"long": _long, "wide": _wide, "criteria": _criteria}[shape]
    rows = list(table(wanted, rules))
    text = "".join(",".join(map(_cell, row)) + "\n" for row in rows)
    students = len({grade.who for grade in wanted.grades})
    did = f"{counted(students, 'student')}, {counted(len(wanted.ids), 'assignment')}"
    data = (_MARK if excel else b"") + text.encode("utf-8", "backslashreplace")
    points = [(grade, points_of(grade, rules)) for grade in wanted.grades if shape == "wide"]
    left = tuple(Left(grade.who, grade.id, why) for grade, why in points if isinstance(why, str))
    return Content(data, did, left, rehearsal_note(wanted.grades))


def _long(wanted: Wanted, rules: Rules) -> Iterable[Sequence[str | float | None]]:
    yield _LONG
    so_far = replace(rules, undecided=True)  # the status stands beside it
    for grade in wanted.grades:
        override, attempt = grade.override, grade.attempt
        yield (
            grade.who, grade.name, grade.id, wanted.title(grade.id), grade.status, _score(grade, so_far), grade.max,
            grade.raw if attempt else None, grade.settled if attempt else None, grade.penalty if attempt else None,
            grade.late.total_seconds() / 3600 if grade.late else None, grade.attempts,
            attempt.handed_in.isoformat(timespec="seconds") if attempt and attempt.handed_in else "",
            str(grade.report.get("profile", "")) if grade.report else "",
            override.by if override else "", override.why if override else "",
        )  # fmt: skip


def _wide(wanted: Wanted, rules: Rules) -> Iterable[Sequence[str | float | None]]:
    ids = wanted.ids
    yield ("student", "name", *ids)
    by_student: dict[str, dict[str, Grade]] = {}
    for grade in wanted.grades:
        by_student.setdefault(grade.who, {})[grade.id] = grade
    for who in sorted(by_student):
        grades = by_student[who]
        name = next((grade.name for grade in grades.values() if grade.name), "")
        yield (who, name, *(_score(grades[one], rules) if one in grades else None for one in ids))


def _criteria(wanted: Wanted, _: Rules) -> Iterable[Sequence[str | float | None]]:
    yield _CRITERIA
    for grade in wanted.grades:
        for one in told(grade):
            points = one.points if one.decided else None
            yield (grade.who, grade.name, grade.id, one.id, one.verdict, points, one.max, neutral(one.line))


def _score(grade: Grade, rules: Rules) -> float | None:
    points = points_of(grade, rules)
    return None if isinstance(points, str) else points


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return number(value)
    text = guarded(value)
    if any(sign in text for sign in ',;"\t\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
