"""Grades as text for a terminal or a pipe, and as JSON; everything from a student is made harmless."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import click

from dlgrade.neutral import NAME_LIMIT, encodable, neutral, visible

if TYPE_CHECKING:
    from dlgrade.gradebook import Attempt, Decision, Grade, LatePolicy

_SCHEMA = 1  # of the JSON; rises when a key is renamed, removed or changes its meaning
_MARKS = {"missing": "-", "review": "?"}
_LEGEND = {
    "-": "- handed in nothing",
    "?": "? a criterion waits for a person, points may still come",
    "*": "* set by a person",
}


def say(text: str = "", *, err: bool = False) -> None:
    """A line, in characters that the other side has."""
    encoding = (sys.stderr if err else sys.stdout).encoding or "utf-8"
    click.echo(encodable(text.rstrip(), encoding), err=err)


def points(number: float) -> str:
    """Points as a person writes them."""
    return f"{round(number, 2):.12g}"


def length(time: timedelta | None) -> str:
    """``1 d 2 h``, ``3 h 05 min``, ``12 min``; empty for None."""
    if time is None:
        return ""
    seconds = int(time.total_seconds())
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


def in_order(ids: Iterable[str]) -> list[str]:
    """By name, code2 before code10."""
    return sorted(ids, key=lambda name: [(part.isdigit(), part.zfill(9)) for part in re.split(r"(\d+)", name)])


def waits(attempt: Attempt) -> list[str]:
    """The criteria of an attempt whose points were left to a person."""
    from dlgrade.gradebook import HELD

    return [one["id"] for one in _criteria(attempt) if one.get("verdict") in HELD]


def table(grades: Sequence[Grade]) -> None:
    """The grades of one assignment."""
    head = ("who", "name", "points", "max", "late", "attempts", "status")
    rows = [
        (
            visible(one.who), neutral(one.name, NAME_LIMIT), points(one.score), points(one.max), length(one.late),
            str(one.attempts), _status(one),
        )
        for one in grades
    ]  # fmt: skip
    _aligned(head, rows, right={2, 3, 4, 5})
    count = {word: sum(one.status == word for one in grades) for word in ("graded", "review", "missing")}
    say(f"{len(grades)} students: " + ", ".join(f"{number} {word}" for word, number in count.items()), err=True)
    _tell_rehearsals(grades)


def matrix(by_assignment: Mapping[str, Sequence[Grade]]) -> None:
    """All assignments, a column each."""
    cells: dict[str, dict[str, Grade]] = {}
    for name, grades in by_assignment.items():
        for one in grades:
            cells.setdefault(one.who, {})[name] = one
    head = ("who", "name", *map(visible, by_assignment), "sum")
    rows = []
    for who in sorted(cells):
        theirs = [cells[who][name] for name in by_assignment]
        total = points(sum(one.score for one in theirs))
        rows.append((visible(who), neutral(theirs[0].name, NAME_LIMIT), *map(_cell, theirs), total))
    _aligned(head, rows, right=set(range(2, len(head))))
    used = {mark for row in rows for cell in row[2:] for mark in _LEGEND if mark in cell}
    for mark, means in _LEGEND.items():
        if mark in used:
            say(means, err=True)


def student(grade: Grade, attempts: Sequence[Attempt], policy: LatePolicy) -> None:
    """Everything about one student in one assignment."""
    name = f"  {neutral(grade.name, NAME_LIMIT)}" if grade.name else ""
    say(f"{visible(grade.id)}  {visible(grade.who)}{name}")
    say(f"{points(grade.score)} of {points(grade.max)} points, {_status(grade)}{_reckoned(grade)}")
    if policy.due is not None:
        say(f"due {_moment(policy.due)}, the {policy.counts} attempt counts")
    zone = policy.due.tzinfo if policy.due is not None else None
    for attempt in reversed(attempts):
        say()
        _say_attempt(grade, attempt, zone)
    if grade.decisions:
        say()
        say("decisions, oldest first")
    for one in grade.decisions:
        say(f"  {_moment(one.at, zone)}  {_decided(one)}, by {neutral(one.by)}: {neutral(one.why)}")


def table_json(assignment: str, grades: Sequence[Grade]) -> dict[str, Any]:
    """The grades of one assignment."""
    return {"schema": _SCHEMA, "assignment": assignment, "grades": [_grade_json(one) for one in grades]}


def matrix_json(by_assignment: Mapping[str, Sequence[Grade]]) -> dict[str, Any]:
    """All assignments."""
    return {
        "schema": _SCHEMA,
        "assignments": [{"assignment": name, "grades": [_grade_json(one) for one in grades]}
                        for name, grades in by_assignment.items()],
    }  # fmt: skip


def student_json(grade: Grade, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """Everything about one student in one assignment."""
    return {
        "schema": _SCHEMA,
        "assignment": grade.id,
        "grade": _grade_json(grade),
        "attempts": [_attempt_json(one) for one in attempts],
        "decisions": [_decision_json(one) for one in grade.decisions],
    }


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: set[int]) -> None:
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = []
        for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
            room = " " * (width - cell_len(cell))
            cells.append(room + cell if i in right else cell + room)
        say("  ".join(cells))


def _status(grade: Grade) -> str:
    return f"{grade.status}, set by {neutral(grade.override.by, NAME_LIMIT)}" if grade.override else grade.status


def _cell(grade: Grade) -> str:
    mark = "*" if grade.override else _MARKS.get(grade.status, "")
    return mark if mark == "-" else points(grade.score) + mark


def _tell_rehearsals(grades: Sequence[Grade]) -> None:
    profiles = [str(one.report.get("profile")) for one in grades if one.report is not None]
    for profile in sorted(set(profiles) - {"full"}):
        number = profiles.count(profile)
        what = f"{number} of these counts was" if number == 1 else f"{number} of these were"
        say(f"note: {what} graded at the profile {neutral(profile)}; only full gives the mark", err=True)


def _reckoned(grade: Grade) -> str:
    """How the score came to be, where it is not simply what was measured."""
    if grade.attempt is None:
        return ""
    parts = [f"measured {points(grade.raw)}"]
    if grade.settled != grade.raw:
        parts.append(f"settled {points(grade.settled)}")
    if grade.late is not None:
        parts.append(f"{points(grade.penalty)} taken off for handing in {length(grade.late)} late")
    return f" ({', '.join(parts)})"


def _say_attempt(grade: Grade, attempt: Attempt, zone: tzinfo | None) -> None:
    counts = grade.attempt is not None and grade.attempt.number == attempt.number
    report = attempt.results.get("report") or {}
    handed_in = f", handed in {_moment(attempt.handed_in, zone)}" if attempt.handed_in else ""
    profile = f"{neutral(str(report['profile']))}, " if "profile" in report else ""
    say(
        f"attempt {attempt.number}{' (counts)' if counts else ''}: {points(attempt.points)} of {points(attempt.max)} "
        f"points, {profile}graded {_moment(attempt.finished, zone)}{handed_in}"
    )
    settled = {one.criterion: one for one in grade.decisions if one.attempt == attempt.number}
    rows = []
    for one in _criteria(attempt):
        decision = settled.get(one["id"])
        word = f"{one['verdict']}, settled: {decision.verdict}" if decision else str(one["verdict"])
        earned = one["max_points"] if decision and decision.verdict == "passed" else one["points"]
        worth = f"{points(earned)}/{points(one['max_points'])}"
        rows.append((visible(one["id"]), neutral(word), worth, neutral(str(one.get("measured", "")))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, word, worth, measured in rows:
        say(f"  {word:<{widths[1]}}  {name:<{widths[0]}}  {worth:>{widths[2]}}  {measured}")
    for name in waits(attempt):
        if name not in settled:
            what = f"dlgrade grades settle {grade.id} {grade.who} {name} passed|failed --by NAME --why TEXT"
            say(f"  {visible(name)} waits for a person: {visible(what)}")


def _decided(decision: Decision) -> str:
    if decision.criterion:
        return f"attempt {decision.attempt}, {visible(decision.criterion)} {decision.verdict}"
    return "grade released" if decision.points is None else f"grade set to {points(decision.points)}"


def _criteria(attempt: Attempt) -> list[Mapping[str, Any]]:
    from dlgrade.errors import UsageError
    from dlgrade.gradebook import criteria_of

    try:
        return list(criteria_of(attempt.results["report"]).values())
    except (KeyError, UsageError):
        return []


def _moment(when: datetime, zone: tzinfo | None = None) -> str:
    """To the minute, in the zone of the deadline or else in that which it was given in."""
    when = when.astimezone(zone) if zone else when
    return f"{when:%Y-%m-%d %H:%M} {when.tzname() or ''}".rstrip()


def _grade_json(grade: Grade) -> dict[str, Any]:
    attempt = grade.attempt
    return {
        "who": grade.who,
        "name": grade.name,
        "status": grade.status,
        "score": grade.score,
        "max": grade.max,
        "raw": grade.raw,
        "settled": grade.settled,
        "penalty": grade.penalty,
        "late_seconds": grade.late.total_seconds() if grade.late is not None else None,
        "attempt": attempt.number if attempt else None,
        "handed_in": attempt.handed_in.isoformat() if attempt and attempt.handed_in else None,
        "attempts": grade.attempts,
        "override": _decision_json(grade.override) if grade.override else None,
    }


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "points": attempt.points,
        "max": attempt.max,
        "seed": attempt.seed,
        "started": attempt.started.isoformat(),
        "finished": attempt.finished.isoformat(),
        "handed_in": attempt.handed_in.isoformat() if attempt.handed_in else None,
        "key": attempt.key,
        "results": attempt.results,
    }


def _decision_json(decision: Decision) -> dict[str, Any]:
    return {
        "number": decision.number,
        "attempt": decision.attempt,
        "criterion": decision.criterion,
        "verdict": decision.verdict,
        "points": decision.points,
        "by": decision.by,
        "why": decision.why,
        "at": decision.at.isoformat(),
    }
