"""The instructor's page of one assignment: the whole class, and what has to be done."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dlgrade.gradebook import Grade
from dlgrade.overview import _tally as tally
from dlgrade.overview._page import latest, script, title_of
from dlgrade.overview._similar import Group, similar
from dlgrade.overview._work import Work, works
from dlgrade.report.page import MOODS, environment, write_page

if TYPE_CHECKING:
    from dlgrade.intake import Person, Refused

_MOST = 12  # of a list whose end nobody reads
_STATUS = {"graded": "graded", "review": "in review", "missing": "missing"}
_TONES = {"graded": "good", "review": "hold", "missing": "wait"}


@dataclass(frozen=True)
class Line:
    """One student in the table of all: cells with everything worked out.

    Attributes:
        link: address of the student's own page, empty where there is none.
        tone: how the status looks.
        stopped: the criteria at which the code did not come to its end, in words.
    """

    work: Work
    link: str
    status: str
    tone: str
    late: str
    stopped: str


@dataclass(frozen=True)
class ToDecide:
    """One criterion, or the whole grade, that waits for a person; `command` decides it."""

    line: Line
    criterion: str
    says: str
    command: str


def index(
    grades: Sequence[Grade],
    *,
    title: str = "",
    refused: Sequence[Refused] = (),
    missing: Sequence[Person] = (),
    pages: Mapping[str, str] | None = None,
    gradebook: Path | None = None,
) -> str:
    """The page, the same text for the same grades.

    Args:
        grades: everyone's, of one assignment.
        title: of the assignment; empty: as the reports say.
        refused: what was handed in and could not be taken.
        missing: people without a grade who handed in nothing; those of `grades` are known to be.
        pages: by student, the file of the student's own page, relative to this one.
        gradebook: named in the commands where it is not the one that they take by themselves.
    """
    known = {grade.who for grade in grades}
    given = [*grades, *(_missing(person, grades) for person in missing if person.who not in known)]
    everyone = works(given)
    template = environment("dlgrade.overview").get_template("index.html.j2")
    return template.render(_context(everyone, title, refused, pages or {}, gradebook))


def write_index(
    path: Path | str,
    grades: Sequence[Grade],
    *,
    title: str = "",
    refused: Sequence[Refused] = (),
    missing: Sequence[Person] = (),
    pages: Mapping[str, str] | None = None,
    gradebook: Path | None = None,
) -> None:
    """Write the page to ``path``, wholly or not at all; the arguments are those of `index`.

    Raises:
        MachineError: the folder is missing or cannot be written to.
    """
    text = index(grades, title=title, refused=refused, missing=missing, pages=pages, gradebook=gradebook)
    write_page(text, path, "the index")


def _missing(person: Person, grades: Sequence[Grade]) -> Grade:
    name = grades[0].id if grades else ""
    most = grades[0].max if grades else 0.0
    return Grade(person.who, name, "missing", 0.0, 0.0, 0.0, 0.0, most, name=person.name)


def _context(
    everyone: Sequence[Work], title: str, refused: Sequence[Refused], pages: Mapping[str, str], gradebook: Path | None
) -> dict[str, Any]:
    lines = {work.who: _line(work, pages) for work in everyone}
    handed_in = [work for work in everyone if work.grade.attempt is not None]
    told = tally.headline(everyone)
    scores = [work.grade.score for work in everyone if work.grade.status != "missing"]
    bins = tally.distribution(scores, told.max)
    timed = sorted((work for work in handed_in if work.seconds > 0), key=lambda work: (-work.seconds, work.who))
    sort = script("sort.js")
    return {
        "id": everyone[0].grade.id if everyone else "",
        "title": title or title_of(handed_in),
        "told": told,
        "profiles": _profiles(handed_in),
        "latest": latest(handed_in),
        "bins": bins,
        "to_decide": [one for work in everyone for one in _to_decide(lines[work.who], gradebook)],
        "criteria": tally.criteria(handed_in),
        "beliefs": tally.beliefs(handed_in)[:_MOST],
        "cards": tally.cards(handed_in)[:_MOST],
        "slowest": [lines[work.who] for work in timed[:_MOST]],
        "stopped": [lines[work.who] for work in handed_in if work.stopped],
        "late": [lines[work.who] for work in everyone if work.late is not None],
        "groups": _groups(similar(handed_in), lines),
        "refused": sorted(refused, key=lambda one: (one.who, one.origin)),
        "absent": [lines[work.who] for work in everyone if work.grade.status == "missing"],
        "lines": list(lines.values()),
        "networks": any(work.parameters is not None for work in handed_in),
        "script": sort.text,
        "script_hash": sort.hash,
        **_drawings(bins, handed_in),
    }


def _drawings(bins: Sequence[tally.Bin], handed_in: Sequence[Work]) -> dict[str, Any]:
    from dlgrade.overview._drawings import Dot, histogram, scatter

    dots = [
        Dot(work.parameters, work.accuracy, work.profile)
        for work in handed_in
        if work.parameters is not None and work.accuracy is not None
    ]
    allowed = next((work.allowed for work in handed_in if work.allowed is not None), None)
    return {
        "histogram": histogram(bins) if bins else "",
        "scatter": scatter(dots, allowed) if dots else "",
        "dots": len(dots),
    }


def _profiles(handed_in: Sequence[Work]) -> str:
    """``38 at full, 2 at quick``."""
    names = [work.profile for work in handed_in if work.profile]
    return ", ".join(f"{names.count(name):,} at {name}" for name in sorted(set(names)))


def _line(work: Work, pages: Mapping[str, str]) -> Line:
    page = pages.get(work.who, "")
    # A colon or two slashes at the beginning would be another protocol or another host.
    link = f"./{quote(page, safe='/')}" if page else ""
    status = "set by hand" if work.grade.override is not None else _STATUS[work.grade.status]
    stopped = ", ".join(f"{one.id} {MOODS[one.verdict].label}" for one in work.stopped)  # type: ignore[index]
    return Line(work, link, status, _TONES[work.grade.status], _days(work.late), stopped)


def _days(late: timedelta | None) -> str:
    """``2 days 3 hours``, ``5 minutes``; empty for nothing."""
    if late is None:
        return ""
    minutes = max(1, round(late.total_seconds() / 60))
    days, hours, left = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [(days, "day"), (hours, "hour"), (0 if days else left, "minute")]
    return " ".join(f"{number:,} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number)


def _to_decide(line: Line, gradebook: Path | None) -> list[ToDecide]:
    work = line.work
    if work.grade.status != "review":
        return []
    says = {one.id: one.says for one in work.criteria}
    if work.held:
        return [ToDecide(line, name, says[name], settle_command(work.grade, name, gradebook)) for name in work.held]
    return [ToDecide(line, "", "Another of this student's attempts waits.", show_command(work.grade, gradebook))]


def settle_command(grade: Grade, criterion: str, gradebook: Path | None = None) -> str:
    """The command that settles a criterion of the attempt that counts, safe to paste into a shell."""
    number = [f"--attempt {grade.attempt.number}"] if grade.attempt is not None and grade.attempt.number else []
    options = ['--by ""', '--why ""', *number, *_named(gradebook)]
    return _command("settle", [grade.id, grade.who, criterion, "passed"], options)


def show_command(grade: Grade, gradebook: Path | None = None) -> str:
    """The command that shows all attempts of a student."""
    return _command("show", [grade.id], [f"--student={shlex.quote(grade.who)}", *_named(gradebook)])


def _command(name: str, words: list[str], options: list[str]) -> str:
    # What begins with a dash would be taken for an option.
    ends = ["--"] if any(word.startswith("-") for word in words) else []
    quoted = [*ends, *map(shlex.quote, words)]
    return " ".join(["dlgrade grades", name, *([*options, *quoted] if ends else [*quoted, *options])])


def _named(gradebook: Path | None) -> list[str]:
    return [f"--gradebook {shlex.quote(str(gradebook))}"] if gradebook is not None else []


def _groups(groups: Sequence[Group], lines: Mapping[str, Line]) -> list[dict[str, Any]]:
    return [
        {
            "what": _what(group),
            "hash": group.hash[:12],
            "lines": [lines[work.who] for work in group.works],
        }
        for group in groups
    ]


def _what(group: Group) -> str:
    number = f"{len(group.works):,} students"
    if group.kind == "file":
        return f"{number}: the same file, byte for byte"
    if group.files == 1:
        return f"{number}: the same network, in the same file"
    return f"{number}: the same network, in {group.files:,} different files"
