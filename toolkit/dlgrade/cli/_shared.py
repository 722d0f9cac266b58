"""What several commands need: the course, an assignment by id, progress on the terminal."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlgrade.errors import MachineError, UsageError

if TYPE_CHECKING:
    from dlgrade.course import Assignment, Course
    from dlgrade.grading._cases import Case
    from dlgrade.trainer import Progress


def the_course(ctx: click.Context) -> Course:
    """The course named on the command line, or the nearest one; an assignment in work stops no other."""
    from dlgrade.course import load_course

    return load_course(ctx.find_root().obj["course"], lenient=True)


def the_assignment(course: Course, name: str) -> Assignment:
    """An assignment by its id.

    Raises:
        UsageError: there is none; names the nearest.
        CourseError: it cannot be read.
    """
    if name in course.broken:
        raise course.broken[name]
    for assignment in course.assignments:
        if assignment.id == name:
            return assignment
    known = [assignment.id for assignment in course.assignments]
    near = difflib.get_close_matches(name, known, n=1)
    mend = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
    raise UsageError(f"there is no assignment {name}", mend)


def require_sandbox() -> None:
    """What grades other people's code wants a wall around it.

    Raises:
        MachineError: the sandbox does not hold on this machine.
    """
    from dlgrade import sandbox

    failed = sandbox.probe().failed
    if failed is not None:
        raise MachineError(
            f"the sandbox does not hold here ({failed.name}: {failed.says})",
            f"{failed.mend} dlgrade doctor says more; --unsafe-no-sandbox grades without it, and the report says so.",
        )


def clock(seconds: float) -> str:
    """``2:05`` for 125 seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class LiveProgress:
    """Progress of one grading on standard error: a bar on a terminal, a line per epoch elsewhere."""

    def __init__(self, title: str) -> None:
        """Nothing is shown before the first event."""
        self._title = title
        self._passed: list[str] = []
        self._bar: Any = None
        self._task: Any = None
        self._epoch = 0

    def case(self, case: Case) -> None:
        """A check was decided."""
        word = {"passed": "ok", "failed": "FAIL"}.get(case.verdict, case.verdict)
        self._passed.append(f"{word} {case.criterion}")
        if self._bar is None and sys.stderr.isatty():
            self._open()
        if self._bar is not None:
            self._bar.update(self._task, description=f"{self._title}  {self._passed[-1]}")

    def training(self, progress: Progress) -> None:
        """A batch was trained."""
        if self._bar is None and sys.stderr.isatty():
            self._open()
        last = progress.last
        so_far = f"  {100 * last.test_accuracy:.2f} %" if last else ""
        if self._bar is not None:
            text = f"{self._title}  epoch {progress.epoch} of {progress.epochs}{so_far}"
            self._bar.update(self._task, completed=progress.samples, total=progress.total_samples, description=text)
        elif last is not None and last.epoch > self._epoch:
            self._epoch = last.epoch
            click.echo(
                f"epoch {last.epoch} of {progress.epochs}: loss {last.train_loss:.4f}, test accuracy "
                f"{100 * last.test_accuracy:.2f} %, {clock(progress.seconds_left)} left",
                err=True,
            )

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task(self._title, total=None)

    def __enter__(self) -> LiveProgress:
        """Enter."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


def file_path(exists: bool = False) -> click.Path:
    """A click type for files."""
    return click.Path(exists=exists, dir_okay=False, path_type=Path)
