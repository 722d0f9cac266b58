"""Runs one program with filled gaps beside the worker's desk; its text is sent there, it is never imported here.

`probe` tells what came of the program: what it printed, where it stopped, and what it left behind. Functions and
networks that it leaves are told by what they answer to a few arguments. The text of a learner runs in here, so all that
is told is a claim; it decides nothing but a drill.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import math
import random
import re
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

NAME = "<program>"
MOST = 20_000
TRIES = ((1, 2, 3, 4), (28, 5, 1, 2), (0.5, -1.5, 2.0, 0.1), ([1.0, -2.0, 3.0], [0, 1, 1], [2.0, 2.0, 2.0], 1))


def probe(_function: Any, code: str, after: str, shape: list[int]) -> dict[str, Any]:
    """What came of `code`, and of `after`, which runs where it left off; `shape` is that of an input to networks."""
    printed = _Captured()
    space = {**_given(code + after), "__name__": "__main__"}
    told: dict[str, Any] = {"printed": "", "fault": "", "line": 0, "left": {}}
    before = set(space)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(code, NAME, "exec"), space)  # noqa: S102 - in the worker, behind its walls
            names = [name for name in space if name not in before and not name.startswith("_")]
            told["printed"] = printed.getvalue()
            if after:
                exec(compile(after, "<after>", "exec"), space)  # noqa: S102
            else:
                told["left"] = {name: _told(space[name], tuple(shape)) for name in names}
    except BaseException as error:
        told["printed"] = told["printed"] or printed.getvalue()
        told["fault"], told["line"] = _fault(error)
    return told


class _Captured(io.StringIO):
    def write(self, text: str) -> int:
        if self.tell() + len(text) > MOST:
            raise RuntimeError(f"it prints more than {MOST:,} characters")
        return super().write(text)


def _given(code: str) -> dict[str, Any]:
    """The modules that the programs of quizzes find, as far as this one names them; the same chance each time."""
    random.seed(0)
    given: dict[str, Any] = {"math": math}
    if re.search(r"\b(np|numpy|torch|nn|F)\b", code):
        import numpy

        numpy.random.seed(0)
        given["np"] = numpy
    if re.search(r"\b(torch|nn|F)\b", code):
        import torch
        import torch.nn.functional

        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
        torch.manual_seed(0)
        given |= {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    return given


def _told(value: Any, shape: tuple[int, ...]) -> str:
    """What a program left under a name, in words that are equal where the values are."""
    if isinstance(value, types.ModuleType):
        return "a module"
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, type) and issubclass(value, torch.nn.Module):
        return _tried(lambda: _network(value(), shape, torch))
    if torch is not None and isinstance(value, torch.nn.Module):
        return _tried(lambda: _network(value, shape, torch))
    if isinstance(value, types.FunctionType):
        return " | ".join(_tried(functools.partial(_answer, value, given)) for given in TRIES)
    return _plain(value)


def _answer(function: Callable[..., Any], given: tuple[Any, ...]) -> str:
    random.seed(0)
    needed = [one for one in inspect.signature(function).parameters.values() if one.default is one.empty]
    return _plain(function(*given[: len(needed)]))


def _tried(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except Exception as error:
        return type(error).__name__


def _network(network: Any, shape: tuple[int, ...], torch: Any) -> str:
    """Its parameters by shape, and what it answers once all of them hold known numbers."""
    network.eval()
    with torch.no_grad():
        for number, parameter in enumerate(network.parameters(), 1):
            parameter.copy_(torch.linspace(-1, 1, parameter.numel()).reshape(parameter.shape) / number)
        shapes = [tuple(parameter.shape) for parameter in network.parameters()]
        return f"{shapes} {_plain(network(torch.linspace(-1, 1, 2 * math.prod(shape)).reshape(2, *shape)))}"


def _plain(value: Any, depth: int = 6) -> str:
    if isinstance(value, bool | str | int | types.NoneType):
        return repr(value)[:MOST]
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, list | tuple) and depth:
        inner = ", ".join(_plain(one, depth - 1) for one in value[:1000])
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, dict) and depth:
        return "{" + ", ".join(f"{key!r}: {_plain(one, depth - 1)}" for key, one in list(value.items())[:1000]) + "}"
    if hasattr(value, "tolist") and hasattr(value, "shape"):
        detached = value.detach() if hasattr(value, "detach") else value
        return f"{tuple(value.shape)} {value.dtype} {_plain(detached.reshape(-1)[:1000].tolist(), depth)}"
    return type(value).__name__


def _fault(error: BaseException) -> tuple[str, int]:
    """What stopped the program, and in which of its lines; 0 where it was none of them."""
    first = str(error).strip().split("\n")[0]
    what = f"{type(error).__name__}: {first}" if first else type(error).__name__
    frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == NAME]
    line = frames[-1] if frames else 0
    if isinstance(error, SyntaxError) and error.filename == NAME:
        line = error.lineno
    if isinstance(error, AssertionError) and not frames:
        what = "what has to hold does not" + (f": {first}" if first else "")
    return what[:500], line or 0
