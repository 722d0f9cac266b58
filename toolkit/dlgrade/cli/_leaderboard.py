"""``dlgrade leaderboard``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlgrade.cli._gradebook_option import gradebook_option, policies, policy_option, to_read
from dlgrade.cli._shared import file_path
from dlgrade.errors import DlgradeError, UsageError
from dlgrade.neutral import visible

if TYPE_CHECKING:
    from dlgrade.course import Assignment, Profile
    from dlgrade.gradebook import Grade


@click.command("leaderboard")
@click.argument("assignment_id", metavar="ID")
@click.option("--html", "html_file", type=file_path(), metavar="FILE", help="Write the page here too.")
@click.option("--names", is_flag=True, help="Show ids instead of pseudonyms.")
@click.option("--public/--private", "public", default=True,
              help="Which half of the test images ranks: the public one until the end, then the private one "
                   "[default: public].")  # fmt: skip
@click.option(
    "--profile", type=click.Choice(["quick", "full"]), help="Whom to rank [default: full where there is any]."
)
@click.option("--mine", metavar="WHO", default="", help="Mark the line of this student.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@gradebook_option
@policy_option
@click.pass_context
def leaderboard(
    ctx: click.Context, assignment_id: str, html_file: Path | None, names: bool, public: bool, profile: Profile | None,
    mine: str, as_json: bool, gradebook: Path, policy_file: Path | None,
) -> None:  # fmt: skip
    """Rank the networks of a class by accuracy, then by fewer parameters.

    Students stand under pseudonyms, which are the same in every assignment of a gradebook. The attempt that counts for
    the grade is ranked; who is on the Pareto front of accuracy against parameters is marked.
    """
    from dlgrade import overview

    grades, title = _graded(ctx, assignment_id, gradebook, policy_file, mine)
    trained = [grade.who for grade in grades if grade.attempt is not None]
    file = overview.pseudonyms_file(gradebook)
    called = {who: who for who in trained} if names else overview.pseudonyms(trained, file)
    made = overview.board(
        assignment_id, grades, called, title=title, private=not public, profile=profile, mine=mine
    )  # fmt: skip
    if html_file is not None:
        overview.write_board(made, html_file)
    if as_json:
        click.echo(json.dumps(made.to_json(), indent=2))
        return
    overview.terminal(made)
    if html_file is not None:
        click.echo(f"page: {visible(str(html_file))}")


def _graded(
    ctx: click.Context, assignment_id: str, gradebook: Path, policy_file: Path | None, mine: str
) -> tuple[tuple[Grade, ...], str]:
    """Everyone's grade, and the assignment's title.

    Raises:
        UsageError: neither gradebook nor course knows the assignment, it trains no network, or the gradebook knows no
            student `mine`.
    """
    from dlgrade.gradebook import grades as graded

    assignment = _assignment(ctx, assignment_id)
    with to_read(gradebook) as book:
        if assignment is None and assignment_id not in book.ids():
            tried = ", ".join(map(visible, sorted(book.ids())))
            mend = f"There are: {tried}." if tried else "dlgrade grade fills it."
            raise UsageError(f"the gradebook holds no assignment {visible(assignment_id)}", mend)
        if assignment is not None and assignment.kind == "functions":
            mend = f"dlgrade grades show {assignment_id} shows its points."
            raise UsageError(f"{assignment_id} trains no network, so there is nothing to rank", mend)
        if mine:
            book.must_know(mine)
        found = graded(
            book,
            assignment_id,
            policy=policies(gradebook, policy_file)[assignment_id],
            max_points=assignment.points if assignment is not None else None,
        )
    return found, assignment.title if assignment is not None else ""


def _assignment(ctx: click.Context, name: str) -> Assignment | None:
    """The assignment where there is a course that has it: a gradebook can be read without its course."""
    from dlgrade.cli._shared import the_course

    try:
        course = the_course(ctx)
    except DlgradeError:
        return None
    return next((one for one in course.assignments if one.id == name), None)
