"""``dlgrade data``: get, list and verify the data sets.

Results go to the standard output, one line each and without colour; progress goes to the standard error, as a
bar on a terminal and as plain lines elsewhere. Errors are raised; the caller turns them into exit codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dlgrade.data import FileState, Progress

_DEFAULT = "mnist"
_NOT_FINE = 3


@click.group("data")
def data() -> None:
    """Get, list and verify data sets."""


@data.command("get")
@click.argument("names", metavar="[NAME]...", nargs=-1)
def get_command(names: tuple[str, ...]) -> None:
    """Fetch and verify data sets.

    Fetches mnist unless a NAME is given. Asks the network only for files that are absent or wrong, and
    prints the folder of each data set. A wrong file is named before it is replaced.
    """
    from dlgrade import data as data_sets

    for name in names or (_DEFAULT,):
        with _shown(name) as progress:
            folder = data_sets.get(name, progress=progress)
        click.echo(f"{name}: {folder}")


@data.command("list")
def list_command() -> None:
    """List data sets with size and state.

    One line each: name, images (training + test), size on disk, state (present, partial, absent or wrong)
    and folder.
    """
    from dlgrade import data as data_sets

    for known in data_sets.available():
        states = data_sets.verify(known.name)
        images = f"{known.train_images:,} + {known.test_images:,}"
        size = f"{known.size / 1e6:.1f} MB"
        click.echo(f"{known.name:<14} {images:>16} {size:>8}  {_state(states):<8} {states[0].path.parent}")


@data.command("verify")
@click.argument("names", metavar="[NAME]...", nargs=-1)
def verify_command(names: tuple[str, ...]) -> None:
    """Verify the checksum of every file.

    One line per file; the exit code is 3 unless all are right. Without a NAME: the data sets that are here,
    or mnist where there are none.
    """
    import sys

    from dlgrade import data as data_sets

    chosen = names or tuple(known.name for known in data_sets.available())
    found = {name: data_sets.verify(name) for name in chosen}
    if not names:
        here = {name: states for name, states in found.items() if _state(states) != "absent"}
        found = here or {_DEFAULT: found[_DEFAULT]}
    for state in (state for states in found.values() for state in states):
        click.echo(f"{state.state:<8} {state.path}" + (f"  {state.why}" if state.why else ""))
    bad = [name for name, states in found.items() if _state(states) != "present"]
    if bad:
        click.echo(f"mend: dlgrade data get {' '.join(bad)}", err=True)
        sys.exit(_NOT_FINE)


def _state(states: tuple[FileState, ...]) -> str:
    """One word for all files: ``wrong`` where one is, ``partial`` where some are absent."""
    kinds = {state.state for state in states}
    if "wrong" in kinds:
        return "wrong"
    return next(iter(kinds)) if len(kinds) == 1 else "partial"


@contextmanager
def _shown(name: str) -> Iterator[Callable[[Progress], None]]:
    """Something to give to `get` as `progress`; shows a bar on a terminal, a line per step elsewhere."""
    import sys

    if sys.stderr.isatty():
        with _bar(name) as show:
            yield show
        return
    last = ""

    def tell(step: Progress) -> None:
        nonlocal last
        if step.says != last:
            last = step.says
            click.echo(f"{name}: {step.says}", err=True)

    yield tell


@contextmanager
def _bar(name: str) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    # markup=False: what a source says is text, whatever brackets are in it.
    text = TextColumn("{task.description}", markup=False)
    console = Console(stderr=True)
    with Bars(text, BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=console, transient=True) as bars:
        task = bars.add_task(name, total=None, visible=False)

        def show(step: Progress) -> None:
            if step.notice:
                console.print(f"{name}: {step.says}", markup=False, highlight=False)
            bars.update(task, description=step.says, completed=step.done, total=step.total, visible=True)

        yield show
