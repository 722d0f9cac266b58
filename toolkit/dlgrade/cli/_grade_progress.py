"""How far a class is, on standard error: a bar on a terminal, a line for each submission elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Literal

import click

from dlgrade.cli._shared import clock
from dlgrade.neutral import encodable, neutral

if TYPE_CHECKING:
    from dlgrade.batch import Event, State

_NAME = 32


def say(text: str = "", *, to: Literal["out", "err"] = "err") -> None:
    """A line in characters that the stream has."""
    stream = sys.stdout if to == "out" else sys.stderr
    click.echo(encodable(text, getattr(stream, "encoding", None) or "utf-8"), err=to == "err")


class GradeProgress:
    """Shows the events of a class; a context manager that takes its bar away."""

    def __init__(self, *, quiet: bool) -> None:
        """Nothing is shown before the first event."""
        self._quiet = quiet
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> GradeProgress:
        """Enter."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        self.close()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def event(self, event: Event) -> None:
        """Something happened."""
        if event.what == "begin":
            say(neutral(event.says))
            if event.state.total and not self._quiet and sys.stderr.isatty():
                self._open(event.state.total)
        elif self._bar is not None:
            last = f"{neutral(event.who, _NAME)}: {neutral(event.says, 70)}"
            left = event.state.seconds_left
            until = time.monotonic() + left if left is not None and event.state.graded < event.state.total else None
            self._bar.update(
                self._task, completed=event.state.graded, says=_counts(event.state), until=until, last=last
            )
        elif not self._quiet and event.what != "waits":
            self._line(event)

    def _line(self, event: Event) -> None:
        left = _left(event.state.seconds_left if event.state.graded < event.state.total else None)
        tail = f"  [{event.seconds:.1f} s{', ' + left if left else ''}]"
        number = f"{event.state.graded:>{len(str(event.state.total))}} of {event.state.total}"
        say(f"{number}  {neutral(event.who, _NAME)}  {neutral(event.says)}{tail}")

    def _open(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed
        from rich.text import Text

        class Left(ProgressColumn):
            """Counts down from what was last guessed."""

            def render(self, task: Task) -> Text:
                until = task.fields["until"]
                return Text(_left(None if until is None else max(0.0, until - time.monotonic())))

        texts = [TextColumn(f"{{task.fields[{name}]}}", markup=False) for name in ("says", "last")]
        self._bar = Progress(
            MofNCompleteColumn(), BarColumn(bar_width=24), Elapsed(), Left(), *texts,
            console=Console(stderr=True), transient=True, refresh_per_second=4,
        )  # fmt: skip
        self._bar.start()
        self._task = self._bar.add_task("", total=total, says="", until=None, last="")


def _counts(state: State) -> str:
    return f"{state.waiting} to train" if state.waiting else ""


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 3600:
        return f"{clock(seconds)} left"
    return f"{int(seconds) // 3600} h {int(seconds) % 3600 // 60} min left"
