"""GitHub Actions: a job summary in Markdown, and annotations at the lines that a report names.

A summary holds at most 1 MiB, and a step shows at most ten annotations of one kind. Names of students do not go into
a summary, which everyone sees who sees the repository: their ids do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from dlgrade.course import Report
from dlgrade.gradebook import Grade
from dlgrade.lms._nouns import Content, Wanted
from dlgrade.lms._place import rehearsal_note
from dlgrade.lms._text import counted
from dlgrade.lms._told import Told, notes, problem, report_in, score_line, told
from dlgrade.neutral import LIMIT, NAME_LIMIT, neutral

MOST_ANNOTATIONS = 10
_MOST_BYTES = 1_000_000
_PLACE = re.compile(r"(?P<file>[^\s:]+\.(?:py|ipynb)):(?P<line>\d{1,7})\b")
# What means something in Markdown wherever it stands, or at the beginning of a line, or makes a link.
_SIGN = re.compile(r"[<>&`*_~\[\]{}|\\#@^$!]|^[-+=]|:(?=/)|(?<=www)\.", re.IGNORECASE)
_LIST = re.compile(r"^(\d+)([.)])")
_TEXT_IN_FULL = frozenset({"passed", "blocked", "open"})  # a line is enough of these


def summary(wanted: Wanted) -> Content:
    """The job summary: of one report all criteria, of a class a table of the students."""
    did = counted(len(wanted.grades), "grade")
    lines = list(_one(wanted.grades[0], wanted) if len(wanted.grades) == 1 else _class(wanted))
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > _MOST_BYTES:
            break
        kept.append(line)
    cut = len(lines) - len(kept)
    note = (f"{counted(cut, 'line')} left out: GitHub takes 1 MiB of summary",) if cut else ()
    text = "\n".join(kept) + "\n"
    return Content(text.encode(), did, (), (*note, *rehearsal_note(wanted.grades)))


def at_lines(grade: Grade, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Workflow commands, one a line, at the lines that the report names; more than GitHub shows, where there are."""
    report = report_in(grade)
    if report is None:
        return []
    found: dict[tuple[str, str, str], None] = {}
    if report.problem is not None:
        where = _PLACE.fullmatch(report.problem.where.strip())
        if where:
            found[where["file"], where["line"], f"{report.assignment}: {neutral(report.problem.what)}"] = None
    for one in told(grade):
        if one.verdict in {"failed", "timeout", "crashed"}:
            for place, text in _places(one):
                found.setdefault((*place, f"{one.id}: {text}"))
    return [
        f"::error file={_property(_in_repository(file, report, environment))},line={line},"
        f"title={_property(neutral(report.title or report.assignment, NAME_LIMIT))}::{_data(text)}"
        for file, line, text in found
    ]


def _one(grade: Grade, wanted: Wanted) -> Iterator[str]:
    yield f"### {_escaped(_title(grade, wanted))}"
    yield ""
    yield _escaped(f"{score_line(grade)}.")
    yield ""
    said = notes(grade)
    yield from (f"- {_escaped(note)}" for note in said)
    if said:
        yield ""
    criteria = told(grade)
    if not criteria:
        return
    yield "| criterion | verdict | points | measured |"
    yield "|---|---|---:|---|"
    for one in criteria:
        yield f"| {_escaped(one.id)} | {_escaped(one.label)} | {one.worth} | {'<br>'.join(_cell(one))} |"
    yield ""


def _class(wanted: Wanted) -> Iterator[str]:
    for assignment in wanted.ids:
        grades = [grade for grade in wanted.grades if grade.id == assignment]
        yield f"### {_escaped(_title(grades[0], wanted))}"
        yield ""
        handed = sum(grade.attempt is not None for grade in grades)
        waiting = sum(grade.status == "review" for grade in grades)
        yield f"{counted(len(grades), 'student')}, {handed} handed in, {waiting} waiting for a person."
        yield ""
        yield "| student | status | points | not passed |"
        yield "|---|---|---:|---|"
        for grade in grades:
            missed = ", ".join(f"{one.id} ({one.label})" for one in told(grade) if one.verdict != "passed")
            missed = next(iter(problem(grade)), missed)
            points = f"{round(grade.score, 2):g}/{round(grade.max, 2):g}"
            yield f"| {_escaped(neutral(grade.who))} | {grade.status} | {points} | {_escaped(missed)} |"
        yield ""


def _title(grade: Grade, wanted: Wanted) -> str:
    title = wanted.titles.get(grade.id) or str((grade.report or {}).get("title") or "")
    return f"{grade.id}: {neutral(title)}" if title else grade.id


def _cell(one: Told) -> list[str]:
    lines = one.lines[:1] if one.verdict in _TEXT_IN_FULL else one.lines
    return [_escaped(line) for line in lines]


def _places(one: Told) -> Iterator[tuple[tuple[str, str], str]]:
    for line in (one.line, *one.found):
        for found in _PLACE.finditer(line):
            yield (found["file"], found["line"]), line


def _in_repository(file: str, report: Report, environment: Mapping[str, str]) -> str:
    """Where a file of the submission lies, from the root of the repository on."""
    name = report.submission.name
    given = PurePosixPath(name.replace("\\", "/"))
    folder = given.parent if given.suffix in {".py", ".ipynb", ".zip"} else given
    path = folder / file
    workspace = environment.get("GITHUB_WORKSPACE", "")
    if path.is_absolute() and workspace and path.is_relative_to(workspace):
        path = path.relative_to(workspace)
    return neutral(str(path), LIMIT)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    """A text that Markdown shows as it is: every sign that could mean something to it is written as its number."""
    written = _SIGN.sub(lambda found: f"&#{ord(found[0])};", text.strip())
    return _LIST.sub(lambda found: f"{found[1]}&#{ord(found[2])};", written)
