"""The asking side: start the process, hand it jobs, stop it when one takes too long."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from dlgrade.errors import MachineError

_START_SECONDS = 300.0  # importing torch on a machine that has much else to do
_PROGRAM = Path(__file__).with_name("_child.py")


@dataclass(frozen=True)
class Ran:
    """What came of one run: what was printed, and the value of the name that was asked for."""

    printed: str
    value: Any = None


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Attributes:
        runs: the runs before the first that failed.
        fault: why that one failed; empty where none did.
        line: the line of the program, from 1, where it failed; None where that is not known.
    """

    runs: tuple[Ran, ...]
    fault: str = ""
    line: int | None = None
    seconds: float = 0.0


@dataclass
class Snippets:
    """Runs programs; a context manager that ends the process it started.

    Args:
        seconds: how long one job may take.
    """

    seconds: float = 20.0
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)
    _lines: queue.Queue[str | None] = field(default_factory=queue.Queue, repr=False)
    _folder: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)
    _errors: IO[bytes] | None = field(default=None, repr=False)
    _reader: threading.Thread | None = field(default=None, repr=False)
    _ready: bool = False

    def __enter__(self) -> Snippets:
        """Nothing is started before it is needed, or `warm` is called."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process and remove what it wrote."""
        self._stop()
        if self._folder is not None:
            self._folder.cleanup()

    def warm(self) -> None:
        """Start the process without waiting for it."""
        if self._process is None:
            self._start()

    def run(self, runs: Sequence[tuple[str, Mapping[str, Any]]], wants: str = "") -> Outcome:
        """Run programs, each with the names that it finds, until one fails.

        Args:
            wants: the name whose value each run must leave behind.

        Raises:
            MachineError: the process cannot be started here.
        """
        self.warm()
        self._await_ready()
        job = json.dumps({"runs": [[code, dict(names)] for code, names in runs], "wants": wants})
        try:
            answer = self._asked(job)
        except queue.Empty:
            self._stop()
            return Outcome((), f"it ran for more than {self.seconds:g} seconds and was stopped")
        if answer is None:
            code = self._process.wait() if self._process is not None else 0
            self._stop()
            return Outcome((), f"it ended the process it ran in (exit code {code})")
        plain = json.loads(answer)
        ran = tuple(Ran(one["printed"], one.get("value")) for one in plain["outcomes"])
        return Outcome(ran, plain.get("fault", ""), plain.get("line"), plain["seconds"])

    def _asked(self, job: str) -> str | None:
        assert self._process is not None  # noqa: S101 - started by `run`
        assert self._process.stdin is not None  # noqa: S101
        try:
            self._process.stdin.write(job + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        return self._lines.get(timeout=self.seconds)

    def _start(self) -> None:
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="dlgrade-snippets-")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `_stop`
        # Like python -I, but with a fixed order of sets, which -I would leave to chance.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-P", "-W", "ignore", str(_PROGRAM)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, cwd=self._folder.name,
            env={**kept, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
            encoding="utf-8",
        )  # fmt: skip
        self._lines, self._ready = queue.Queue(), False
        self._reader = threading.Thread(target=_forward, args=(self._process.stdout, self._lines), daemon=True)
        self._reader.start()

    def _await_ready(self) -> None:
        if self._ready:
            return
        try:
            line = self._lines.get(timeout=_START_SECONDS)
        except queue.Empty:
            line = None
        if line is None:
            reason = self._last_words()
            self._stop()
            what = f"the process that runs programs did not start{': ' + reason if reason else ''}"
            raise MachineError(what, "Does `python -c 'import torch'` work here?")
        self._ready = True

    def _last_words(self) -> str:
        if self._errors is None:
            return ""
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._reader is not None:
                self._reader.join(timeout=5)  # it ends with the process; a stream must not be closed under it
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None and not (self._reader and self._reader.is_alive()):
                    _close(stream)
            self._process = None
        if self._errors is not None:
            self._errors.close()
            self._errors = None


def _close(stream: IO[str]) -> None:
    with contextlib.suppress(BrokenPipeError):  # what was still to be said has nobody to hear it
        stream.close()


def _forward(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    """Put each line that the process writes into the queue, and None at the end."""
    for line in stream:
        lines.put(line.rstrip("\n"))
    lines.put(None)
