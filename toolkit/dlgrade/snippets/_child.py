"""Runs authors' programs one after another, each in a namespace of its own; started by `_process`, never imported.

Reads one job per line from standard input and answers with one line on standard output, both JSON. What a
program prints is caught and returned; what it does to seeds, default types or gradients does not reach the next.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import sys
import time
import traceback
from typing import Any

_NAME = "<program>"
_MOST = 20_000  # characters that a program may print


class _Captured(io.StringIO):
    """Standard output of one program, up to a limit."""

    def write(self, text: str) -> int:
        if self.tell() + len(text) > _MOST:
            raise RuntimeError(f"it prints more than {_MOST:,} characters")
        return super().write(text)


def main() -> None:
    """Answer jobs until standard input ends."""
    jobs = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)  # a program that reads, or that prints past Python, reaches nobody
    os.dup2(nothing, 1)
    given = _given()
    answers.write("ready\n")
    answers.flush()
    for line in jobs:
        job = json.loads(line)
        started = time.perf_counter()
        outcome = _job(job, given)
        outcome["seconds"] = time.perf_counter() - started
        answers.write(json.dumps(outcome) + "\n")
        answers.flush()


def _given() -> dict[str, Any]:
    import math

    import numpy
    import torch
    import torch.nn.functional

    torch.set_num_threads(1)
    return {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "np": numpy, "math": math}


def _job(job: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Runs until one fails; each run is a program and the names that it finds."""
    outcomes: list[dict[str, Any]] = []
    for code, names in job["runs"]:
        printed = _Captured()
        space = {**given, "__name__": "__main__", **names}
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
                _fresh(given)
                exec(compile(code, _NAME, "exec"), space)  # noqa: S102 - the author's own program, in its own process
            outcome: dict[str, Any] = {"printed": printed.getvalue()}
            if job["wants"]:
                if job["wants"] not in space:
                    raise NameError(f"it does not set '{job['wants']}'")
                outcome["value"] = _plain(space[job["wants"]])
        except BaseException as error:
            return {"outcomes": outcomes, "fault": _told(error), "line": _line(error)}
        outcomes.append(outcome)
    return {"outcomes": outcomes}


def _fresh(given: dict[str, Any]) -> None:
    torch = given["torch"]
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)
    torch.set_printoptions(profile="default", sci_mode=None)
    torch.manual_seed(0)
    given["np"].random.seed(0)
    random.seed(0)


def _plain(value: Any) -> Any:
    """The answer as JSON knows it; a tensor or array as its number or its lists."""
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value), key=repr)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if (hasattr(value, "numel") and value.numel() == 1) or getattr(value, "size", 0) == 1:
        return value.item()
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"its answer is a {type(value).__name__}, wanted a number, a text or a list")


def _told(error: BaseException) -> str:
    first = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _line(error: BaseException) -> int | None:
    """The line of the program in which the error arose."""
    if isinstance(error, SyntaxError) and error.filename == _NAME:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _NAME]
    return lines[-1] if lines else None


if __name__ == "__main__":
    sys.argv = ["program"]
    main()
