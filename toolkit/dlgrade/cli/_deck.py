"""``dlgrade deck``: list, build and export decks of flashcards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlgrade.cli._last_report import failed_criteria
from dlgrade.cli._shared import file_path, the_assignment, the_course
from dlgrade.errors import UsageError
from dlgrade.neutral import visible

if TYPE_CHECKING:
    from dlgrade.course import Assignment


@click.group("deck")
def deck() -> None:
    """Export flashcards for Anki; build and check decks."""


@deck.command("list")
@click.pass_context
def list_command(ctx: click.Context) -> None:
    """Show the decks of the course, in their order."""
    from dlgrade.course import find_course
    from dlgrade.deck import load_decks

    decks = load_decks(find_course(ctx.find_root().obj["course"]) / "flashcards")
    width = max((len(one.id) for one in decks), default=0)
    for one in decks:
        click.echo(f"{one.id:<{width}}  {len(one.cards):>3} cards  {visible(one.title)}")
    if not decks:
        click.echo("no decks yet")


@deck.command("build")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.pass_context
def build_command(ctx: click.Context, ids: tuple[str, ...]) -> int:
    """Check decks against the machine: numbers, code, figures, references.

    Without ID all decks of the course are checked, and what leads to them. Every complaint names file and line; the
    exit code is 2 where there is one.
    """
    from dlgrade.course import find_course
    from dlgrade.deck import Built, build

    def told(one: Built) -> None:
        state = f"{len(one.faults)} wrong" if one.faults else "ok"
        click.echo(
            f"{state:<8}  {visible(one.id):<18}  {one.cards:>3} cards, {one.checked:>3} computed, {one.ran:>3} run, "
            f"{one.drawn:>2} drawn, {one.seconds:.1f} s"
        )

    faults = build(find_course(ctx.find_root().obj["course"]), ids, on_built=told)
    for fault in faults:
        click.echo("\n".join(map(visible, str(fault).split("\n"))), err=True)
    return 2 if faults else 0


@deck.command("export")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("-o", "--output", "file", type=file_path(), help="File to write [default: named by what is in it].")
@click.option("--failed", metavar="ID", multiple=True,
              help="The cards of what failed in your last check of this assignment, tagged by criterion.")  # fmt: skip
@click.option("--card", "cards", metavar="ID", multiple=True, help="This card.")
@click.option("--tsv", is_flag=True, help="Write a table with tabs instead of a package.")
@click.pass_context
def export_command(
    ctx: click.Context, ids: tuple[str, ...], file: Path | None, failed: tuple[str, ...], cards: tuple[str, ...],
    tsv: bool,
) -> None:  # fmt: skip
    """Write flashcards for Anki: decks by ID, or single cards, or all.

    Import the file in Anki with File > Import, again whenever you like: your reviews stay, and only what is new or
    changed is taken over.
    """
    from dlgrade.deck import Choice, export

    course = the_course(ctx)
    chosen: dict[str, tuple[str, ...]] = dict.fromkeys(cards, ())
    for name in failed:
        for key, tags in _failed_cards(the_assignment(course, name)).items():
            chosen[key] = (*chosen.get(key, ()), *tags)
    suffix = ".tsv" if tsv else ".apkg"
    file = file or Path(_name(ids, failed, cards) + suffix)
    if file.suffix.lower() != suffix:
        raise UsageError(f"{file} does not end in {suffix}", f"Anki goes by the ending; write {file.name}{suffix}.")
    done = export(course.root, Choice(ids, chosen), file, tsv=tsv)
    pictures = f", {done.pictures} pictures" if done.pictures else ""
    decks = "1 deck" if done.decks == 1 else f"{done.decks} decks"
    click.echo(f"{file}: {done.notes} {'card' if done.notes == 1 else 'cards'} in {decks}{pictures}")


def _failed_cards(assignment: Assignment) -> dict[str, tuple[str, ...]]:
    """The cards of what failed last, each with the tags that say what it was."""
    found: dict[str, tuple[str, ...]] = {}
    for name, betrayed in failed_criteria(assignment.id).items():
        known = [one for one in assignment.criteria if one.id == name]
        for key in dict.fromkeys([*betrayed, *(known[0].cards if known else ())]):
            found[key] = (*found.get(key, ()), f"failed::{assignment.id}::{name}")
    if not found:
        what = f"no cards belong to what failed in {assignment.id}"
        raise UsageError(what, "Export a whole deck instead: dlgrade deck list, dlgrade deck export ID")
    return found


def _name(ids: tuple[str, ...], failed: tuple[str, ...], cards: tuple[str, ...]) -> str:
    if failed:
        return f"{'-'.join(failed)}-failed"
    return ids[0] if len(ids) == 1 and not cards else "cards"
