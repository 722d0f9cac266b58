"""Runs programs whose gaps a learner filled, in the sandboxed worker, as a submission.

Promises: nothing of a program runs in this process; one that loops for ever, ends its process or takes too much memory
is stopped and named, and the next one runs in a fresh worker. Where the machine has no sandbox the worker is a plain
process with limits, and `Bench.isolation` says so.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlgrade import submission
from dlgrade.student import Patience, Student, StudentError

_SECONDS = 10.0  # that one program may take
_START_SECONDS = 180.0  # importing torch on a machine that has much else to do
_LIFE = 24 * 3600.0
_TORCH = re.compile(r"\b(torch|nn|F)\b")
_INSIDE = Path(__file__).with_name("_inside.py")


@dataclass(frozen=True)
class Outcome:
    """What came of a program.

    Attributes:
        fault: why it stopped; empty where it came to its end.
        line: where, from 1; 0 where that is not known.
        left: the names that it left behind, and what was under them, in words.
    """

    printed: str = ""
    fault: str = ""
    line: int = 0
    left: tuple[tuple[str, str], ...] = ()


class Bench:
    """A worker for programs; a context manager that leaves no process behind.

    Args:
        shape: of one input to the networks that programs define.
        seconds: wall time that one program may take.
    """

    def __init__(self, shape: Sequence[int] = (1, 28, 28), seconds: float = _SECONDS) -> None:
        """Starts nothing; the worker comes with the first program."""
        self._shape, self._seconds = list(shape), seconds
        self._has_torch = False
        self._probe = _INSIDE.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory(prefix="dlgrade-drill-") as folder:
            empty = Path(folder) / "drill.py"
            empty.write_text("def drill():\n    pass\n", encoding="utf-8")
            read = submission.read(empty)
        self._student = Student(read, patience=Patience(load=_START_SECONDS, life=_LIFE))

    def __enter__(self) -> Bench:
        """Enter."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker."""
        self._student.close()

    @property
    def isolation(self) -> str:
        """What holds the worker: ``bubblewrap`` or ``plain``; empty before the first program."""
        return self._student.isolation

    def run(self, code: str, after: str = "") -> Outcome:
        """Run a program, and then `after` with what it left.

        Raises:
            MachineError: the worker cannot be started here.
        """
        try:
            self._warm(code + after)
            told = self._asked(code, after, self._seconds)
        except StudentError as error:
            return Outcome(fault=error.problem.what.replace("the call", "it"))
        return _checked(told)

    def _warm(self, code: str) -> None:
        """Start the worker, and import torch where the program wants it: that is not the program's time."""
        if not self._student.running:
            self._has_torch = False
            self._asked("", "", _START_SECONDS)
        if not self._has_torch and _TORCH.search(code):
            self._asked("import torch", "", _START_SECONDS)
            self._has_torch = True

    def _asked(self, code: str, after: str, seconds: float) -> Any:
        arguments = [code, after, self._shape]
        return self._student.called("drill", arguments, arrays="torch", seconds=seconds, through=self._probe)[0]


def _checked(told: Any) -> Outcome:
    """What arrived is a claim of the process in which the learner's text ran: it is taken only in the agreed form."""
    if isinstance(told, dict):
        printed, fault, line, left = (told.get(key) for key in ("printed", "fault", "line", "left"))
        if isinstance(printed, str) and isinstance(fault, str) and type(line) is int and isinstance(left, dict):
            names = tuple((str(name), str(text)) for name, text in left.items())
            return Outcome(printed[:20_000], fault[:500], line, names)
    return Outcome(fault="its process gave an answer that is not one")
