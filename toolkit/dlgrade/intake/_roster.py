"""A class list from a CSV file, as course systems and spreadsheets write them.

Relied on: Canvas' gradebook has ``Student,ID,SIS User ID,SIS Login ID,Section`` and a line "Points Possible" (and lines
such as "Manual Posting") without an ID; Moodle's grading worksheet ``Identifier,Full name,Email address,...`` with
"Participant 12345" as identifier; Gradescope's roster ``First Name,Last Name,SID,Email,Role``. Excel writes what the
country is used to: commas or semicolons, Windows' code page, UTF-8 with a byte order mark, or UTF-16 with tabs.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
from collections.abc import Callable
from pathlib import Path

from dlgrade.errors import UsageError
from dlgrade.intake._names import folded, plain_text, student_ids
from dlgrade.intake._nouns import Person
from dlgrade.intake._people import heading, participant_number
from dlgrade.neutral import neutral

__all__ = ["read_roster"]

_SIZE = 20_000_000
# In the order in which they are tried; the first that has something on every line is taken.
_WHO = (
    *("studentid", "id", "username", "user", "userid", "login", "loginid", "sisloginid", "sisuserid", "sisid"),
    *("idnumber", "studentnumber", "matriculationnumber", "matrikelnummer", "orgdefinedid", "netid", "sid"),
    *("student", "email", "emailaddress", "mail", "identifier", "participant"),
)
_NAME = ("name", "fullname", "studentname", "displayname", "student", "sortablename")
_FIRST = frozenset({"first", "firstname", "firstnames", "givenname", "forename", "vorname"})
_LAST = frozenset({"last", "lastname", "surname", "familyname", "nachname"})
_CANVAS = frozenset({"student", "id", "section"})
_MEND = "Name one column id, student_id, username or email."
_Row = tuple[int, list[str]]


def read_roster(path: Path, *, say: Callable[[str], None] | None = None) -> tuple[Person, ...]:
    """Everyone in the file, by id.

    The id is the first of the usual columns that has something on every line; the name is one column or two. All other
    columns are kept under their headings, and so is the id as it was written where it had to be cleaned.

    Args:
        say: is told what a reader should know, such as an encoding that was guessed; a warning where there is none.

    Raises:
        UsageError: missing, not a table, without a column of ids, or with a student twice; says on which line.
    """
    path = Path(path)
    name = neutral(path.name)
    text, remark = _text(path, name)
    if remark:
        (say or _warn)(f"{name} {remark}")
    headings, rows = _table(text, name)
    columns = [heading(text) for text in headings]
    if set(columns) >= _CANVAS:
        place = columns.index("id")
        rows = [(line, cells) for line, cells in rows if cells[place]]
    who = _who_column(columns, headings, rows, name)
    _refuse_twice(rows, who, name)
    named = _name_columns(columns, who)
    moodle = columns[who] in {"identifier", "participant"}
    ids = [participant_number(cells[who]) if moodle else "" for _, cells in rows]
    ids = [number or cells[who] for number, (_, cells) in zip(ids, rows, strict=True)]
    clean = student_ids(ids)
    people = [_person(headings, cells, who, named, clean[raw]) for raw, (_, cells) in zip(ids, rows, strict=True)]
    return tuple(sorted(people, key=lambda person: person.who))


def _warn(what: str) -> None:
    warnings.warn(what, stacklevel=3)


def _text(path: Path, name: str) -> tuple[str, str]:
    mend = "Save it as CSV (UTF-8) and give that file."
    try:
        if not path.exists():
            raise UsageError(f"{name}: there is no such file", "Give the CSV file with the class list.")
        if not path.is_file():
            raise UsageError(f"{name}: this is no file", "Give the CSV file with the class list.")
        with path.open("rb") as file:
            data = file.read(_SIZE + 1)
    except OSError as error:
        said = error.strerror or str(error)
        raise UsageError(f"{name}: cannot be read: {said}", "Give yourself the right to read it.") from None
    if len(data) > _SIZE:
        raise UsageError(f"{name}: larger than {_SIZE // 1_000_000} MB, so it is no class list", mend)
    text, remark = _decoded(data)
    if "\0" in text or data.startswith(b"PK\x03\x04"):
        raise UsageError(f"{name}: this is not a text file", mend)
    return text, remark


def _decoded(data: bytes) -> tuple[str, str]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), ""
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        remark = "is not UTF-8 and was read as Windows text (cp1252): save it as UTF-8 if letters look wrong"
        return data.decode("cp1252", "replace"), remark


def _table(text: str, name: str) -> tuple[list[str], list[_Row]]:
    """Headings, and every line that is not empty with the number that an editor shows."""
    marked = re.match(r"sep=(.)\r?\n", text)
    skipped = 1 if marked else 0
    body = text[marked.end() :] if marked else text
    delimiter = marked[1] if marked else _delimiter(body)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    rows: list[_Row] = []
    begin = 1 + skipped
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((begin, [plain_text(cell.strip(), 2_000) for cell in cells]))
            begin = reader.line_num + 1 + skipped
    except csv.Error as error:
        raise UsageError(
            f"{name}:{reader.line_num + skipped}: this is not a table: {error}", "Save it as CSV (UTF-8) again."
        ) from None
    if len(rows) < 2:
        raise UsageError(f"{name}: there is nobody in it", "It needs a line of headings and a line per student.")
    (_, headings), *lines = rows
    for line, cells in lines:
        if any(cells[len(headings) :]):
            raise UsageError(
                f"{name}:{line}: {len(cells)} cells under {len(headings)} headings",
                "Put what holds the separator into quotes.",
            )
    width = len(headings)
    return headings, [(line, (cells + [""] * width)[:width]) for line, cells in lines]


def _delimiter(text: str) -> str:
    """What the headings are separated by."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(",;\t", key=lambda mark: (bare.count(mark), mark == ","))


