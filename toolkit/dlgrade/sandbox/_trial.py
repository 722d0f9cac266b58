"""One cell of a new zygote, in which is tried what must not work, before any other is used."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dlgrade.sandbox._nouns import Limits
from dlgrade.sandbox._process import Process

_INSIDE = Path(__file__).with_name("_inside_cell.py")
_CALM = Limits(
    wall_seconds=30, cpu_seconds=20, memory_bytes=4 << 30, processes=8, file_bytes=1 << 20, tmp_bytes=4 << 20
)  # fmt: skip


def tried(children: bool, start: Callable[[Sequence[str], Limits, Mapping[str, str]], Process]) -> str:
    """What escaped from a cell, or went wrong, in a line; empty when it held.

    Args:
        children: whether a cell may make processes.
        start: starts a cell.
    """
    with tempfile.NamedTemporaryFile(prefix="dlgrade-trial-") as canary:
        os.chmod(canary.name, 0o644)  # so that nothing but its absence keeps it from being read
        facts = {
            "pid": os.getpid(),
            "canaries": [canary.name, "/etc/shadow"],
            "tmp_bytes": _CALM.tmp_bytes,
            "children": children,
        }
        with start([sys.executable, "-I", "-S", str(_INSIDE)], _CALM, {}) as process:
            process.stdin.write(json.dumps(facts).encode() + b"\n")
            process.stdin.flush()
            said = process.stdout.readline(1 << 16)
            log = process.log.strip()[-300:]
    try:
        escapes = json.loads(said)
    except ValueError:
        return f"the trial did not end: {log}"
    return "; ".join(map(str, escapes)) if isinstance(escapes, list) else "the trial says nothing"
