"""What a graph is made of, once it has been checked; and the error where it could not be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch


class BadGraph(Exception):  # noqa: N818 - reads better where it is caught
    """What was received is not a graph that this grader runs; the text says why, `line` where in the file."""

    def __init__(self, reason: str, line: tuple[str, int] | None = None) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a step's argument comes from: the input ``x``, tensor ``t`` of the network, or step ``n``."""

    kind: str
    index: int


@dataclass(frozen=True, slots=True)
class Device:
    """Stands for "the device of the input" among the arguments of a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operator: `args` and `kwargs` hold plain values, `Ref`s and lists of both.

    Attributes:
        packet: the operator's short name (``conv2d``), empty for arithmetic on sizes.
        at: file and line of the student's call.
        module: path of the student's module, such as ``features.0``.
        reads: every `Ref` among the arguments.
        done_with: steps whose values nobody reads after this one.
    """

    operator: str
    packet: str
    call: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    at: tuple[str, int] | None
    module: str
    reads: tuple[Ref, ...]
    done_with: tuple[int, ...] = ()


@dataclass(frozen=True)
class Tensor:
    """A tensor of the network: `kind` is parameter, buffer or constant; `names` all it goes by."""

    kind: str
    names: tuple[str, ...]
    value: torch.Tensor
    trained: bool
