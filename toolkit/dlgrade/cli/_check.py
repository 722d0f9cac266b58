"""``dlgrade check``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlgrade.cli._last_report import keep, kept
from dlgrade.cli._shared import LiveProgress, file_path, require_sandbox, the_assignment, the_course
from dlgrade.errors import SubmissionError, UsageError

if TYPE_CHECKING:
    from dlgrade.course import Assignment, Course, Profile, Report
    from dlgrade.report import Step


@click.command()
@click.argument("assignment_id", metavar="ID")
@click.argument("submission", required=False, type=click.Path(path_type=Path))
@click.option("--profile", type=click.Choice(["smoke", "quick", "full"]),
              help="smoke: seconds, no training; quick: 12,000 images, 4 epochs; full: the mark. "
                   "Default: quick on a CPU, full on a GPU.")  # fmt: skip
@click.option("--class", "class_name", metavar="NAME", help="The class to grade, where the file has several.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto", show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True, help="Seeds every random draw.")
@click.option("--all", "train_anyway", is_flag=True, help="Train although something cheap failed.")
@click.option("--json", "json_file", type=file_path(), help="Write the report as JSON (- for standard output).")
@click.option("--html", "html_file", type=file_path(), help="Where to write the HTML report [default: ID-report.html].")
@click.option("--no-html", is_flag=True, help="Write no HTML report.")
@click.option("--instructor", is_flag=True, help="Show what hidden graders saw, not for students; wants the sandbox.")
@click.option("--unsafe-no-sandbox", "unsafe", is_flag=True,
              help="With --instructor: grade although the sandbox does not hold here. The report says so.")  # fmt: skip
@click.option("--student", metavar="WHO", help="With --secret: measure with this student's constants.")
@click.option("--secret", "secret_file", type=file_path(exists=True), help="The secret that dlgrade release drew from.")
@click.pass_context
def check(
    ctx: click.Context, assignment_id: str, submission: Path | None, profile: Profile | None, class_name: str | None,
    device: str, seed: int, train_anyway: bool, json_file: Path | None, html_file: Path | None, no_html: bool,
    instructor: bool, unsafe: bool, student: str | None, secret_file: Path | None,
) -> int:  # fmt: skip
    """Measure your network and say, criterion by criterion, what holds.

    SUBMISSION is a .py, an .ipynb, a folder or a zip; without it ID.py, ID.ipynb or the folder ID here is
    taken.
    """
    course = the_course(ctx)
    assignment = _for_student(the_assignment(course, assignment_id), student, secret_file)
    if instructor and not unsafe:
        require_sandbox()
    path = submission or _found_here(assignment_id)
    report = _graded(assignment, path, profile, class_name, device, seed, train_anyway)
    html_path = None if no_html else html_file or Path(f"{assignment_id}-report.html")
    _written(report, json_file, html_path, instructor, _steps_before(course, assignment))
    keep(assignment.id, _plain(report, instructor=False))
    from dlgrade.grading import exit_code

    return 1 if report.problem else exit_code(result.verdict for result in report.criteria)


def _for_student(assignment: Assignment, student: str | None, secret_file: Path | None) -> Assignment:
    if student is None and secret_file is None:
        return assignment
    if student is None or secret_file is None:
        raise UsageError("--student and --secret go together", "Name the student, and the secret of dlgrade release.")
    from dlgrade.course import read_secret, varied

    return varied(assignment, read_secret(secret_file), student)


def _found_here(name: str) -> Path:
    for candidate in (Path(f"{name}.py"), Path(f"{name}.ipynb"), Path(name)):
        if candidate.exists():
            return candidate
    raise UsageError(f"there is no {name}.py, {name}.ipynb or folder {name} here",
                     f"Name your file: dlgrade check {name} FILE, or begin with: dlgrade start {name}")  # fmt: skip


def _graded(
    assignment: Assignment, path: Path, profile: Profile | None, class_name: str | None, device: str, seed: int,
    train_anyway: bool,
) -> Report:  # fmt: skip
    from dlgrade import grading

    if not path.exists():
        raise UsageError(f"there is no {path}", "Check the name, or leave it out to take the file of that name here.")
    try:
        read = grading.read_submission(assignment, path, beside=True)
    except SubmissionError as error:
        return grading.unreadable(assignment, path, error, profile, seed, device)
    with LiveProgress(assignment.id) as live:
        outcome = grading.grade(
            assignment, read, profile=profile, class_name=class_name, seed=seed, device=device,
            train_anyway=train_anyway, on_progress=live.training, on_case=live.case,
            before=kept(assignment.follows.assignment) if assignment.follows else None,
        )  # fmt: skip
    return outcome.report


def _steps_before(course: Course, assignment: Assignment) -> list[Step]:
    """The steps of this track that come before, as far as there are reports of them on this machine."""
    from dlgrade.report import step_of

    before = [one for one in course.assignments if one.track == assignment.track and one.order < assignment.order]
    found = [step_of(plain) for one in before if one.kind != "functions" and (plain := kept(one.id)) is not None]
    return [step for step in found if step is not None]


def _written(
    report: Report, json_file: Path | None, html_path: Path | None, instructor: bool, steps: Sequence[Step]
) -> None:
    from dlgrade import report as rendering

    if html_path is not None:
        try:
            rendering.write_html(report, html_path, instructor=instructor, steps=steps)
        except OSError as error:
            click.echo(f"the HTML report could not be written: {error.strerror}: {html_path}", err=True)
            html_path = None
    if json_file is not None:
        text = json.dumps(_plain(report, instructor), indent=2) + "\n"
        if str(json_file) == "-":
            click.echo(text, nl=False)
            return
        json_file.write_text(text, encoding="utf-8")
    rendering.terminal(report, html_path=str(html_path) if html_path else None, instructor=instructor)


def _plain(report: Report, instructor: bool) -> dict[str, Any]:
    plain = report.to_json()
    if not instructor:
        for result in plain["criteria"]:
            del result["detail"]
    return plain
