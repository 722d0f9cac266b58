"""``dlgrade new`` and ``dlgrade prove``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlgrade.cli._shared import the_assignment, the_course
from dlgrade.errors import UsageError

if TYPE_CHECKING:
    from dlgrade.course import Assignment, Profile
    from dlgrade.proof import Proof, Seen


@click.command()
@click.argument("assignment_id", metavar="ID")
@click.option("--title", default="A small network", show_default=True)
@click.option("--track", help="Track of course.yaml [default: its first].")
@click.pass_context
def new(ctx: click.Context, assignment_id: str, title: str, track: str | None) -> None:
    """Write a complete small assignment to change: stub, lesson, checks, graders, mutants.

    What it writes can be proven at once.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from dlgrade.course import find_course, load_course

    if not re.fullmatch(r"[a-z][a-z0-9_-]*", assignment_id):
        raise UsageError(
            f"{assignment_id} cannot be an id",
            "Use lower-case letters, digits, - and _, starting with a letter.",
        )
    root = find_course(ctx.find_root().obj["course"])
    course = load_course(root)
    track = track or next(iter(course.tracks))
    if track not in course.tracks:
        raise UsageError(f"course.yaml has no track {track}", f"Known: {', '.join(course.tracks)}.")
    folder, graders = root / "assignments" / assignment_id, root / "graders" / assignment_id
    for present in (folder, graders):
        if present.exists():
            raise UsageError(f"{present} is already there", "Nothing was changed.")
    order = max((a.order for a in course.assignments if a.track == track), default=0) + 1
    environment = Environment(  # noqa: S701 - writes Python and YAML, where HTML escapes would be wrong
        loader=PackageLoader("dlgrade.cli", "templates"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    for name in sorted(environment.list_templates(extensions=["j2"])):
        text = environment.get_template(name).render(id=assignment_id, title=title, track=track, order=f"{order:g}")
        target = root / name.removesuffix(".j2").replace("ID", assignment_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        click.echo(f"wrote {target.relative_to(root)}")
    click.echo(f"Next: dlgrade prove {assignment_id}")


@click.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--check",
    "check_only",
    is_flag=True,
    help="Say whether the recorded proofs are of today's files; where not, only a smoke run is made.",
)
@click.option("--seeds", type=click.IntRange(1, 20), default=3, show_default=True, help="Runs of the reference.")
@click.option("--profile", type=click.Choice(["smoke", "quick", "full"]), default="quick", show_default=True)
@click.option("--jobs", type=click.IntRange(1), help="Processes [default: one per core].")
@click.option(
    "--only",
    metavar="NAME",
    multiple=True,
    help="Measure this mutant alone, or stub, reference, stranger, mutant; writes no proof. May be repeated.",
)
@click.pass_context
def prove(
    ctx: click.Context, ids: tuple[str, ...], check_only: bool, seeds: int, profile: Profile, jobs: int | None,
    only: tuple[str, ...],
) -> int:  # fmt: skip
    """Show that graders are right: stub 0, reference full marks, each mutant fails what it names.

    Without ID all assignments of the course are proven. Run again after Ctrl-C, it does no finished training twice. At
    full only the reference is trained, for the margins of its thresholds.
    """
    if check_only and only:
        raise UsageError("--check measures nothing", "Leave out --check, or --only.")
    course = the_course(ctx)
    chosen = [the_assignment(course, name) for name in ids] or [a for a in course.assignments if a.graders is not None]
    if not ids:
        _refuse_strays(course.root)
    bad = 0
    for name, wrong in course.broken.items() if not ids else ():
        click.echo(f"{'NOT PROVEN':<10}  {name}\n  {wrong}")
        bad += 1
    stale = []
    for assignment in chosen:
        errors = _checked(assignment) if check_only else _proven(assignment, seeds, profile, jobs, only)
        bad += bool(errors)
        stale += [assignment] if errors else []
        for error in errors:
            click.echo(f"  {error}")
    for assignment in stale if check_only else ():
        _smoke(assignment, jobs)
    return 1 if bad else 0


def _smoke(assignment: Assignment, jobs: int | None) -> None:
    """What can be said of a grader in seconds: all but what a training shows."""
    from dlgrade import proof

    found = proof.prove(assignment, profile="smoke", seeds=1, jobs=jobs, keep=False)
    click.echo(f"{'at smoke it holds' if found.holds else 'BROKEN'}  {assignment.id}")
    for error in found.errors:
        click.echo(f"  {error}")


def _refuse_strays(root: Path) -> None:
    """A grader without an assignment is forgotten work, or a leak waiting to happen."""
    known = {folder.name for folder in (root / "assignments").iterdir() if folder.is_dir()}
    for folder in sorted((root / "graders").iterdir()) if (root / "graders").is_dir() else []:
        if folder.is_dir() and folder.name not in known and not folder.name.startswith((".", "_")):
            raise UsageError(
                f"graders/{folder.name} belongs to no assignment",
                f"Add assignments/{folder.name}, or remove it.",
            )


def _checked(assignment: Assignment) -> list[str]:
    from dlgrade.proof import check_proof

    errors = check_proof(assignment)
    click.echo(f"{'NOT PROVEN' if errors else 'proven':<10}  {assignment.id}")
    return errors


def _proven(assignment: Assignment, seeds: int, profile: Profile, jobs: int | None, only: tuple[str, ...]) -> list[str]:
    from dlgrade import proof as proofs

    how = f", {profile}" if assignment.kind != "functions" else ""  # those know one profile
    click.echo(f"{assignment.id}  {assignment.title}{how}")
    count = 0

    def seen(one: Seen, total: int) -> None:
        nonlocal count
        count += 1
        click.echo(f"  {count:>2} of {total}  {_outcome(one)}")

    proof = proofs.prove(assignment, profile=profile, seeds=seeds, jobs=jobs, on_seen=seen, only=only)
    _print_margins(proof)
    if only:
        return proof.errors
    said = "NOT PROVEN" if not proof.holds else "proven" if proof.whole else f"holds as far as {profile} shows"
    click.echo(f"{said:<10}  {assignment.id}")
    return proof.errors


def _outcome(one: Seen) -> str:
    subject = one.subject
    if one.trouble:
        return f"{subject.name}: {one.trouble}"
    if subject.kind == "mutant":
        where = "" if one.public_failed else " (hidden graders only)"
        return f"{subject.name} fails {', '.join(sorted(one.failed)) or 'nothing'}{where}"
    accuracies = ", ".join(f"{name} {100 * value:.2f} %" for name, value in one.accuracies.items())
    return f"{subject.name}: {one.score:g} points{', ' + accuracies if accuracies else ''}"


def _print_margins(proof: Proof) -> None:
    for name, margin in proof.margins.items():
        last, bound = ("highest", "ceiling") if "ceiling" in margin else ("lowest", "floor")
        farthest = margin["maximum" if bound == "ceiling" else "minimum"]
        click.echo(
            f"  {name}: wanted {100 * margin['wanted']:.2f} %, reference {100 * margin['mean']:.2f} ± "
            f"{100 * margin['std']:.2f} %, {last} {100 * farthest:.2f} %, {bound} {100 * margin[bound]:.2f} %"
            f"{', fixed by the course' if margin.get('fixed') else ''}"
        )
