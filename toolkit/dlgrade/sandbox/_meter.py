"""Measures what a tree of processes holds: memory, processor time, processes.

On Linux from /proc, without a look at every process of the machine; elsewhere through psutil. It samples: a
process that lived and died between two samples is seen only through the times that its parent collected.
"""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass, field

from dlgrade.sandbox import _host, _linux
from dlgrade.sandbox._nouns import Usage

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
# Pages, and the tables of pages: those for a terabyte of zeros take two gigabytes and no page.
_HELD = re.compile(r"^Vm(?:RSS|PTE|Swap):\s*(\d+) kB$", re.MULTILINE)
_THREADS = re.compile(r"^Threads:\s*(\d+)$", re.MULTILINE)
_LOOKS = 6  # at a tree that changes while it is looked at
_INODE = 1024  # roughly what a file in memory takes, even when it is empty
_SOCKET = 425_984  # what may wait in a Unix socket at most, the kernel's default; it belongs to no process


@dataclass
class _CpuTotal:
    """Processor time of a tree, never going down.

    A parent that waits for a child inherits its times; one that ignores SIGCHLD does not. So two sums are
    kept, times with those of collected children and the last own times of everyone ever seen, and the larger
    one counts.
    """

    seen: dict[int, float] = field(default_factory=dict)
    most: float = 0.0

    def add(self, own: dict[int, float], collected: float) -> float:
        self.seen.update(own)
        self.most = max(self.most, sum(own.values()) + collected, sum(self.seen.values()))
        return self.most


class TreeMeter:
    """Measures the process `root` and all below it, on Linux."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._cpu = _CpuTotal()

    def read(self, memory_limit: int | None = None) -> Usage:
        """What the tree holds now.

        Args:
            memory_limit: resident sets count shared pages once per process, so a tree that forks looks larger
                than it is. Above this limit the proportional shares are read, which takes longer.
        """
        proc, pids, collected = self._members()
        own: dict[int, float] = {}
        held, tasks = 0, 0
        for pid in pids:
            with contextlib.suppress(OSError, IndexError, ValueError):  # it may just have ended
                user, system, children_user, children_system = _times(f"{proc}/{pid}/stat")
                own[pid] = user + system
                collected += children_user + children_system
                status = _text(f"{proc}/{pid}/status")
                held += sum(map(int, _HELD.findall(status))) * 1024
                tasks += sum(map(int, _THREADS.findall(status)))
        files = self._files()
        if memory_limit is not None and held + files > memory_limit:
            shares = [_share(f"{proc}/{pid}") for pid in own]
            held = sum(share for share, _ in shares)
            # What is mapped of the files in memory would count twice.
            files = max(0, files - sum(shared for _, shared in shares))
        return Usage(held + files, self._cpu.add(own, collected), tasks)

    def pids(self) -> list[int]:
        """Of the tree now, its root first."""
        return TreeMeter._members(self)[1]

    def _members(self) -> tuple[str, list[int], float]:
        """A proc file system, the numbers of the processes in it, and processor time not found there."""
        found, waiting = [], [self._root]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    waiting += map(int, _text(f"/proc/{pid}/task/{task}/children").split())
        return "/proc", found, 0.0

    def _files(self) -> int:
        return 0


class NamespaceMeter(TreeMeter):
    """Measures everything in the pid namespace whose first process is `root`, whoever its parents are.

    The sandbox's own /proc lists exactly that. Where we may not look into it, the tree is walked instead. The
    first process, which is bubblewrap's, does not count.
    """

    def __init__(self, root: int) -> None:
        super().__init__(root)
        self._view = f"/proc/{root}/root"
        self._moved = False

    def _members(self) -> tuple[str, list[int], float]:
        try:
            if self._has_moved():
                pids = [int(name) for name in os.listdir(f"{self._view}/proc") if name.isdecimal()]
                # Its first process is hidden in there: the times it collected from orphans are read here.
                return f"{self._view}/proc", pids, sum(_times(f"/proc/{self._root}/stat")[2:])
        except (OSError, IndexError, ValueError):
            pass
        _, pids, _ = super()._members()
        return "/proc", [pid for pid in pids if pid != self._root], 0.0

    def _files(self) -> int:
        with contextlib.suppress(OSError):
            if self._has_moved():
                return _files_of(self._root)
        return 0

    def _has_moved(self) -> bool:
        """Whether the root of the sandbox is its own yet; until then it is ours, with all our processes."""
        self._moved = self._moved or os.stat(f"{self._view}/proc").st_dev != os.stat("/proc").st_dev
        return self._moved


class CellMeter(TreeMeter):
    """Measures a cell by its first process, of which everything else in there is a descendant, whoever ended first.

    A tree is walked, and what is handed from one short-lived process to the next may be in none of those that were
    found. So where others are there after a look, it looks again, and what was seen most is taken.
    """

    def read(self, memory_limit: int | None = None) -> Usage:
        """See `TreeMeter.read`."""
        most = Usage()
        _, before, _ = self._members()
        for _ in range(_LOOKS):
            found = super().read(memory_limit)
            most = found if found.memory_bytes >= most.memory_bytes else most
            _, after, _ = self._members()
            if set(after) <= set(before):
                break
            before = after
        return most

    def _files(self) -> int:
        return _files_of(self._root)


class PsutilMeter:
    """The same anywhere else, slower."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._cpu = _CpuTotal()

    def read(self, memory_limit: int | None = None) -> Usage:
        """What the tree holds now; `memory_limit` changes nothing here."""
        import psutil

        own: dict[int, float] = {}
        held, tasks = 0, 0
        try:
            root = psutil.Process(self._root)
            tree = [root, *root.children(recursive=True)]
        except psutil.Error:
            return Usage(0, self._cpu.most, 0)
        for process in tree:
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                own[process.pid] = times.user + times.system
                held += process.memory_info().rss
                tasks += process.num_threads()
        return Usage(held, self._cpu.add(own, 0.0), tasks)


