"""``dlgrade plan``: the days of a plan, what of them is done, and what is next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dlgrade.cli._shared import the_course
from dlgrade.errors import UsageError
from dlgrade.neutral import NAME_LIMIT, neutral, visible

if TYPE_CHECKING:
    from pathlib import Path

    from dlgrade.course import Course
    from dlgrade.quiz._screen import Screen
    from dlgrade.study import DayState, Known, Outline, Plan, Step

_COLUMN = 9


@click.command("plan")
@click.argument("plan_id", metavar="[ID]", required=False)
@click.pass_context
def plan(ctx: click.Context, plan_id: str | None) -> int:
    """Show the days of a plan: what to read, do and answer, what of it is done, what is next.

    Without ID: the plans of the course. Done is an assignment whose last check passed all its criteria, and a quiz that
    was taken to its end.
    """
    from dlgrade.study import known, outline, plan_files

    course = the_course(ctx)
    files = plan_files(course.root)
    if plan_id is not None:
        files = (_the_file(files, plan_id),)
    lines = outline(course.root)
    facts = known([one.id for one in course.assignments], [bank.id for bank in lines.banks])
    for name in facts.unreadable:
        click.echo(f"the last report of {name} cannot be read; dlgrade check {name} writes a new one", err=True)
    if plan_id is not None:
        return _show(course, lines, files[0], facts)
    for path in files:
        _list(course, lines, path, facts)
    if not files:
        click.echo("this course has no plans; docs/study.md says how to write one")
    return 0


def _the_file(files: tuple[Path, ...], plan_id: str) -> Path:
    import difflib

    named = {path.stem: path for path in files}
    if plan_id in named:
        return named[plan_id]
    near = difflib.get_close_matches(plan_id, list(named), n=1)
    mend = f"Did you mean {near[0]}?" if near else "See dlgrade plan."
    raise UsageError(f"there is no plan {visible(plan_id)}", mend)


def _list(course: Course, lines: Outline, path: Path, facts: Known) -> None:
    from dlgrade.study import next_step

    read, faults, days = _read(course, lines, path, facts)
    if read is None or faults:
        click.echo(f"{visible(path.stem)}  cannot be read; dlgrade plan {visible(path.stem)} says why")
        return
    done = sum(day.done for day in days)
    title = neutral(read.title, NAME_LIMIT)
    click.echo(f"{read.id}  {title}  {done} of {len(days)} days done")
    found = next_step(days)
    if found is not None:
        click.echo(f"  next: day {found[0].day.number}, {found[1].command}")


def _read(
    course: Course, lines: Outline, path: Path, facts: Known
) -> tuple[Plan | None, list[Exception], tuple[DayState, ...]]:
    from dlgrade.study import plan_state, read_plan

    assignments = {one.id: one for one in course.assignments}
    titles = {bank.id: bank.title for bank in lines.banks}
    read, faults = read_plan(path, assignments, titles)
    days = plan_state(read, assignments, titles, facts) if read is not None and not faults else ()
    return read, list(faults), days


def _show(course: Course, lines: Outline, path: Path, facts: Known) -> int:
    from dlgrade.quiz._screen import Screen
    from dlgrade.study import next_step

    read, faults, days = _read(course, lines, path, facts)
    if read is None or faults:
        for fault in faults:
            click.echo("error: " + "\n".join(map(visible, str(fault).split("\n"))), err=True)
        return 2
    screen, found = Screen(), next_step(days)
    screen.say(read.title, lead=f"{read.id}  ", hang=len(read.id) + 2, style="bold")
    minutes = f", {read.minutes} minutes a day" if read.minutes else ""
    screen.say(f"{sum(day.done for day in days)} of {len(days)} days done{minutes}", hang=len(read.id) + 2)
    for day in days:
        _show_day(screen, day, found[1] if found else None)
    screen.say()
    if found is None:
        screen.say("All that can be done here is done. dlgrade drill keeps it.")
        return 0
    day, step = found
    screen.say(f"Next: day {day.day.number}, {step.id}: {step.title}")
    screen.code(step.command)
    return 0


def _show_day(screen: Screen, state: DayState, coming: Step | None) -> None:
    day = state.day
    screen.say()
    screen.say(f"{day.title}{'  (done)' if state.done else ''}", lead=f"Day {day.number}", hang=_COLUMN, style="bold")
    for text in day.read:
        words, _, address = text.rpartition(" ") if text.split()[-1].startswith("http") else (text, "", "")
        screen.say(words or address, lead="  read", hang=_COLUMN)
        if words and address:
            screen.code(" " * (_COLUMN - 4) + address)  # unbroken, to be copied
    for step in state.steps:
        word = "next" if step is coming else step.state
        says = f" ({step.says})" if step.says else ""
        screen.say(f"{step.id}: {step.title}{says}", lead=f"  {word}", hang=_COLUMN)
    if day.reflect:
        screen.say(day.reflect, lead="  think", hang=_COLUMN)
