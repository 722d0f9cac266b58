"""What a run writes down for the next one, should it be killed: who passed the gates, and who was under way then.

Only time hangs on it. Who passed the gates goes on to the training at once. Who was under way when everything was
killed comes last: should one submission bring the machine down, the others are graded before it is met again. What
cannot be read or written is as if it were not there.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path


class Notes:
    """Two small files in a folder; submissions are known by their keys.

    Args:
        folder: is there.
    """

    def __init__(self, folder: Path) -> None:
        """Read what the run before has left."""
        self._passed_file, self._under_way_file = folder / "passed.jsonl", folder / "under-way.json"
        self._passed = dict(_passed_in(self._passed_file))
        self.suspects = _keys_in(self._under_way_file)
        self._still = set(self.suspects)

    def passed(self, key: str) -> tuple[str, float] | None:
        """Training and cost, see `_grader.Waits`, of who passed the gates; None of others."""
        return self._passed.get(key)

    def note_passed(self, key: str, training: str, cost: float) -> None:
        """Somebody passed the gates."""
        self._passed[key] = training, cost
        with contextlib.suppress(OSError), self._passed_file.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps([key, training, cost]) + "\n")  # what is before may be half a line

    def note_under_way(self, keys: Iterable[str]) -> None:
        """These have been begun and have no result; whom the run before left so stays noted until `note_graded`.

        Else the second kill would bring to the front again who was begun before the first.
        """
        partial = self._under_way_file.with_name(f".{self._under_way_file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            partial.write_text(json.dumps(sorted({*keys} | self._still)), encoding="utf-8")
            partial.replace(self._under_way_file)

    def note_graded(self, key: str) -> None:
        """It has a result."""
        self._still.discard(key)

    def clear(self) -> None:
        """Everyone has a result."""
        for file in (self._passed_file, self._under_way_file):
            with contextlib.suppress(OSError):
                file.unlink()


def _passed_in(file: Path) -> Iterable[tuple[str, tuple[str, float]]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        with contextlib.suppress(ValueError, TypeError):
            key, training, cost = json.loads(line)
            yield str(key), (str(training), float(cost))


def _keys_in(file: Path) -> frozenset[str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return frozenset()
    return frozenset(map(str, found)) if isinstance(found, list) else frozenset()
