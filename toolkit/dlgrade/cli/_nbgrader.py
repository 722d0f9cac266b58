"""``dlgrade nbgrader``: what teachers who use nbgrader need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlgrade.cli._shared import file_path, the_assignment, the_course

if TYPE_CHECKING:
    from dlgrade.course import Profile
    from dlgrade.intake import Person


@click.group()
def nbgrader() -> None:
    """Courses for nbgrader, whose notebooks wrap the assignments."""


@nbgrader.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="Folder of the nbgrader course; made where it is missing, added to where it is there.")  # fmt: skip
@click.option("--profile", type=click.Choice(["smoke", "quick", "full"]), default="full", show_default=True,
              help="How far nbgrader autograde measures.")  # fmt: skip
@click.option("--roster", type=file_path(exists=True), help="CSV of the class, for nbgrader's gradebook.")
@click.pass_context
def init(ctx: click.Context, ids: tuple[str, ...], folder: Path, profile: Profile, roster: Path | None) -> None:
    """Write an nbgrader course: settings, and a notebook for each assignment.

    Without ID all assignments of the course are taken. nbgrader's generate_assignment, autograde, generate_feedback
    and export then work on it.
    """
    from dlgrade.lms import _nbgrader, _nbgrader_course

    course = the_course(ctx)
    chosen = [the_assignment(course, name) for name in dict.fromkeys(ids)] or list(course.assignments)
    people = _people(roster) if roster is not None else ()
    done = _nbgrader_course.init(chosen, folder, course=course.root, profile=profile)
    for assignment, file in zip(chosen, done.notebooks, strict=True):
        without = ", without a solution" if assignment.id in done.unsolved else ""
        click.echo(f"{file}  {assignment.title}, {assignment.points:g} points{without}")
    settings = folder / _nbgrader_course.SETTINGS
    click.echo(f"{settings}" if done.settings else f"{settings}  was there and is left as it is")
    if people:
        _nbgrader.enrol(people, folder / "gradebook.db")
        click.echo(f"{folder / 'gradebook.db'}  {len(people)} student{'s' * (len(people) != 1)}")
    if all(assignment.graders is None for assignment in chosen):
        click.echo("There are no graders here: scores will be those of the public checks.", err=True)
    click.echo(f"Next: cd {folder}; nbgrader generate_assignment {chosen[0].id}")


def _people(roster: Path) -> tuple[Person, ...]:
    from dlgrade.intake import read_roster

    return read_roster(roster)
