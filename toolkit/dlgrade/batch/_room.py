"""How many submissions at a time: one for each core, as far as memory goes.

Counted is what a grading takes as a rule (measured: grader, trainer and two workers), not the most that it may: what
grows beyond it meets its own limit, or is the first that the kernel ends when the machine is full, and is then graded
again alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dlgrade.course import Assignment

_GIB = 1 << 30
_FOR_THE_REST = 1 * _GIB
_NETWORK, _TENSORS, _PLAIN = 2 * _GIB, int(1.25 * _GIB), _GIB // 2

_ON_A_GPU = 3 * _GIB
"""Memory of a GPU for one training: torch itself, the images, a network of the course with its activations."""

_SHARE_OF_A_GPU = 0.9

_CGROUP = (  # memory: limit and use, in both versions of control groups
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)
_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True)
class Room:
    """How many at a time, what share of a GPU each may take, and what set the number."""

    jobs: int
    device_share: float
    because: Literal["cores", "memory", "gpu", "wanted"]


def room(assignment: Assignment, wanted: int | None, gpu_bytes: int | None = None) -> Room:
    """The room on this machine.

    Args:
        wanted: a number that was asked for; it is not questioned.
        gpu_bytes: free memory of the GPU that trains; None where none does.
    """
    found = Room(cores(), 1.0, "cores")
    by_memory = max(1, (free_memory() - _FOR_THE_REST) // _needs(assignment))
    if by_memory < found.jobs:
        found = Room(by_memory, 1.0, "memory")
    if gpu_bytes is not None:
        by_gpu = max(1, int(gpu_bytes * _SHARE_OF_A_GPU) // _ON_A_GPU)
        if by_gpu < found.jobs:
            found = Room(by_gpu, 1.0, "gpu")
    jobs = wanted or found.jobs
    share = 1.0 if gpu_bytes is None or jobs == 1 else _SHARE_OF_A_GPU / jobs
    return Room(jobs, share, "wanted" if wanted else found.because)


def cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    found = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    try:
        quota, period = _CPU_QUOTA.read_text(encoding="ascii").split()
        found = min(found, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass  # no quota, or a system that has none
    return found


def free_memory() -> int:
    """Bytes that can be had now, of the machine and of the control group."""
    import psutil

    free = int(psutil.virtual_memory().available)
    for limit, use in _CGROUP:
        try:
            free = min(free, int(limit.read_text(encoding="ascii")) - int(use.read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return max(free, 0)


def _needs(assignment: Assignment) -> int:
    if assignment.kind != "functions":
        return _NETWORK
    return _TENSORS if assignment.arrays == "torch" else _PLAIN
