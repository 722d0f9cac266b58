"""Runs hostile scripts and judges them by what their headers say must happen.

A header says ``must: hold`` (ends well, having printed that everything held and nothing ``ESCAPED``) or the word for
how it must be ended; ``cell:`` that word where it is another in a cell, ``childless:`` where it is another in a cell
that may make no processes, as an ordinary user's may not; ``under:`` the limits it needs; ``only:`` the machine it is
written for. As a program, ``python corpus.py``, it judges all of them as whoever runs it and prints
what went wrong as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from dlgrade.sandbox import Limits, start, zygote

SCRIPTS = sorted((Path(__file__).parent / "hostile").glob("*.py"))
ENDS = {"hold", "memory", "wall", "cpu", "processes", "signal", "exited"}
USUAL = {
    "wall_seconds": 20,
    "memory_bytes": 1 << 30,
    "processes": 64,
    "tmp_bytes": 50 << 20,
    "log_bytes": 20_000,
}


def header(script: Path) -> dict[str, str]:
    """What the script says of itself."""
    return dict(
        re.findall(r"^(must|cell|childless|under|only): (.+)$", script.read_text().split('"""')[1], re.MULTILINE)
    )


def limits(said: str) -> Limits:
    """The usual limits, and those of a header's ``under:``."""
    given = {**USUAL, **{name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", said)}}
    whole = {k: int(v) if k.endswith(("bytes", "processes")) else v for k, v in given.items()}
    return Limits(**whole)  # type: ignore[arg-type]


@contextlib.contextmanager
def targets() -> Iterator[dict[str, object]]:
    """Real things outside, to go for."""
    abstract = "\0dlgrade-test-" + secrets.token_hex(8)
    with (
        tempfile.TemporaryDirectory(prefix="test-sandbox-") as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        unix.bind(abstract)
        unix.listen()
        canary = Path(folder, "canary")
        canary.write_text("hunter2")
        submission = Path(folder, "submission")
        submission.mkdir()
        (submission / "code.py").write_text("pass\n")
        yield {
            "port": server.getsockname()[1],
            "abstract": abstract,
            "pid": os.getpid(),
            "canary": str(canary),
            "submission": str(submission),
            "submitted": str(submission / "code.py"),
        }


def complaint(
    script: Path, aims: Mapping[str, object], environment: Mapping[str, str], *, in_cell: bool = False
) -> str:
    """Run one script in the sandbox; what is wrong with how it went, empty when nothing is.

    Args:
        in_cell: whether a zygote stands that serves it.
    """
    said = header(script)
    childless = said["childless"] if "childless" in said and in_cell and os.getuid() != 0 else ""
    must = childless or (said.get("cell", said["must"]) if in_cell else said["must"])
    bounds = limits(said.get("under", ""))
    with start(
        [sys.executable, "-I", "-S", str(script)],
        limits=bounds,
        # A cell sees nothing below /tmp but what is its own.
        readable=[script] if in_cell else [script, Path(str(aims["submission"]))],
        environment={**environment, "FACTS": json.dumps(aims)},
        isolation="required",
    ) as process:
        printed = process.stdout.read().decode()
        ended = process.wait(60)
    if "ESCAPED" in printed:
        return printed
    if len(process.log.encode()) > bounds.log_bytes:
        return f"a log of {len(process.log)} bytes"
    if must == "hold" and ((ended.why, ended.code) != ("exited", 0) or "held" not in printed):
        return f"{ended} {process.log}"
    if childless and (ended.code == 0 or "PermissionError" not in process.log):
        return f"{ended} {process.log}"
    if must != "hold" and ended.why != must:
        return f"{ended} {process.log}"
    return ""


def fits(script: Path) -> bool:
    """Whether the script is written for this machine."""
    return header(script).get("only", platform.machine()) == platform.machine()


if __name__ == "__main__":
    with targets() as found:
        wrong = {script.stem: complaint(script, found, {}) for script in SCRIPTS if fits(script)}
        with zygote(serves=lambda _: True, readable=SCRIPTS) as warm:
            for script in filter(fits, SCRIPTS):
                wrong[f"{script.stem} in a cell"] = complaint(script, found, {}, in_cell=True)
            wrong["the zygote"] = warm.why_not
        print(json.dumps(wrong))
