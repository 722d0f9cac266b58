"""Plans: what to do on which day, from YAML.

Promises: a plan that is returned names only assignments and quizzes that the course has, in days that rise; whatever
is wrong is a `CourseError` with file, line and the mend, all of them from the top down. Does not know what is done.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from dlgrade.course import Located, read_yaml, validated
from dlgrade.errors import CourseError

_ID = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*\Z")
_DAY = re.compile(r"[1-9][0-9]{0,3}\Z")


@dataclass(frozen=True)
class Day:
    """One day of a plan.

    Attributes:
        read: what to read or watch, in words, addresses as text.
        tasks: ids of assignments; `quizzes`: ids of quizzes.
        reflect: a question to think about; empty where there is none.
    """

    number: int
    title: str
    read: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    quizzes: tuple[str, ...] = ()
    reflect: str = ""


@dataclass(frozen=True)
class Plan:
    """A plan: its days as they rise.

    Attributes:
        minutes: meant for each day; None where nothing is said.
    """

    id: str
    title: str
    days: tuple[Day, ...]
    file: Path
    minutes: int | None = None


@dataclass(frozen=True)
class _DayText:
    title: str
    read: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    quizzes: tuple[str, ...] = ()
    reflect: str = ""


@dataclass(frozen=True)
class _PlanText:
    title: str
    days: dict[str, _DayText]
    minutes: int | None = None


def plan_files(root: Path) -> tuple[Path, ...]:
    """The files of the plans of a course, by name."""
    return tuple(sorted((root / "plans").glob("*.yaml")))


def read_plan(
    path: Path, assignments: Collection[str], quizzes: Collection[str]
) -> tuple[Plan | None, list[CourseError]]:
    """A plan, None where the file cannot be read as one, and all that is wrong with it.

    Args:
        assignments: the ids that the course has; `quizzes` likewise.
    """
    try:
        located = read_yaml(path)
        text = validated(_PlanText, located)
    except CourseError as error:
        return None, [error]
    faults = [*_plan_faults(path, text, located)]
    for key, day in text.days.items():
        faults += _day_faults(key, day, located)
        faults += _unknown(located, ("days", key, "tasks"), day.tasks, "assignment", assignments)
        faults += _unknown(located, ("days", key, "quizzes"), day.quizzes, "quiz", quizzes)
    days = tuple(
        Day(int(key), day.title.strip(), _stripped(day.read), day.tasks, day.quizzes, day.reflect.strip())
        for key, day in text.days.items()
        if _DAY.match(key)
    )
    faults.sort(key=lambda fault: int(fault.where.rpartition(":")[2]))
    return Plan(path.stem, text.title.strip(), days, path, text.minutes), faults


def _plan_faults(path: Path, text: _PlanText, located: Located) -> Iterator[CourseError]:
    if not _ID.match(path.stem):
        mend = "Name the file with small letters, digits and hyphens, as in week2.yaml."
        yield CourseError(located.where(), f"'{path.stem}' cannot be the id of a plan", mend)
    if not text.title.strip():
        yield CourseError(located.where(("title",)), "'title' is empty", "Write what the plan is for.")
    if text.minutes is not None and text.minutes < 1:
        yield CourseError(located.where(("minutes",)), f"'minutes' is {text.minutes}", "Write 1 or more.")
    if not text.days:
        yield CourseError(located.where(("days",)), "there are no days", "Write at least one.")
    numbers = [(int(key), key) for key in text.days if _DAY.match(key)]
    for (before, _), (number, key) in itertools.pairwise(numbers):
        if number <= before:
            yield CourseError(located.where(("days", key)), f"day {number} comes after day {before}", "Order the days.")


def _day_faults(key: str, day: _DayText, located: Located) -> Iterator[CourseError]:
    place = ("days", key)
    if not _DAY.match(key):
        yield CourseError(located.where(place), f"'{key}' is not the number of a day", "Write it as 8, from 1 on.")
    if not day.title.strip():
        yield CourseError(located.where((*place, "title")), "'title' is empty", "Write what the day is about.")
    if not (day.read or day.tasks or day.quizzes or day.reflect.strip()):
        yield CourseError(located.where(place), f"day {key} asks for nothing", "Write read, tasks, quizzes or reflect.")
    for number, text in enumerate(day.read):
        if not text.strip():
            where = located.where((*place, "read", number))
            yield CourseError(where, "'read' is empty", "Write what to read, or leave it out.")


def _unknown(
    located: Located, place: tuple[str, ...], names: tuple[str, ...], noun: str, there_are: Collection[str]
) -> Iterator[CourseError]:
    for number, name in enumerate(names):
        if name not in there_are:
            near = difflib.get_close_matches(name, list(there_are), n=1)
            listing = "dlgrade list" if noun == "assignment" else "dlgrade quiz list"
            mend = f"Did you mean '{near[0]}'?" if near else f"{listing} shows those of the course."
            yield CourseError(located.where((*place, number)), f"there is no {noun} '{name}'", mend)


def _stripped(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts)
