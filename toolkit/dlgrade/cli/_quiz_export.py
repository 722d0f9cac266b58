"""``dlgrade quiz export``: quizzes for Moodle, Canvas, QTI, nbgrader, Anki and the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlgrade.neutral import visible

if TYPE_CHECKING:
    from dlgrade.exports import Exported


@click.command("export")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--format", "form", metavar="FORMAT", required=True,
              help="html, moodle, gift, qti12 (Canvas), qti21, notebook (nbgrader) or anki.")  # fmt: skip
@click.option("-o", "--output", "file", metavar="FILE", required=True, help="File to write; - for standard output.")
@click.option("--instances", type=click.IntRange(1, 200), metavar="N",
              help="Draws of each question with drawn values [default: 5; notebook and anki 1].")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**31), metavar="N", default=0, show_default=True,
              help="Decides the draws and the order of the options.")  # fmt: skip
@click.pass_context
def export_command(
    ctx: click.Context, ids: tuple[str, ...], form: str, file: str, instances: int | None, seed: int
) -> None:
    """Write quizzes for other programs: those named by ID, or all.

    The same banks, options and seed give the same file, and questions keep their ids.
    """
    from dlgrade.course import find_course
    from dlgrade.exports import export

    root = find_course(ctx.find_root().obj["course"])
    done = export(root, ids, form, None if file == "-" else Path(file), instances=instances, seed=seed)
    for name, why in done.left_out.items():
        click.echo(f"{visible(name)}: left out: {why}", err=True)
    for name, change in done.changed.items():
        click.echo(f"{visible(name)}: {change}", err=True)
    click.echo(_summary(done), err=True)


def _summary(done: Exported) -> str:
    questions = f"{done.questions} question{'' if done.questions == 1 else 's'}"
    each = f"{done.instances} instance{'' if done.instances == 1 else 's'} each"
    drawn = f" ({done.drawn} drawn, {each})" if done.drawn else ""
    behind = f", {len(done.left_out)} left out" if done.left_out else ""
    return f"wrote {visible(str(done.file)) if done.file else 'standard output'}: {questions}{drawn}{behind}"
