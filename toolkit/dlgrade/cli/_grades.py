"""``dlgrade grades``: what the gradebook of a class says, and what a person decides in it."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from dlgrade.cli._gradebook_option import gradebook_option, policies, policy_option, to_read, to_write
from dlgrade.cli._shared import file_path
from dlgrade.errors import DlgradeError, UsageError
from dlgrade.neutral import neutral, visible

if TYPE_CHECKING:
    from dlgrade.gradebook import Grade, Gradebook, Policies

_EXPORT = "dlgrade.cli._grades_export"


class _WithExport(click.Group):
    """Loads ``export`` when it is used or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), "export"]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name != "export":
            return super().get_command(ctx, name)
        command: click.Command = importlib.import_module(_EXPORT).export_command
        return command


@click.group("grades", cls=_WithExport)
def grades() -> None:
    """Show the grades of a class; settle, override, enrol, export."""


@grades.command("show")
@click.argument("assignment", metavar="[ID]", required=False)
@click.option("--student", metavar="WHO", help="Everything about one student: attempts, criteria, decisions.")
@gradebook_option
@policy_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def show_command(
    ctx: click.Context,
    assignment: str | None,
    student: str | None,
    gradebook: Path,
    policy_file: Path | None,
    as_json: bool,
) -> None:
    """Show the grades of an assignment; without ID those of all, a column each.

    Lateness, and which attempt counts, are applied as the policy says; what was measured stays as it was.
    """
    from dlgrade.cli import _grades_show as shown

    if student is not None and assignment is None:
        raise UsageError("--student shows one assignment of one student", "Name the assignment: grades show ID.")
    with to_read(gradebook) as book:
        applied = policies(gradebook, policy_file)
        _look_for_typos(ctx, book, applied)
        if assignment is None:
            matrix = {name: _graded(ctx, book, name, applied) for name in shown.in_order(book.ids())}
            if as_json:
                click.echo(json.dumps(shown.matrix_json(matrix), indent=2))
            else:
                shown.matrix(matrix)
            return
        found = _graded(ctx, book, assignment, applied)
        if student is not None:
            book.must_know(student)
            grade = next(one for one in found if one.who == student)
            attempts = tuple(book.attempts(student, "assignment", assignment))
            if as_json:
                click.echo(json.dumps(shown.student_json(grade, attempts), indent=2))
            else:
                shown.student(grade, attempts, applied[assignment])
        elif as_json:
            click.echo(json.dumps(shown.table_json(assignment, found), indent=2))
        else:
            shown.table(found)


@grades.command("settle")
@click.argument("assignment", metavar="ID")
@click.argument("who", metavar="WHO")
@click.argument("criterion", metavar="CRITERION")
@click.argument("verdict", type=click.Choice(["passed", "failed"]))
@click.option("--by", required=True, metavar="NAME", help="Who decides.")
@click.option("--why", required=True, metavar="TEXT", help="For what reason; the student may read it.")
@click.option("--attempt", "number", type=int, metavar="N", help="Of which attempt [default: the one that counts].")
@gradebook_option
@policy_option
def settle_command(
    assignment: str,
    who: str,
    criterion: str,
    verdict: Literal["passed", "failed"],
    by: str,
    why: str,
    number: int | None,
    gradebook: Path,
    policy_file: Path | None,
) -> None:
    """Decide a criterion that could not be proven.

    What was measured stays; the decision is added beside it, and the last one on a criterion counts.
    """
    from dlgrade.cli import _grades_show as shown
    from dlgrade.gradebook import Decision

    with to_write(gradebook) as book:
        applied = policies(gradebook, policy_file)
        book.must_know(who)
        if number is None:
            number = _attempt_to_settle(book, assignment, who, criterion, applied)
        now = datetime.now(UTC)
        book.decide(Decision(who, assignment, by, why, now, attempt=number, criterion=criterion, verdict=verdict))
        grade = _of_one(book, assignment, who, applied)
    said = f"{visible(who)} in {visible(assignment)}: {visible(criterion)} {verdict}, settled by {neutral(by.strip())}"
    shown.say(f"{said}; now {shown.points(grade.score)} of {shown.points(grade.max)} points")


