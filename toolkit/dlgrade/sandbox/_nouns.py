"""The nouns of the sandbox: what may be used, how it ended, and what holds on this machine."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

Isolation = Literal["bubblewrap", "plain"]
MemoryBy = Literal["cgroup", "watchdog"]
Why = Literal["exited", "signal", "wall", "cpu", "memory", "processes", "killed", "unstarted", "lost"]

_SAYS = {
    "wall": "stopped: its time was up",
    "cpu": "stopped: its processor time was used up",
    "memory": "stopped: it took more memory than it may",
    "processes": "stopped: it ran more processes than it may",
    "killed": "stopped by the grader",
    "lost": "lost: what held it ended before it",
    "unstarted": "never ran: the sandbox could not be set up",
}


@dataclass(frozen=True)
class Limits:
    """What one process and all that it starts may use together; None is not limited.

    Args:
        wall_seconds: from start to end, on the clock.
        cpu_seconds: processor time of the whole tree.
        memory_bytes: resident memory of the whole tree, with what it keeps in /tmp and /dev/shm. Where it is
            sampled and not enforced by the kernel a burst may exceed it for some hundredths of a second.
        processes: processes and threads, together.
        file_bytes: the largest file that may be written.
        tmp_bytes: the size of /tmp, and again of /dev/shm, which live in memory (sandbox only).
        log_bytes: how much of the end of its standard error is kept.
    """

    wall_seconds: float | None = None
    cpu_seconds: float | None = None
    memory_bytes: int | None = None
    processes: int | None = None
    file_bytes: int | None = None
    tmp_bytes: int | None = None
    log_bytes: int = 64 << 10

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and value <= 0:
                raise ValueError(f"{field.name} is {value}; give a positive number, or None for no limit")


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Args:
        why: ``exited`` by itself, by a ``signal``, by one of our limits, ``killed`` by us, or ``unstarted``:
            the sandbox failed before the first instruction of the program, which is never its fault; nor is
            ``lost``: what held it ended first.
        code: the exit code, where it exited.
        signal: the number of the signal, where one ended it. Under bubblewrap an exit code of 128 + n cannot
            be told from signal n, as in a shell.
        wall_seconds: from start to end.
        cpu_seconds: processor time of the whole tree, as far as it was seen.
        memory_bytes: the largest amount that was seen; pages that processes share may count for each of them.
    """

    why: Why
    code: int | None = None
    signal: int | None = None
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0

    @property
    def says(self) -> str:
        """The end in a few words."""
        if self.why == "exited":
            return "ended" if self.code == 0 else f"ended with exit code {self.code}"
        if self.why == "signal":
            return f"ended by signal {self.signal}"
        return _SAYS[self.why]


@dataclass(frozen=True)
class Usage:
    """What a tree of processes holds at one moment; `cpu_seconds` is since its start."""

    memory_bytes: int = 0
    cpu_seconds: float = 0.0
    processes: int = 0


@dataclass(frozen=True)
class Check:
    """One thing that was tried: its name, whether it held, what was seen, and how to mend it."""

    name: str
    ok: bool
    says: str
    mend: str = ""


@dataclass(frozen=True)
class Probe:
    """What holds on this machine.

    Args:
        checks: every check that was made, in the order they are best read.
        kernel: name and release of the running kernel.
        bubblewrap: its version; empty where there is none.
        memory_by: how memory is limited: by the kernel in a ``cgroup``, or by a ``watchdog`` that samples.
    """

    checks: tuple[Check, ...]
    kernel: str
    bubblewrap: str
    memory_by: MemoryBy

    @property
    def holds(self) -> bool:
        """Whether every check held."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    @property
    def failed(self) -> Check | None:
        """The first check that did not hold."""
        return next((check for check in self.checks if not check.ok), None)