def _who_column(columns: list[str], headings: list[str], rows: list[_Row], name: str) -> int:
    candidates = [columns.index(wanted) for wanted in _WHO if wanted in columns]
    if not candidates:
        there = neutral(", ".join(headings))
        raise UsageError(f"{name}:1: no column holds the students' ids: {there}", _MEND)
    for place in candidates:
        if rows and all(cells[place] for _, cells in rows):
            return place
    first = candidates[0]
    if not rows:
        raise UsageError(f"{name}: there is nobody in it", _MEND)
    line = next(line for line, cells in rows if not cells[first])
    raise UsageError(f"{name}:{line}: nothing stands under {neutral(headings[first])}", "Give every student an id.")


def _refuse_twice(rows: list[_Row], who: int, name: str) -> None:
    seen: dict[str, int] = {}
    for line, cells in rows:
        before = seen.setdefault(folded(cells[who]), line)
        if before != line:
            raise UsageError(
                f"{name}:{line}: {neutral(cells[who])} stands on line {before}, too", "Keep one line per student."
            )


def _name_columns(columns: list[str], who: int) -> tuple[int, ...]:
    """The column of names, or those of first and last names; none where there is neither."""
    for wanted in _NAME:
        if wanted in columns and columns.index(wanted) != who:
            return (columns.index(wanted),)
    first = [place for place, column in enumerate(columns) if column in _FIRST]
    last = [place for place, column in enumerate(columns) if column in _LAST]
    return (*first[:1], *last[:1])


def _person(headings: list[str], cells: list[str], who: int, named: tuple[int, ...], clean: str) -> Person:
    used = set(named) | ({who} if clean == cells[who] else set())
    other: dict[str, str] = {}
    for place, (text, cell) in enumerate(zip(headings, cells, strict=True)):
        if place not in used and text and cell:
            other.setdefault(text, cell)
    return Person(clean, " ".join(filter(None, (cells[place] for place in named))), other)
