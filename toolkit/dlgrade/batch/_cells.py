"""The zygote of one grader process: what it imports ahead, and for which assignments there is one.

Promises: it is given nothing but the names of packages. Where the assignment allows what a cell has not, or this
machine makes none, every submission has a worker of its own, as without it; and where ``DLGRADE_CELLS=0`` says so.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from dlgrade import sandbox
from dlgrade.course import Assignment

_WORKER = "from dlgrade.worker.__main__ import main;"
# As `dialogue.started` starts a worker: a cell can be given no other.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
# Who may import these may want other programs, or /proc.
_NEED_MORE = {"asyncio", "concurrent", "ctypes", "multiprocessing", "psutil", "pty", "socket", "subprocess"}

_ALWAYS = """
import random
import dlgrade.worker.__main__, dlgrade.worker._problems, dlgrade.submission
from dlgrade.worker._desk import Desk
desk = Desk(print)
"""
_NUMPY = _ALWAYS + "import numpy, dlgrade.worker._values\n"
_TORCH = (
    _NUMPY
    + """
import dlgrade.worker._loops, dlgrade.worker._recipes
from dlgrade.recipe import ensure_torchvision
ensure_torchvision()
import torchvision
desk.asked("prepare", {"torch": True})
"""
)


def zygote_for(assignment: Assignment) -> sandbox.Zygote | None:
    """A zygote for the submissions of an assignment, warming; None where each has to have a worker of its own."""
    if os.environ.get("DLGRADE_CELLS") == "0":
        return None
    if _NEED_MORE & {name.partition(".")[0] for name in assignment.imports or ()}:
        return None
    functions = assignment.kind == "functions"
    arrays = assignment.arrays if functions else "torch"
    preload = {"none": _ALWAYS, "numpy": _NUMPY}.get(arrays, _TORCH)
    return sandbox.zygote(preload, serves=is_worker, environment=_ENVIRONMENT)


def is_worker(argv: Sequence[str]) -> bool:
    """Whether a command line starts a submission's worker."""
    return any(_WORKER in word for word in argv)