def meter(root: int) -> TreeMeter | PsutilMeter:
    """The meter for a tree of ordinary processes on this machine."""
    listed = os.path.exists(f"/proc/self/task/{os.getpid()}/children")  # a kernel may be built without
    return TreeMeter(root) if _host.system() == "linux" and listed else PsutilMeter(root)


def _files_of(root: int) -> int:
    """What is held in memory by /tmp and /dev/shm of a sandbox, and can be by its sockets."""
    held = 0
    with contextlib.suppress(OSError):
        held += _text(f"/proc/{root}/net/unix").count("\n") * _SOCKET
    for name in ("tmp", "dev/shm"):
        with contextlib.suppress(OSError):
            size, files = _linux.held_by(f"/proc/{root}/root/{name}")
            held += size + files * _INODE
    return held


def _text(path: str) -> str:
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read()


def _times(path: str) -> tuple[float, float, float, float]:
    """User and system seconds of a process, and those of the children that it waited for."""
    # The name, which may hold spaces and parentheses, is the second field; times are the 14th to 17th.
    fields = _text(path).rpartition(")")[2].split()
    user, system, children_user, children_system = (int(ticks) / _TICKS for ticks in fields[11:15])
    return user, system, children_user, children_system


def _share(process: str) -> tuple[int, int]:
    """Memory of a process with shared pages divided among their users, and its part in shared memory."""
    with contextlib.suppress(OSError):
        status = _text(f"{process}/status")
        try:
            rollup = dict(re.findall(r"^(\w+):\s*(\d+) kB$", _text(f"{process}/smaps_rollup"), re.MULTILINE))
        except PermissionError:  # it made itself unreadable: then every page counts
            return sum(map(int, _HELD.findall(status))) * 1024, 0
        tables = sum(map(int, re.findall(r"^VmPTE:\s*(\d+) kB$", status, re.MULTILINE)))
        held = int(rollup.get("Pss", 0)) + int(rollup.get("SwapPss", 0)) + tables
        return held * 1024, int(rollup.get("Pss_Shmem", 0)) * 1024
    return 0, 0
