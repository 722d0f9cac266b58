"""How crowded the machine was: a program that has to share its core with ten others takes ten times as long.

A time-out says something about a submission only where it had its share of the machine. One that others may have
caused (sixty processes of a neighbour, a backup) is found by this and measured again alone.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from pathlib import Path

_EVERY = 0.1
_WINDOW = 10  # samples: one second
_LOAD = Path("/proc/loadavg")

CROWDED = 4.0
"""Programs for each core from which on a time-out may be the others' doing. A class alone makes about two."""


class Crowd:
    """Samples how many programs want to run, as long as its ``with`` lasts; `most` is the worst second, for each core.

    Where the system does not say (elsewhere than on Linux), `most` is 0.
    """

    def __init__(self) -> None:
        """Nothing is seen yet."""
        self.most = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="dlgrade-crowd", daemon=True)

    def __enter__(self) -> Crowd:
        """Begin."""
        if _LOAD.exists():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _sample(self) -> None:
        cores = os.cpu_count() or 1
        seen: deque[float] = deque(maxlen=_WINDOW)
        while not self._over.wait(_EVERY):
            try:
                running = int(_LOAD.read_text(encoding="ascii").split()[3].partition("/")[0])
            except (OSError, ValueError, IndexError):
                return
            seen.append((running - 1) / cores)  # this thread runs, too
            if len(seen) == _WINDOW:
                self.most = max(self.most, sum(seen) / _WINDOW)
