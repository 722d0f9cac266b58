"""Moodle: fills the grading worksheet of an assignment, and packs feedback files as its upload wants them.

Facts of Moodle: the worksheet's headings are in the language of whoever downloads it, and are looked for in that of
whoever uploads it; a row is known by its identifier, ``Participant 12345``; grades above the maximum and grades in
locked rows are passed over there without a word; comments are HTML; in the zip, the folder's name tells whose the
files are, by its second part between underscores.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
import stat
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from dlgrade.errors import UsageError
from dlgrade.gradebook import Grade
from dlgrade.lms._files import read
from dlgrade.lms._match import Row, match
from dlgrade.lms._nouns import Content, Rules, Wanted
from dlgrade.lms._place import Filling, Scale, has_comma, left_of, notes_on, points_of
from dlgrade.lms._sheet import Sheet, read_sheet
from dlgrade.lms._text import counted, listed, read_number
from dlgrade.lms._told import problem, score_line, told
from dlgrade.neutral import NAME_LIMIT, neutral

_IDENTIFIER, _NAME, _GRADE, _MOST = "Identifier", "Full name", "Grade", "Maximum Grade"
_CHANGEABLE, _COMMENTS = "Grade can be changed", "Feedback comments"
_IDS = (_IDENTIFIER, "Email address", "ID number", "Username")
_PLACES = 5  # decimals that Moodle keeps
_PARTICIPANT = re.compile(r"\D*(\d+)\s*")
_ENGLISH = (
    "Set Moodle's language to English, download it again under Assignment, View all submissions, "
    "Download grading worksheet, and leave the language so until it is uploaded."
)
_UNFIT = re.compile(r"[\x00-\x1f\x7f&<>\"`|':\\/]")  # what Moodle takes out of the names of files
_OURS = "dlgrade: "
_NOT_THEIRS = frozenset({"index", "leaderboard"})  # pages for the instructor and the class, in the same folder
_LONGEST = 1000
_FEEDBACK_LIMIT = 20_000_000
_ONE_DAY = (2020, 1, 1, 0, 0, 0)  # the same feedback, the same zip


def fill(template: Path, wanted: Wanted, rules: Rules, *, comments: bool = False) -> Content:
    """The worksheet with the grades of one assignment in it, and no other byte changed.

    Args:
        comments: also write a short text where there is no comment yet, or one that was written here before.

    Raises:
        UsageError: it is no such file, or is of an assignment without points.
    """
    sheet, rows = _worksheet(template)
    (assignment,) = wanted.ids
    column = _grade_column(sheet, wanted.columns.get(assignment))
    comment = _place(sheet, _COMMENTS) if comments else None
    if comments and comment is None:
        raise UsageError(f"{neutral(sheet.name)} has no column {_COMMENTS}",
                         "Turn on Feedback comments in the assignment's settings, and download it again.")  # fmt: skip
    most_column = _place(sheet, _MOST)
    filling = Filling(sheet, column, Scale(_most(sheet, most_column), _PLACES, _comma(sheet, column, most_column)))
    matched = match(wanted.grades, rows, wanted.also, neutral(sheet.name, NAME_LIMIT))
    reasons = dict(matched.left)
    commented = 0
    for grade in wanted.grades:
        row = matched.rows.get(grade.who)
        if row is None:
            continue
        why = _put(filling, row, grade, rules)
        if why:
            reasons[grade.who] = why
        elif comment is not None:
            commented += _comment(sheet, row, comment, grade)
    taken = set(matched.rows.values())
    without = [row.name or f"Participant {row.issued}" for row in rows if row.number not in taken]
    notes = list(notes_on(wanted.grades, filling))
    if without:
        notes.append(f"rows of {neutral(sheet.name, NAME_LIMIT)} without a grade: {listed(without)}")
    did = counted(filling.written, "grade") + (f" and {counted(commented, 'comment')}" if comments else "")
    return Content(sheet.data(), did, left_of(wanted, assignment, reasons), tuple(notes))


def feedback_zip(template: Path, wanted: Wanted, feedback: Path) -> Content:
    """The feedback files of the students in the worksheet, for Moodle's "Upload multiple feedback files in a zip".

    Args:
        feedback: a folder with one page for each student, named by the student's id.

    Raises:
        UsageError: the worksheet or the folder cannot be read.
    """
    sheet, rows = _worksheet(template)
    (assignment,) = wanted.ids
    pages = _pages(feedback)
    matched = match(wanted.grades, rows, wanted.also, neutral(sheet.name, NAME_LIMIT))
    reasons = dict(matched.left)
    by_number = {row.number: row for row in rows}
    packed = io.BytesIO()
    written = 0
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for grade in wanted.grades:
            page = _page(pages, grade.who)
            row = matched.rows.get(grade.who)
            if row is None:
                continue
            if page is None:
                reasons[grade.who] = f"no page of feedback in {neutral(str(feedback))}"
                continue
            entry = zipfile.ZipInfo(f"{_folder(by_number[row])}/report.html", _ONE_DAY)
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, read(page, _FEEDBACK_LIMIT), zipfile.ZIP_DEFLATED)
            written += 1
    return Content(packed.getvalue(), counted(written, "page") + " of feedback", left_of(wanted, assignment, reasons))


def _worksheet(template: Path) -> tuple[Sheet, list[Row]]:
    sheet = read_sheet(
        template, _known, f"is not a grading worksheet of Moodle in English: its first line has no {_IDENTIFIER}",
        _ENGLISH,
    )  # fmt: skip
    name = _place(sheet, _NAME)
    places = [place for place in (_place(sheet, heading) for heading in _IDS) if place is not None]
    rows = []
    for row in range(1, len(sheet.rows)):
        texts = [sheet.text(row, place).strip() for place in places]
        number = _PARTICIPANT.fullmatch(texts[0])
        if number is not None:
            ids = tuple(filter(None, texts[1:]))
            rows.append(Row(row, ids, sheet.text(row, name).strip(), issued=number[1]))
    return sheet, rows


def _known(head: Sequence[str]) -> bool:
    return _IDENTIFIER in head and len(head) > 1


def _place(sheet: Sheet, heading: str) -> int | None:
    return sheet.head.index(heading) if heading in sheet.head else None


def _grade_column(sheet: Sheet, named: str | None) -> int:
    if "Scale" in sheet.head:
        raise UsageError(f"{neutral(sheet.name)} is of an assignment that is graded with a scale, not with points",
                         "Set its grade to Point in Moodle, and download the worksheet again.")  # fmt: skip
    found = _place(sheet, named or _GRADE)
    if found is None:
        missing = f"{neutral(sheet.name)} has no column {neutral(named or _GRADE, NAME_LIMIT)}"
        raise UsageError(f"{missing}; it has {listed(sheet.head, most=None)}", "Name that of the grades with --column.")
    return found


def _most(sheet: Sheet, column: int | None) -> float | None:
    numbers = (read_number(sheet.text(row, column)) for row in range(1, len(sheet.rows)))
    return next((number for number in numbers if number is not None), None)


def _comma(sheet: Sheet, *columns: int | None) -> bool:
    return has_comma(sheet, [column for column in columns if column is not None])


def _put(filling: Filling, row: int, grade: Grade, rules: Rules) -> str:
    """Write a grade; why it cannot be written, else an empty text."""
    sheet, scale = filling.sheet, filling.scale
    points = points_of(grade, rules)
    if isinstance(points, str):
        return points
    if sheet.text(row, _place(sheet, _CHANGEABLE)).strip().lower() == "no":
        return "their grade is locked in Moodle (Grade can be changed: No)"
    if scale.most is not None and scale.points(grade, points) > scale.most:
        return f"more than the {scale.text(scale.most)} points that Moodle takes"
    return filling.put(row, grade, points)


def _comment(sheet: Sheet, row: int, column: int, grade: Grade) -> bool:
    """Write a short text, unless somebody has written another."""
    before = sheet.text(row, column).strip()
    if not sheet.has(row, column) or (before and not before.startswith(_OURS)):
        return False
    # Without quotes in it: Moodle's reader of tables stumbles over a backslash before one.
    text = html.escape(comment_text(grade), quote=True).replace("\\", "&#92;")
    text = text.encode(sheet.encoding, "xmlcharrefreplace").decode(sheet.encoding)
    sheet.put(row, column, text)
    return True


def comment_text(grade: Grade) -> str:
    """``dlgrade: 36 of 50 points. budget 0/10: 10,940 parameters, wanted at most 8,000.``: what is worth saying."""
    stopped = problem(grade)
    parts = [score_line(grade), *stopped]
    parts += [f"{one.id} {one.worth}: {one.line}" for one in told(grade) if one.verdict != "passed" and not stopped]
    text = _OURS + " ".join(map(_sentence, parts))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 4].rstrip() + " ..."


def _sentence(line: str) -> str:
    return line if line.endswith((".", "!", "?")) else f"{line}."


def _pages(folder: Path) -> dict[str, Path]:
    try:
        found = {page.stem: page for page in sorted(folder.iterdir()) if page.suffix.lower() == ".html"}
    except OSError as error:
        raise UsageError(f"{neutral(str(folder))} cannot be read: {error.strerror}",
                         "Name the folder with one page for each student.") from None  # fmt: skip
    kept = {name: page for name, page in found.items() if page.is_file() and not page.is_symlink()}
    return {name: page for name, page in kept.items() if name.lower() not in _NOT_THEIRS}


def _page(pages: Mapping[str, Path], who: str) -> Path | None:
    """A student's page: called by the id, or where no file can be called so, by a name that ends in its hash."""
    mark = hashlib.sha256(who.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return pages.get(who) or next((page for name, page in pages.items() if name.endswith(mark)), None)


def _folder(row: Row) -> str:
    """``Full Name_12345_assignsubmission_file_``, as Moodle itself names the folders of submissions."""
    name = _UNFIT.sub("", row.name.replace("_", " ")).replace("..", "").strip(" .") or "Participant"
    return f"{name[:100]}_{row.issued}_assignsubmission_file_"
