"""``dlgrade list`` and ``dlgrade start``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlgrade.cli._shared import the_assignment, the_course
from dlgrade.errors import MachineError, UsageError

if TYPE_CHECKING:
    from dlgrade.course import Assignment


@click.command("list")
@click.pass_context
def list_(ctx: click.Context) -> int:
    """Show the assignments of the course, with points and budgets."""
    course = the_course(ctx)
    click.echo(course.title)
    width = max((len(assignment.id) for assignment in course.assignments), default=0)
    titles = max((len(assignment.title) for assignment in course.assignments), default=0)
    track = None
    for assignment in course.assignments:
        if assignment.track != track:
            track = assignment.track
            click.echo(f"\n{track}  {course.tracks[track]}")
        click.echo(f"  {assignment.id:<{width}}  {assignment.title:<{titles}}  {', '.join(_limits(assignment))}")
    if not course.assignments and not course.broken:
        click.echo("no assignments yet; dlgrade new ID makes one")
    for name, error in course.broken.items():
        click.echo(f"left out: {name}: {error}", err=True)
    return 2 if course.broken else 0


def _limits(assignment: Assignment) -> Iterator[str]:
    yield f"{assignment.points:g} points"
    if assignment.budget.parameters is not None:
        yield f"<= {assignment.budget.parameters:,} parameters"
    if assignment.kind != "functions":
        yield f"<= {assignment.budget.epochs} epochs"
    # Accuracies alone have another threshold in a rehearsal; the highest one is the aim.
    trained = [one for one in assignment.criteria if one.wanted_at("quick") != one.wanted_at("full")]
    aim = max((one.wanted_at("full") or 0.0 for one in trained), default=0.0)
    if aim:
        yield f">= {100 * aim:.2f} %"


@click.command()
@click.argument("assignment_id", metavar="ID")
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder to make [default: ID].")
@click.option("--notebook", is_flag=True, help="Write a Jupyter notebook instead of a .py file.")
@click.pass_context
def start(ctx: click.Context, assignment_id: str, folder: Path | None, notebook: bool) -> None:
    """Copy an assignment's stub and lesson into a folder of yours."""
    assignment = the_assignment(the_course(ctx), assignment_id)
    folder = folder or Path(assignment_id)
    stub = assignment.folder / f"{assignment_id}.py"
    work = folder / f"{assignment_id}{'.ipynb' if notebook else '.py'}"
    if work.exists():
        raise UsageError(f"{work} is already there", "Nothing was changed. Choose another folder with --to.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lesson = assignment.folder / "README.md"
        if notebook:
            _write_notebook(work, lesson, stub, assignment_id)
        else:
            shutil.copyfile(stub, work)
        shutil.copyfile(lesson, folder / "README.md")
    except OSError as error:
        raise MachineError(f"cannot write to {folder}: {error.strerror}") from None
    click.echo(f"{work}  {assignment.title}, {assignment.points:g} points")
    click.echo(f"Read {folder / 'README.md'}, write {work.name}, then: dlgrade check {assignment_id} {work}")


def _write_notebook(file: Path, lesson: Path, stub: Path, name: str) -> None:
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = [
        new_markdown_cell(lesson.read_text(encoding="utf-8")),
        new_code_cell(stub.read_text(encoding="utf-8")),
        new_code_cell(f"!dlgrade check {name} {file.name}"),
    ]
    for place, cell in enumerate(cells):
        cell["id"] = f"{name}-{place}"  # the same file every time; nbformat would draw ids
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), file)
