"""One uid for each sandbox that runs at the same time, when we are root.

Limits on processes are counted by uid, and processes of one uid may signal and read each other; so two
students never share one. A slot is a lock on a file, which the sandbox itself holds open: the kernel gives it
free when the last process inside is gone, even when the grader was killed before it could clean up. The
files stay: removing a lock file opens a race.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dlgrade.errors import MachineError
from dlgrade.sandbox import _host, _linux

FIRST, LAST = 61000, 61183
"""The uids used. Distributions give out neither these nor, with systemd, any from 60706 to 61183; 61184 and
above are systemd's for services that want a uid for as long as they run."""


@dataclass(frozen=True)
class Slot:
    """A uid that is ours until the descriptor of its lock, and every copy of it, is closed."""

    uid: int
    descriptor: int

    def release(self) -> None:
        """Close our copy of the lock."""
        os.close(self.descriptor)


def mapping(slot: Slot) -> str:
    """The lines of a uid_map in which uid 0 is this slot, and every other slot itself (user_namespaces(7))."""
    ranges = [(0, slot.uid, 1), (FIRST, FIRST, slot.uid - FIRST), (slot.uid + 1, slot.uid + 1, LAST - slot.uid)]
    return "".join(f"{inside} {outside} {count}\n" for inside, outside, count in ranges if count)


def take(folder: Path | None = None) -> Slot:
    """The first free slot.

    Raises:
        MachineError: all are taken.
    """
    folder = folder or _host.runtime_folder() / "slots"
    folder.mkdir(mode=0o700, exist_ok=True)
    for uid in range(FIRST, LAST + 1):
        if _linux.is_account(uid):
            continue
        descriptor = _linux.open_locked(folder / f"{uid}.lock")
        if descriptor is not None:
            return Slot(uid, descriptor)
    raise MachineError(f"All {LAST - FIRST + 1} places for sandboxes are taken.", "Grade with fewer --jobs at once.")
