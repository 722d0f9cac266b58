"""A control group (cgroup v2) for one sandbox, where we may make one: the kernel then limits memory itself.

Does nothing about version 1. Where groups cannot be made, or not with a memory controller, there is none, and
the watchdog samples instead.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from dlgrade.sandbox._nouns import Limits

_names = iter(range(1 << 62))


@dataclass(frozen=True)
class Group:
    """One group; everything that its first process starts is in it and cannot leave it."""

    folder: Path

    def memory_bytes(self) -> int:
        """What is charged to the group now, files in memory included."""
        return int(_read(self.folder / "memory.current") or 0)

    def cpu_seconds(self) -> float:
        """Processor time of all that ever ran in the group."""
        return _number(_read(self.folder / "cpu.stat"), "usage_usec") / 1e6

    def processes(self) -> int:
        """Processes and threads in the group now."""
        return int(_read(self.folder / "pids.current") or 0)

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel had to kill in it."""
        return _number(_read(self.folder / "memory.events"), "oom_kill") > 0

    def remove(self) -> None:
        """Kill what is left and take the group away; a group can only go once it is empty."""
        with contextlib.suppress(OSError):
            (self.folder / "cgroup.kill").write_text("1")
        for _ in range(200):
            try:
                self.folder.rmdir()
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.01)
            else:
                return


def create(limits: Limits, pid: int, parent: Path | None) -> Group | None:
    """A group with these limits that holds process `pid`; None where that cannot be done.

    The process must still wait to be let go: what it used before is charged elsewhere.
    """
    if parent is None:
        return None
    folder = parent / f"dlgrade-{os.getpid()}-{next(_names)}"
    try:
        folder.mkdir()
    except OSError:
        return None
    try:
        if limits.memory_bytes is not None:
            (folder / "memory.max").write_text(str(limits.memory_bytes))
            # All die together: a killed helper must not leave a half-working student behind.
            (folder / "memory.oom.group").write_text("1")
            with contextlib.suppress(OSError):  # not there on a kernel without swap
                (folder / "memory.swap.max").write_text("0")
        if limits.processes is not None and (folder / "pids.max").exists():
            (folder / "pids.max").write_text(str(limits.processes + 1))  # bubblewrap's pid 1 is one more
        (folder / "cgroup.procs").write_text(str(pid))
    except OSError:
        Group(folder).remove()
        return None
    return Group(folder)


def parent(proc: Path = Path("/proc/self")) -> Path | None:
    """The nearest group above us in which we may make groups that limit memory.

    A group that holds processes cannot hand controllers down to groups below it (the root of the hierarchy
    can), so this is usually not our own group but one above it. Moving a process takes the right to write to
    ``cgroup.procs`` of the nearest group above both places, hence both rights are asked of the same one.
    """
    mounted = re.search(r"^\S+ \S+ \S+ \S+ (\S+) .*- cgroup2 ", _read(proc / "mountinfo"), re.MULTILINE)
    ours = re.search(r"^0::(/.*)$", _read(proc / "cgroup"), re.MULTILINE)
    if mounted is None or ours is None:
        return None
    top = Path(mounted[1])
    place = top / ours[1].lstrip("/")
    while place == top or top in place.parents:
        hands_down = "memory" in _read(place / "cgroup.subtree_control").split()
        if hands_down and os.access(place, os.W_OK) and os.access(place / "cgroup.procs", os.W_OK):
            return place
        place = place.parent
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _number(text: str, key: str) -> int:
    found = re.search(rf"^{key} (\d+)$", text, re.MULTILINE)
    return int(found[1]) if found else 0
