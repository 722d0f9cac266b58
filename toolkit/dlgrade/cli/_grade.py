"""``dlgrade grade``: a class in one command."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from dlgrade.cli._grade_progress import GradeProgress, say
from dlgrade.cli._gradebook_option import GRADEBOOK, gradebook_option, policies, policy_option
from dlgrade.cli._shared import file_path, require_sandbox, the_assignment, the_course
from dlgrade.errors import UsageError
from dlgrade.neutral import neutral

if TYPE_CHECKING:
    from dlgrade.batch import Summary
    from dlgrade.course import Profile
    from dlgrade.intake import Collection, Refused

_TOLD = 8  # of a list whose end stands on the index

_LAYOUTS = ("files", "folders", "nbgrader", "canvas", "moodle", "gradescope")


@click.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("-a", "--assignment", "assignment_id", metavar="ID", required=True, help="What was handed in.")
@click.option("--profile", type=click.Choice(["smoke", "quick", "full"]), default="full", show_default=True,
              help="smoke trains nothing, quick is the rehearsal, full is the mark.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1), help="Submissions at a time [default: a core each, as memory allows].")
@click.option("--engine", type=click.Choice(["local", "ray", "slurm"]), default="local", show_default=True,
              help="Where they are graded.")  # fmt: skip
@click.option("--slurm", "slurm", metavar="KEY=VALUE", multiple=True,
              help="A parameter for Slurm, such as partition=gpu; cluster=local tries it on this machine.")  # fmt: skip
@gradebook_option
@policy_option
@click.option("--roster", type=file_path(exists=True), metavar="CSV", help="The class list: who is missing, and names.")
@click.option("--layout", type=click.Choice(_LAYOUTS), help="What SUBMISSIONS is, where it is taken for another.")
@click.option("--student", metavar="WHO", help="Only this one.")
@click.option("--secret", "secret_file", type=file_path(exists=True), metavar="FILE",
              help="What dlgrade release drew the students' own constants from.")  # fmt: skip
@click.option("--to", "reports", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Folder for the pages [default: ID-reports].")  # fmt: skip
@click.option("--force", is_flag=True, help="Grade again what is unchanged.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True, help="Seeds every random draw.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto", show_default=True)
@click.option("--time-limit", type=click.FloatRange(1.0), metavar="SECONDS", help="For one submission, all in all.")
@click.option("--quiet", is_flag=True, help="No progress, only what came of it.")
@click.option("--unsafe-no-sandbox", "unsafe", is_flag=True,
              help="Grade although the sandbox does not hold here. Every report says so.")  # fmt: skip
@click.pass_context
def grade(
    ctx: click.Context, submissions: Path, assignment_id: str, profile: Profile, jobs: int | None,
    engine: Literal["local", "ray", "slurm"], slurm: tuple[str, ...], gradebook: Path, policy_file: Path | None,
    roster: Path | None, layout: str | None, student: str | None, secret_file: Path | None, reports: Path | None,
    force: bool, seed: int, device: str, time_limit: float | None, quiet: bool, unsafe: bool,
) -> int:  # fmt: skip
    """Grade what a class handed in: gradebook, a page for each student, an index.

    SUBMISSIONS is a folder of files or of folders by student, nbgrader's submitted folder, or a bulk download of
    Canvas, Moodle or Gradescope, as a zip or unpacked.

    Stopped at any moment, the same command goes on where it was. What is unchanged is not graded again.
    """
    from dlgrade import batch, intake
    from dlgrade.course import read_secret
    from dlgrade.gradebook import Gradebook

    assignment = the_assignment(the_course(ctx), assignment_id)
    secret = read_secret(secret_file) if secret_file is not None else None
    if assignment.choices and secret is None:
        say(
            f"{assignment.id} can differ from student to student; without --secret all are graded by the same constants"
        )
    options = batch.Options(
        profile=profile, seed=seed, device=device, engine=engine, jobs=jobs, force=force, time_limit=time_limit,
        isolation=_isolation(engine, unsafe), engine_settings=_settings(slurm),
    )  # fmt: skip
    policy = policies(gradebook, policy_file)[assignment.id]
    people = intake.read_roster(roster, say=say) if roster is not None else None
    place = batch.Workplace(assignment.id, reports or Path(f"{assignment.id}-reports"))
    with place, GradeProgress(quiet=quiet) as shown:
        collection = intake.collect(
            submissions, assignment.id, place.unpacked, roster=people, student=student, layout=layout
        )
        say(_found(collection))
        with Gradebook(gradebook) as book:
            try:
                summary = batch.grade_class(
                    assignment, collection, book, place, options=options, secret=secret, policy=policy,
                    on_event=shown.event,
                )  # fmt: skip
            except KeyboardInterrupt:
                shown.close()
                say("stopped; what was graded is kept, and the same command goes on with the rest")
                return 130
    _closing(assignment_id, summary, gradebook)
    return 3 if summary.held else 0


def _isolation(engine: str, unsafe: bool) -> Literal["required", "plain"]:
    if engine != "local":
        return "plain" if unsafe else "required"  # found out there, where it has to hold
    if unsafe:
        from dlgrade import sandbox

        return "required" if sandbox.probe().holds else "plain"
    require_sandbox()
    return "required"


def _settings(given: Sequence[str]) -> dict[str, str]:
    for one in given:
        if "=" not in one:
            raise UsageError(f"--slurm {one} is not KEY=VALUE", "Such as: --slurm partition=gpu --slurm mem_gb=4")
    return {key: value for key, _, value in (one.partition("=") for one in given)}


def _found(collection: Collection) -> str:
    told = [f"{len(collection.handed_in)} submissions ({collection.layout})"]
    told += [f"{len(collection.refused)} refused"] if collection.refused else []
    told += [f"{len(collection.missing)} of the roster missing"] if collection.missing else []
    return ", ".join(told)


# -- the end -----------------------------------------------------------------------------------------------------


def _closing(assignment_id: str, summary: Summary, gradebook: Path) -> None:
    rows = [("graded now", str(summary.graded)), ("unchanged", str(summary.unchanged))]
    if summary.trained or summary.shared:
        shared = f", {summary.shared} more found the same one done" if summary.shared else ""
        rows.append(("trainings", f"{summary.trained}{shared}"))
    rows += [
        ("missing", str(summary.missing)),
        ("refused", str(len(summary.refused))),
        ("in review", _few(summary.review)),
        ("held as error", _few(summary.held)),
    ]
    if summary.in_cells or summary.why_no_cells:
        others = f"; others in processes of their own: {neutral(summary.why_no_cells)}" if summary.why_no_cells else ""
        rows.append(("sandbox", f"{summary.in_cells} in cells{others}"))
    if summary.median is not None:
        rows.append(("median", f"{summary.median:g} of {summary.max:g} points"))
    rows.append(("pages", f"{neutral(str(summary.reports))}/  (index.html is the instructor's)"))
    say(to="out")
    for name, says in rows:
        say(f"  {name:<14}{says}", to="out")
    for refused in summary.refused[:_TOLD]:
        say(f"  refused: {_refused(refused)}", to="out")
    if summary.held:
        say("  Held ones cost nobody a point; the same command tries them again.", to="out")
    book = "" if gradebook == GRADEBOOK else f" --gradebook {shlex.quote(str(gradebook))}"
    say(f"\n  next: dlgrade grades show {assignment_id}{book}", to="out")
    say(f"        dlgrade grades export {assignment_id} --format csv{book}", to="out")


def _few(who: Sequence[str]) -> str:
    if not who:
        return "0"
    more = f" and {len(who) - _TOLD} more" if len(who) > _TOLD else ""
    return f"{len(who)}: {', '.join(neutral(one, 40) for one in who[:_TOLD])}{more}"


def _refused(refused: Refused) -> str:
    who = f"{neutral(refused.who, 40)}, " if refused.who else ""
    return f"{who}{neutral(refused.origin, 60)}: {neutral(refused.what)} {neutral(refused.mend)}".rstrip()
