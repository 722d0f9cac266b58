"""A running process under limits, whatever holds it: its pipes, its watchdog and how it ended."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
import weakref
from dataclasses import dataclass
from typing import IO, BinaryIO, Protocol, cast

from dlgrade.errors import MachineError
from dlgrade.sandbox._log import Log
from dlgrade.sandbox._nouns import Ended, Isolation, Limits, MemoryBy, Usage, Why

_TICK = 0.05
_QUICK_TICK = 0.01  # when more than half of the memory is used
_PATIENCE = 10.0  # how long the kernel may take to clear away what was killed


@dataclass(frozen=True)
class Outcome:
    """How the process ended as far as its holder knows."""

    why: Why
    code: int | None = None
    signal: int | None = None


class Piped(Protocol):
    """A process with pipes, as `subprocess` or a nursery starts it."""

    @property
    def pid(self) -> int:
        """Its number."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """Where it reads."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """Where it writes."""

    @property
    def stderr(self) -> IO[bytes] | None:
        """Its log."""


class Holder(Protocol):
    """What runs the process: bubblewrap, a nursery below it, or nothing."""

    isolation: Isolation
    memory_by: MemoryBy

    def ended(self, timeout: float) -> bool:
        """Wait for the process to end by itself."""

    def usage(self) -> Usage:
        """What it and all below it use now; after the end, what is known of it."""

    def kill(self) -> None:
        """SIGKILL it and all below it."""

    def settle(self, timeout: float) -> Outcome:
        """Once, after the end: see that all is gone, give back what was taken, say how it ended."""


class Process:
    """A program that was started by `start`. Use it as a context manager: leaving it kills what still runs.

    `stdin` and `stdout` are binary pipes, open until the process ends (in the sandbox even when it closes its
    ends: bubblewrap has them, too); standard error is read all the time into `log`. A thread watches the
    limits and notices the end, so `ended` is right without anyone waiting.
    """

    def __init__(self, popen: Piped, holder: Holder, limits: Limits, started: float) -> None:
        stdin, stdout, stderr = popen.stdin, popen.stdout, popen.stderr
        if stdin is None or stdout is None or stderr is None:
            raise ValueError("start it with three pipes")
        self.stdin: BinaryIO = cast("BinaryIO", stdin)
        self.stdout: BinaryIO = cast("BinaryIO", stdout)
        self.pid = popen.pid
        self.isolation: Isolation = holder.isolation
        self.memory_by: MemoryBy = holder.memory_by
        self._holder, self._limits, self._started = holder, limits, started
        self._ended: Ended | None = None
        self._stopped: Why | None = None
        self._settled = False
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._most = Usage()
        self._grader = os.getpid()
        self._log = Log(cast("BinaryIO", stderr), limits.log_bytes)
        _alive.add(self)
        threading.Thread(target=self._watch, name=f"dlgrade-watch-{self.pid}", daemon=True).start()

    @property
    def ended(self) -> Ended | None:
        """How it ended; None while it runs."""
        return self._ended

    @property
    def log(self) -> str:
        """The last `Limits.log_bytes` of its standard error. Written by the student: escape it when shown."""
        return self._log.text()

    @property
    def usage(self) -> Usage:
        """The most that it was seen to use so far, sampled some twenty times a second."""
        return self._most

    def poll(self) -> Ended | None:
        """How it ended, or None while it runs; the same as `ended`, under the name that `subprocess` uses."""
        return self._ended

    def wait(self, timeout: float | None = None) -> Ended:
        """Wait for the end, after which nothing of it is left.

        Raises:
            TimeoutError: it still runs after `timeout` seconds, and goes on running.
        """
        self._done.wait(timeout)
        if self._ended is None:
            raise TimeoutError(f"process {self.pid} still runs after {timeout} s")
        return self._ended

    def kill(self) -> Ended:
        """End it and everything below it at once; it has no say in it. Harmless when it has ended.

        Raises:
            MachineError: what held it had been lost, so nothing that came of it is its doing.
        """
        ended = self._kill()
        if ended.why == "lost":
            self.close()  # whoever asked for its end does not come to that
            raise MachineError("The process that holds submissions was lost.", "Grade it again.")
        return ended

    def close(self) -> None:
        """Kill it if it still runs and close the pipes."""
        try:
            self._kill()
        finally:
            for pipe in (self.stdin, self.stdout):
                # What was still buffered for a process that is gone is nobody's loss.
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()

    def _kill(self) -> Ended:
        if self._ended is None:
            self._stop("killed")
        return self.wait(2 * _PATIENCE)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _watch(self) -> None:
        tick, suspected = _QUICK_TICK, False
        try:
            while not self._holder.ended(tick):
                usage = self._holder.usage()
                elapsed = time.monotonic() - self._started
                self._most = _larger(self._most, usage)
                why = _exceeded(self._limits, usage, elapsed)
                # Once is not enough for memory: a child of vfork has all that its parent has until it becomes
                # another program, and would count double.
                if why is not None and (why != "memory" or suspected):
                    self._stop(why)
                suspected = why == "memory"
                tick = _next_tick(self._limits, usage, elapsed)
        finally:  # whatever went wrong here: a process that nobody watches does not go on
            self._stop("killed")
            self._finish()

    def _stop(self, why: Why) -> None:
        with self._lock:  # against `settle`, which closes what `kill` needs
            if self._settled:
                return
            if self._stopped is None and not self._holder.ended(0):
                self._stopped = why
            self._holder.kill()

    def _finish(self) -> None:
        outcome = Outcome("killed")
        try:
            with self._lock:
                self._settled = True
                outcome = self._holder.settle(_PATIENCE)
        finally:
            self._log.finish(1.0)
            # What was stopped because its pipes had closed may have been lost: then they closed with its holder.
            if self._stopped is not None and outcome.why != "lost":
                outcome = Outcome(self._stopped)
            most = _larger(self._most, self._holder.usage())
            self._ended = Ended(
                outcome.why,
                outcome.code,
                outcome.signal,
                wall_seconds=time.monotonic() - self._started,
                cpu_seconds=most.cpu_seconds,
                memory_bytes=most.memory_bytes,
            )
            _alive.discard(self)
            self._done.set()


def _larger(one: Usage, other: Usage) -> Usage:
    return Usage(
        max(one.memory_bytes, other.memory_bytes),
        max(one.cpu_seconds, other.cpu_seconds),
        max(one.processes, other.processes),
    )


def _exceeded(limits: Limits, usage: Usage, elapsed: float) -> Why | None:
    if limits.wall_seconds is not None and elapsed > limits.wall_seconds:
        return "wall"
    if limits.cpu_seconds is not None and usage.cpu_seconds > limits.cpu_seconds:
        return "cpu"
    if limits.memory_bytes is not None and usage.memory_bytes > limits.memory_bytes:
        return "memory"
    if limits.processes is not None and usage.processes > limits.processes:
        return "processes"
    return None


def _next_tick(limits: Limits, usage: Usage, elapsed: float) -> float:
    tick = _TICK
    if limits.memory_bytes is not None and usage.memory_bytes > limits.memory_bytes / 2:
        tick = _QUICK_TICK
    if limits.wall_seconds is not None:
        tick = min(tick, max(0.001, limits.wall_seconds - elapsed))
    return tick


_alive: weakref.WeakSet[Process] = weakref.WeakSet()


@atexit.register
def _leave_nothing() -> None:
    for process in list(_alive):
        if process._grader == os.getpid():  # a forked child has copies of its parent's
            with contextlib.suppress(Exception):
                process.close()
