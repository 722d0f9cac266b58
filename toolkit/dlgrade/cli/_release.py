"""``dlgrade release``."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlgrade.cli._shared import file_path, the_assignment, the_course
from dlgrade.errors import MachineError, UsageError

if TYPE_CHECKING:
    from dlgrade.course import Assignment, Course

_SECRET = "dlgrade-secret"  # noqa: S105 - the name of a file
_SHARED = ("flashcards", "quizzes/misconceptions.yaml")


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to make.")
@click.option("--roster", type=file_path(exists=True), help="CSV of students: a folder for each, with their constants.")
@click.option("--secret", "secret_file", type=file_path(),
              help=f"What the constants are drawn from [default: {_SECRET} here, made if missing].")  # fmt: skip
@click.option("--zip", "zipped", is_flag=True, help="Write zip files instead of folders.")
@click.pass_context
def release(
    ctx: click.Context, ids: tuple[str, ...], folder: Path, roster: Path | None, secret_file: Path | None, zipped: bool
) -> None:
    """Write what students get: lessons, stubs and public checks, nothing of the graders.

    With a roster each student gets a folder with constants of their own, where an assignment draws any; grade with
    the same secret. Without one there is one folder for all.
    """
    course = the_course(ctx)
    chosen = [the_assignment(course, name) for name in ids]
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", "Nothing was written. Name a new folder with --to.")
    people = _people(roster) if roster is not None else ()
    try:
        if not people:
            _write(course, chosen, folder, zipped)
        elif any(assignment.choices for assignment in chosen):
            secret = _secret(secret_file or Path(_SECRET))
            for who in people:
                from dlgrade.course import varied

                _write(course, [varied(one, secret, who) for one in chosen], folder / who, zipped)
        else:
            for who in people:
                _write(course, chosen, folder / who, zipped)
    except OSError as error:
        raise MachineError(f"cannot write to {folder}: {error.strerror}") from None
    count = f"{len(people)} students" if people else "everybody"
    click.echo(f"{folder}: {', '.join(one.id for one in chosen)} for {count}")
    if people and any(assignment.choices for assignment in chosen):
        click.echo(
            f"Grade with the same secret: dlgrade grade ... --secret {secret_file or _SECRET}; keep it to yourself."
        )


def _people(roster: Path) -> Sequence[str]:
    from dlgrade.intake import read_roster

    return [person.who for person in read_roster(roster)]


def _secret(file: Path) -> bytes:
    from dlgrade.course import read_secret

    if not file.exists():
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        click.echo(f"made the secret {file}; whoever has it knows everybody's constants", err=True)
    return read_secret(file)


def _write(course: Course, assignments: Sequence[Assignment], folder: Path, zipped: bool) -> None:
    """One course folder that holds these assignments alone; a zip of it in its place."""
    from dlgrade.course import student_files

    for assignment in assignments:
        for name, content in student_files(assignment):
            target = folder / "assignments" / assignment.id / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    for shared in _SHARED:
        source = course.root / shared
        if source.is_dir():
            shutil.copytree(source, folder / shared)
        elif source.is_file():
            (folder / shared).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / shared)
    (folder / "course.yaml").write_text(_course_yaml(course, assignments), encoding="utf-8")
    (folder / "README.md").write_text(_readme(course, assignments), encoding="utf-8")
    if zipped:
        shutil.make_archive(str(folder), "zip", folder)
        shutil.rmtree(folder)


def _course_yaml(course: Course, assignments: Sequence[Assignment]) -> str:
    """The course's own file with the tracks that are handed out; its metrics name assignments that may be missing."""
    import yaml

    used = {assignment.track for assignment in assignments}
    tracks = {key: says for key, says in course.tracks.items() if key in used}
    text: str = yaml.safe_dump({"title": course.title, "tracks": tracks}, allow_unicode=True, sort_keys=False)
    return text


def _readme(course: Course, assignments: Sequence[Assignment]) -> str:
    rows = "\n".join(f"- `{one.id}`  {one.title}, {one.points:g} points" for one in assignments)
    first = assignments[0].id
    return (
        f"# {course.title}\n\n{rows}\n\nIn this folder, with dlgrade installed:\n\n"
        f"    dlgrade start {first} --to work\n    dlgrade check {first} work/{first}.py\n"
    )
