"""The door: start a program, in a sandbox or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from dlgrade.errors import MachineError, UsageError
from dlgrade.sandbox import _bubblewrap, _plain, _zygote
from dlgrade.sandbox._nouns import Limits
from dlgrade.sandbox._probe import probe
from dlgrade.sandbox._process import Process


def start(
    argv: Sequence[str],
    *,
    limits: Limits,
    readable: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
    isolation: Literal["auto", "required", "plain"] = "auto",
) -> Process:
    """Start a program that is not trusted.

    Args:
        argv: the program and its arguments; programs of the system and of the running Python are there.
        limits: what it may use.
        readable: files and folders that it may read, at the places where they are; everything else that it
            sees is the system's programs and libraries, the running Python with its packages, and an empty
            folder of its own in memory, which is its home, its working and its temporary folder.
        environment: variables beside the few that every program needs. A ``PYTHONPATH`` goes first.
        isolation: ``required`` refuses where the sandbox does not hold; ``auto`` falls back to a plain child
            process, which `Process.isolation` then says; ``plain`` does not try.

    Raises:
        MachineError: the sandbox is required and does not hold here, or could not be set up.
        UsageError: there is nothing to run, or something readable is missing or a symbolic link.
    """
    if not argv:
        raise UsageError("There is no program to start.")
    given = dict(environment or {})
    if isolation != "plain":
        found = probe()
        if found.holds:
            in_cell = _zygote.cell(argv, limits, readable, given)
            return in_cell if in_cell is not None else _bubblewrap.start(argv, limits, readable, given)
        if isolation == "required":
            failed = found.failed
            what = f"{failed.name}: {failed.says}" if failed else "nothing was tried"
            raise MachineError(f"The sandbox does not hold here ({what}).", failed.mend if failed else "")
    return _plain.start(argv, limits, given)