@grades.command("override")
@click.argument("assignment", metavar="ID")
@click.argument("who", metavar="WHO")
@click.argument("points", metavar="POINTS|none")
@click.option("--by", required=True, metavar="NAME", help="Who decides.")
@click.option("--why", required=True, metavar="TEXT", help="For what reason; the student may read it.")
@gradebook_option
@policy_option
@click.pass_context
def override_command(
    ctx: click.Context,
    assignment: str,
    who: str,
    points: str,
    by: str,
    why: str,
    gradebook: Path,
    policy_file: Path | None,
) -> None:
    """Set the whole grade of a student to POINTS; none lets what was measured count again.

    Everything else stays on record: what was measured, what lateness costs, earlier decisions.
    """
    from dlgrade.cli import _grades_show as shown
    from dlgrade.gradebook import Decision

    wanted = _points(points)
    with to_write(gradebook) as book:
        applied = policies(gradebook, policy_file)
        worth = _worth(ctx, book, assignment)
        book.must_know(who)
        before = _of_one(book, assignment, who, applied, worth)
        book.decide(Decision(who, assignment, by, why, datetime.now(UTC), points=wanted))
        grade = _of_one(book, assignment, who, applied, worth)
    said = f"{visible(who)} in {visible(assignment)}: {shown.points(grade.score)} of {shown.points(grade.max)} points"
    done = "set" if wanted is not None else "released"
    shown.say(f"{said}, {done} by {neutral(by.strip())}; before: {shown.points(before.score)}")
    if wanted is not None and wanted > grade.max:
        shown.say(f"note: that is more than the {shown.points(grade.max)} points there are", err=True)


@grades.command("enrol")
@click.argument("roster", metavar="ROSTER.csv", type=file_path(exists=True))
@gradebook_option
def enrol_command(roster: Path, gradebook: Path) -> None:
    """Add the students of a roster, so that who handed in nothing is shown too.

    A roster that is read again adds who is new and what is new of the others; nobody is removed.
    """
    from dlgrade.cli import _grades_show as shown
    from dlgrade.gradebook import Gradebook
    from dlgrade.intake import read_roster

    people = read_roster(roster, say=lambda said: shown.say(f"note: {said}", err=True))
    with Gradebook(gradebook) as book:
        new = book.enrol(people)
        total = len(book.people())
    shown.say(f"{visible(str(gradebook))}: {len(people)} read, {new} of them new, {total} enrolled")


def _points(text: str) -> float | None:
    if text == "none":
        return None
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{neutral(text)} are no points", "Give a number such as 42.5, or none.") from None


def _graded(ctx: click.Context, book: Gradebook, assignment: str, applied: Policies) -> tuple[Grade, ...]:
    from dlgrade.gradebook import grades as graded

    return graded(book, assignment, policy=applied[assignment], max_points=_worth(ctx, book, assignment))


def _of_one(book: Gradebook, assignment: str, who: str, applied: Policies, worth: float | None = None) -> Grade:
    from dlgrade.gradebook import grades as graded

    found = graded(book, assignment, policy=applied[assignment], max_points=worth)
    return next(one for one in found if one.who == who)


def _worth(ctx: click.Context, book: Gradebook, assignment: str) -> float | None:
    """What an assignment that nobody attempted is worth, by the course; None where the attempts say it.

    Raises:
        UsageError: neither the gradebook nor the course knows it.
    """
    from dlgrade.cli._shared import the_assignment, the_course

    tried = book.ids()
    if assignment in tried:
        return None
    try:
        course = the_course(ctx)
    except DlgradeError:
        mend = f"There are: {', '.join(map(visible, tried))}." if tried else "dlgrade grade fills it."
        raise UsageError(f"the gradebook holds no assignment {visible(assignment)}", mend) from None
    return the_assignment(course, assignment).points


def _attempt_to_settle(book: Gradebook, assignment: str, who: str, criterion: str, applied: Policies) -> int:
    """The attempt that counts, or where the criterion is not held there the latest one where it is.

    Raises:
        UsageError: there is no attempt.
    """
    from dlgrade.cli._grades_show import waits

    counts = _of_one(book, assignment, who, applied).attempt
    if counts is None or counts.number is None:
        tried = ", ".join(visible(name) for name in book.ids() if book.last("assignment", name, who))
        mend = f"There are attempts at: {tried}." if tried else "dlgrade grades override sets the whole grade."
        raise UsageError(f"{visible(who)} has no attempt at {visible(assignment)}", mend)
    if criterion not in waits(counts):
        held = [one.number for one in book.attempts(who, "assignment", assignment) if criterion in waits(one)]
        return held[-1] or counts.number if held else counts.number
    return counts.number


def _look_for_typos(ctx: click.Context, book: Gradebook, applied: Policies) -> None:
    """A policy for an assignment that nobody knows would be applied to nothing, without a word."""
    from dlgrade.cli._shared import the_course

    unknown = set(applied) - set(book.ids())
    if not unknown:
        return
    try:
        course = the_course(ctx)
    except DlgradeError:
        return
    for name in sorted(unknown - {one.id for one in course.assignments}):
        click.echo(f"note: the policy speaks of {visible(name)}, which neither gradebook nor course knows", err=True)
