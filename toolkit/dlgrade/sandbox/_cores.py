"""One core for each cell, while there are cores: a cell with sixty busy threads then takes no more than a calm one.

Promises: no two cells of this machine have the same core, whoever's they are; where none is left, a cell has all. A
core is held by a name in the kernel's table of Unix sockets, which is free again when its holder ends, however that
comes (abstract addresses, unix(7)). Somebody who takes these names on purpose makes cells run on all cores, and no
more.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Core:
    """A core that is ours until `release`."""

    number: int
    holder: socket.socket

    def release(self) -> None:
        """Give it back."""
        self.holder.close()


def take() -> Core | None:
    """The first core that no cell has; None where there is none."""
    if sys.platform != "linux":
        return None
    for number in sorted(os.sched_getaffinity(0)):
        holder = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError):
            holder.bind(f"\0dlgrade-core-{number}")
            return Core(number, holder)
        holder.close()
    return None
