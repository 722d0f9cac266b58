"""``dlgrade grades export``: grades for other programs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from dlgrade.cli._gradebook_option import gradebook_option, policies, policy_option, to_read
from dlgrade.cli._shared import file_path, the_assignment, the_course
from dlgrade.errors import DlgradeError, UsageError
from dlgrade.neutral import neutral, visible

if TYPE_CHECKING:
    from dlgrade.course import Assignment, Profile
    from dlgrade.gradebook import Grade
    from dlgrade.lms import Exported, Left, Options, Wanted

_FORMATS = ("csv", "canvas", "moodle", "gradescope", "gradescope-autograder", "junit", "github", "nbgrader")
_TEMPLATES = ("canvas", "moodle")
_BELONGS = {  # options that only some formats have
    "template": _TEMPLATES, "columns": _TEMPLATES, "feedback": ("moodle",), "comments": ("moodle",),
    "shape": ("csv",), "excel": ("csv",), "by": ("junit",), "profile": ("gradescope-autograder",),
    "seed": ("gradescope-autograder",), "missing": ("csv", *_TEMPLATES), "undecided": ("csv", *_TEMPLATES),
}  # fmt: skip
_OF_ONE_REPORT = ("csv", "gradescope", "junit", "github")


@click.command("export")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--format", "form", type=click.Choice(_FORMATS), required=True, help="For whom; see docs/lms.md.")
@click.option("-o", "--output", "output", metavar="FILE", help="File or folder to write; - for standard output.")
@click.option("--into", "template", type=file_path(), metavar="FILE",
              help="canvas, moodle: the file that was downloaded there, which is filled.")  # fmt: skip
@click.option("--column", "columns", metavar="NAME", multiple=True,
              help="canvas, moodle: the column to fill, by heading, title or id; once for each ID.")  # fmt: skip
@click.option("--missing", type=click.Choice(["empty", "zero"]), default="empty", show_default=True,
              help="What stands where nothing was handed in.")  # fmt: skip
@click.option("--undecided", is_flag=True, help="Write grades that wait for a person, too, with the points so far.")
@click.option("--feedback", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
              help="moodle: pages by student id, packed into a zip beside FILE.")  # fmt: skip
@click.option("--comments", is_flag=True, help="moodle: write a short comment where there is none.")
@click.option("--shape", type=click.Choice(["long", "wide", "criteria"]), default="long", show_default=True,
              help="csv: a row per student and assignment, a column per assignment, a row per criterion.")  # fmt: skip
@click.option("--excel", is_flag=True, help="csv: begin with the mark by which Excel knows UTF-8.")
@click.option("--by", type=click.Choice(["student", "assignment"]), default="student", show_default=True,
              help="junit: a test suite per student and assignment, or per assignment.")  # fmt: skip
@click.option("--profile", type=click.Choice(["smoke", "quick", "full"]), default="full", show_default=True,
              help="gradescope-autograder: how far it measures.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True,
              help="gradescope-autograder: seeds every random draw.")  # fmt: skip
@click.option("--report", "report_file", type=file_path(), metavar="FILE",
              help="Take one report of dlgrade check --json instead of a gradebook.")  # fmt: skip
@gradebook_option
@policy_option
@click.pass_context
def export_command(
    ctx: click.Context, ids: tuple[str, ...], form: str, output: str | None, template: Path | None,
    columns: tuple[str, ...], missing: str, undecided: bool, feedback: Path | None, comments: bool, shape: Any,
    excel: bool, by: Any, profile: Profile, seed: int, report_file: Path | None, gradebook: Path,
    policy_file: Path | None,
) -> None:  # fmt: skip
    """Write grades for other programs: of the assignments ID, or of all in the gradebook.

    What was written goes to standard error in one line, and before it every student whose grade was not, with the
    reason. Grades that wait for a person and students who handed in nothing leave somebody else's cells as they are.
    """
    from dlgrade.lms import Options, Rules, grade_of

    _refuse_foreign(ctx, form)
    to = _target(form, output)
    if form == "gradescope-autograder":
        _autograder(ctx, ids, to, profile, seed)
        return
    ids = tuple(dict.fromkeys(ids))
    if report_file is not None:
        if form not in _OF_ONE_REPORT or ids:
            mend = f"With --report take {', '.join(_OF_ONE_REPORT)}."
            raise UsageError("a single report has no ID and does not fill a gradebook", mend)
        wanted = _of_report(grade_of(report_file))
    else:
        wanted = _of_gradebook(ctx, ids, gradebook, policy_file, columns)
    if form == "nbgrader":
        _nbgrader(ctx, wanted, to)
        return
    rules = Rules(zero_missing=missing == "zero", undecided=undecided)
    _write(wanted, form, to, Options(
        rules, template, feedback, comments, shape, excel, by, single=report_file is not None,
    ))  # fmt: skip


def _refuse_foreign(ctx: click.Context, form: str) -> None:
    """An option that does nothing would be believed to do something."""
    for option in ctx.command.params:
        formats = _BELONGS.get(option.name or "", _FORMATS)
        if form not in formats and ctx.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE:
            raise UsageError(f"{option.opts[-1]} is not for {form}", f"It is for {' and '.join(formats)}.")


def _target(form: str, output: str | None) -> Path | None:
    """Where to write; None for the standard output."""
    from dlgrade.lms import SUMMARY

    if output is None:
        output = os.environ.get(SUMMARY, "") if form == "github" else ""
        if not output:
            raise UsageError("it is not said where to write", "Name a file: -o FILE, or -o - for standard output.")
    if output != "-":
        return Path(output)
    if form in {"gradescope-autograder", "nbgrader"}:
        raise UsageError(f"{form} is no text, so it needs a file", "Name it: -o FILE")
    return None


def _of_report(grade: Grade) -> Wanted:
    from dlgrade.lms import Wanted

    return Wanted((grade,), {grade.id: str((grade.report or {}).get("title") or "")})


def _of_gradebook(
    ctx: click.Context, ids: Sequence[str], gradebook: Path, policy_file: Path | None, columns: Sequence[str]
) -> Wanted:
    from dlgrade.gradebook import grades
    from dlgrade.lms import Wanted, ids_in

    with to_read(gradebook) as book:
        applied = policies(gradebook, policy_file)
        known = book.ids()
        chosen = tuple(ids) or known
        if not chosen:
            raise UsageError(f"{visible(str(gradebook))} holds no grades yet", "dlgrade grade fills it.")
        if columns and len(columns) != len(chosen):
            raise UsageError(f"there are {len(columns)} --column for {len(chosen)} ID", "Name one for each, in order.")
        assignments = _assignments(ctx, [one for one in chosen if one not in known], chosen)
        worth = {one: assignments[one].points for one in chosen if one not in known}
        found = [
            grade for one in chosen for grade in grades(book, one, policy=applied[one], max_points=worth.get(one))
        ]  # fmt: skip
        also = {one.who: ids_in(one.other) for one in book.people()}
    titles = {one: assignment.title for one, assignment in assignments.items()}
    return Wanted(tuple(found), titles, also, dict(zip(chosen, columns, strict=True)) if columns else {})


def _assignments(ctx: click.Context, needed: Sequence[str], chosen: Sequence[str]) -> Mapping[str, Assignment]:
    """The assignments of these ids that the course has; without a course only where none is needed."""
    try:
        course = the_course(ctx)
    except DlgradeError:
        if needed:
            raise
        return {}
    for one in needed:
        the_assignment(course, one)
    return {one.id: one for one in course.assignments if one.id in chosen}


def _write(wanted: Wanted, form: Any, to: Path | None, options: Options) -> None:
    from dlgrade.lms import export

    done = export(wanted, form, to, options)
    for line in done.annotations:
        click.echo(line, err=to is None)  # GitHub reads both; the standard output is the summary's then
    _tell(done)


def _tell(done: Exported) -> None:
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    for why, who in _by_reason(done.left).items():
        click.echo(f"not written: {', '.join(who)}: {why}", err=True)
    wrote = "; ".join(f"{visible(str(file)) if file else 'standard output'}: {did}" for file, did in done.files)
    left = len({(one.who, one.id) for one in done.left})
    click.echo(f"wrote {wrote}" + (f"; {left} not written" if left else ""), err=True)


def _by_reason(left: Sequence[Left]) -> dict[str, list[str]]:
    several = len({one.id for one in left}) > 1
    found: dict[str, list[str]] = {}
    for one in left:
        name = f"{neutral(one.who)} ({one.id})" if several else neutral(one.who)
        found.setdefault(neutral(one.why), []).append(name)
    return found


def _autograder(ctx: click.Context, ids: Sequence[str], to: Path | None, profile: Profile, seed: int) -> None:
    from dlgrade.lms import Exported
    from dlgrade.lms._autograder import write
    from dlgrade.lms._files import put

    if len(ids) != 1:
        raise UsageError("an autograder is of one assignment", "Name one ID.")
    course = the_course(ctx)
    content = write(course, the_assignment(course, ids[0]), profile=profile, seed=seed)
    put(to, content.data)
    _tell(Exported(((to, content.did),), content.left, content.notes))


def _nbgrader(ctx: click.Context, wanted: Wanted, database: Path | None) -> None:
    from dlgrade.lms._nbgrader import export

    course = the_course(ctx)
    assignments = {one: the_assignment(course, one) for one in wanted.ids}
    grades = {one: [grade for grade in wanted.grades if grade.id == one] for one in wanted.ids}
    assert database is not None  # noqa: S101 - `_target` has seen to it
    done = export(grades, assignments, database)
    for one in done.unseen:
        click.echo(f"note: formgrader does not show {one}: there is no folder source/{one}", err=True)
    parts = [f"{done.submissions} submissions of {done.students} students"]
    parts += [f"{number} {what}" for number, what in (
        (done.missing, "handed in nothing"), (done.held, "criteria wait for a person"),
        (done.by_hand, "scores given in nbgrader stay"),
    ) if number]  # fmt: skip
    click.echo(f"wrote {visible(str(database))}: {'; '.join(parts)}", err=True)
