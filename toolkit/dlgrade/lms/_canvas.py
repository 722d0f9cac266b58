"""Canvas: fills the gradebook that an instructor exported there, so that it can be imported again.

Facts of Canvas: it separates cells by commas or, for some languages and settings, by semicolons, and numbers may have
a decimal comma either way; headings are English in every language, ``(read only)`` is not; the columns of assignments
end in their id; ``N/A`` is somebody who is not assigned, ``EX`` somebody who is excused; two decimals are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dlgrade.errors import UsageError
from dlgrade.gradebook import Grade
from dlgrade.lms._match import Row, match
from dlgrade.lms._nouns import Content, Left, Rules, Wanted
from dlgrade.lms._place import Filling, Scale, has_comma, left_of, notes_on, points_of
from dlgrade.lms._sheet import Sheet, read_sheet
from dlgrade.lms._text import counted, listed, read_number
from dlgrade.neutral import NAME_LIMIT, neutral

_IDS = ("SIS Login ID", "SIS User ID", "Integration ID")
_PLACES = 2
_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.DOTALL)
_TOTAL = re.compile(r"\b(?:(?:Current|Final) (?:Score|Points|Grade)|Override (?:Score|Grade|Status))\b")
_TEST_STUDENT = "Student, Test"
_REASONS = {"n/a": "not assigned to them in Canvas (N/A)", "ex": "excused in Canvas (EX)"}


@dataclass(frozen=True)
class Column:
    """The column of one assignment: its place, its heading, the title and Canvas' id in that."""

    place: int
    heading: str
    title: str
    id: str


def fill(template: Path, wanted: Wanted, rules: Rules) -> Content:
    """The exported gradebook with these grades in it, and no other byte changed.

    Raises:
        UsageError: it is no such file, or the column of an assignment is not to be told.
    """
    sheet = read_sheet(
        template, _known, "is not a gradebook of Canvas: its first line has no Student, ID and Section",
        "Export one in Canvas: Gradebook, Export, Export Entire Gradebook.",
    )  # fmt: skip
    points_row = _points_row(sheet)
    columns = _columns(sheet, points_row)
    chosen = {one: _column(columns, one, wanted) for one in wanted.ids}
    if len({column.place for column in chosen.values()}) < len(chosen):
        raise UsageError("two assignments would go into one column", "Name one --column for each ID.")
    rows = _students(sheet)
    did: list[str] = []
    left: list[Left] = []
    notes: list[str] = []
    for assignment, column in chosen.items():
        grades = [grade for grade in wanted.grades if grade.id == assignment]
        most = read_number(sheet.text(points_row, column.place)) if points_row is not None else None
        scale = Scale(most, _PLACES, has_comma(sheet, [one.place for one in columns]))
        filling = Filling(sheet, column.place, scale)
        reasons, without = _filled(filling, grades, rows, wanted, rules)
        left += left_of(wanted, assignment, reasons)
        notes += notes_on(grades, filling)
        if without:
            rows_of = f"rows of {neutral(sheet.name, NAME_LIMIT)}"
            notes.append(f"{rows_of} without a grade of {assignment}: {listed(without)}")
        did.append(f'{counted(filling.written, "grade")} in "{neutral(column.heading, 2 * NAME_LIMIT)}"')
    return Content(sheet.data(), ", ".join(did), tuple(left), tuple(dict.fromkeys(notes)))


def _filled(
    filling: Filling, grades: Sequence[Grade], rows: Sequence[Row], wanted: Wanted, rules: Rules
) -> tuple[dict[str, str], list[str]]:
    """Why grades were not written, by student; and the names in rows that no student of ours has."""
    matched = match(grades, rows, wanted.also, neutral(filling.sheet.name, NAME_LIMIT))
    reasons = dict(matched.left)
    for grade in grades:
        row = matched.rows.get(grade.who)
        if row is None:
            continue
        points = points_of(grade, rules)
        before = filling.sheet.text(row, filling.column).strip().lower()
        why = points if isinstance(points, str) else _REASONS.get(before, "") or filling.put(row, grade, points)
        if why:
            reasons[grade.who] = why
    taken = set(matched.rows.values())
    return reasons, [row.name or row.issued for row in rows if row.number not in taken and row.name != _TEST_STUDENT]


def _known(head: Sequence[str]) -> bool:
    named = "Student" in head or ("LastName" in head and "FirstName" in head)
    return named and "ID" in head and "Section" in head


def _points_row(sheet: Sheet) -> int | None:
    rows = range(1, min(len(sheet.rows), 5))
    return next((row for row in rows if "Points Possible" in sheet.text(row, 0)), None)


def _columns(sheet: Sheet, points_row: int | None) -> list[Column]:
    """The columns of assignments: behind the students', with an id, and not one that Canvas works out itself."""
    found = []
    for place, heading in enumerate(sheet.head):
        parts = _ASSIGNMENT.fullmatch(heading)
        possible = sheet.text(points_row, place).strip() if points_row is not None else ""
        if parts is None or place <= sheet.head.index("Section") or _TOTAL.search(heading) or possible.startswith("("):
            continue
        found.append(Column(place, heading, parts["title"], parts["id"]))
    return found


def _column(columns: Sequence[Column], assignment: str, wanted: Wanted) -> Column:
    named = wanted.columns.get(assignment)
    if named is not None:
        found = [one for one in columns if named.strip() in (one.heading, one.title, one.id)]
        missing, mend = f"no column {neutral(named, NAME_LIMIT)}", "Name one of them with --column."
    else:
        ours = {_bare(assignment), _bare(wanted.title(assignment))}
        found = [one for one in columns if _bare(one.title) in ours]
        missing = f"no column for {assignment} ({neutral(wanted.title(assignment), NAME_LIMIT)})"
        mend = "Name its column with --column."
    if len(found) == 1:
        return found[0]
    candidates = listed([one.heading for one in (found or columns)], most=None) or "none that can be filled"
    if found:
        raise UsageError(f"{assignment} could be one of several columns: {candidates}", "Name one with --column.")
    raise UsageError(f"the gradebook has {missing}; its assignments are: {candidates}", mend)


def _bare(title: str) -> str:
    """A title without what is spelled now this way, now that: ``Code 6`` and ``code6`` are one."""
    return "".join(filter(str.isalnum, title.casefold()))


def _students(sheet: Sheet) -> list[Row]:
    head = sheet.head
    ids = [head.index(name) for name in _IDS if name in head]
    rows = []
    for row in range(1, len(sheet.rows)):
        if "Points Possible" in sheet.text(row, 0):
            continue
        texts = tuple(filter(None, (sheet.text(row, column).strip() for column in ids)))
        name, issued = _name(sheet, row), sheet.text(row, head.index("ID")).strip()
        if texts or name or issued:  # the row that says which grades are posted by hand has none of these
            rows.append(Row(row, texts, name, issued, lasting=True))
    return rows


def _name(sheet: Sheet, row: int) -> str:
    head = sheet.head
    if "Student" in head:
        return sheet.text(row, head.index("Student")).strip()
    parts = (sheet.text(row, head.index(name)).strip() for name in ("LastName", "FirstName"))
    return ", ".join(filter(None, parts))
