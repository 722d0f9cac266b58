"""A loop of the student's own: what it is given, batch by batch, and what it took.

A loop runs in the worker and asks for each batch over the wire. So it is counted here, by samples: one batch looked
at with ``next(iter(loader))`` is a batch and no epoch. What it may not have (labels of the test images, more samples
than the budget) never gets there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlgrade.student._nouns import Optimizer

if TYPE_CHECKING:
    import torch

_MOST_PASSES = 10_000


@dataclass(frozen=True)
class Refused:
    """What a loop is told instead of a batch; becomes the student's problem."""

    what: str


class Supply:
    """Batches for a loop: stands in the arguments of `Student.run`, where the student sees a loader.

    Args:
        batches: given the number of the pass, from 0, the batches of it: (n, C, H, W) float32 and labels (n,) int64.
        samples: of one pass.
        batch_size: of all batches but perhaps the last.
        most: samples that may be taken in all passes together; None does not limit them.
    """

    def __init__(
        self,
        batches: Callable[[int], Iterable[tuple[torch.Tensor, torch.Tensor]]],
        *,
        samples: int,
        batch_size: int,
        most: int | None = None,
    ) -> None:
        """Nothing is drawn before it is asked for."""
        self.samples, self.batch_size, self.most = samples, batch_size, most
        self.handed = 0
        self.passes = 0
        self.last_handed: float | None = None
        self._batches = batches
        self._open: dict[int, Iterator[tuple[torch.Tensor, torch.Tensor]]] = {}

    def answer(self, request: Any) -> Any:
        """Answer one request of the worker: a number for a new pass, a batch, None at the end, or a refusal."""
        if request.get("do") == "pass":
            if self.passes >= _MOST_PASSES:
                return Refused("the loop begins the loader again and again")
            number = self.passes
            self.passes += 1
            self._open[number] = iter(self._batches(number))
            return number
        number = request.get("pass")
        batches = self._open.get(number) if type(number) is int else None
        if batches is None:
            return None
        batch = next(batches, None)
        if batch is None:
            del self._open[request["pass"]]
            return None
        if self.most is not None and self.handed + len(batch[1]) > self.most:
            return Refused(f"the loop asks for more than {self.most:,} samples; that is what the task allows")
        self.handed += len(batch[1])
        self.last_handed = time.monotonic()
        return batch

    def plain(self, number: int) -> dict[str, Any]:
        """What the worker is told of it."""
        return {
            "$given": "loader", "number": number, "samples": self.samples, "batch_size": self.batch_size,
            "batches": -(-self.samples // self.batch_size),
        }  # fmt: skip


@dataclass(frozen=True)
class LoopRun:
    """What came of a loop.

    Attributes:
        returned: what it returned; plain data and `wire.RawTensor`.
        training: whether the model was in training mode afterwards.
        gradients: whether gradients were switched on afterwards.
        seconds: wall time of the call.
        cpu_seconds: processor time of the worker in it, as far as it was seen.
        tail_seconds: wall time after the last batch was handed out; all of it where none was.
    """

    returned: Any
    training: bool
    gradients: bool
    seconds: float
    cpu_seconds: float
    tail_seconds: float


def run(
    ask: Callable[..., Any], args: Sequence[Any], supplies: Sequence[Supply], spent: Callable[[], float]
) -> LoopRun:
    """Have the worker call a function with these arguments; see `Student.run`."""
    from dlgrade.graph import BadGraph, raw

    def need(request: Any) -> Any:
        number = request.get("number") if isinstance(request, dict) else None
        if type(number) is not int or not 0 <= number < len(supplies):
            return {"refused": "there is no such loader"}
        answer = supplies[number].answer(request)
        if isinstance(answer, Refused):
            return {"refused": answer.what}
        if isinstance(answer, tuple):
            return {"batch": [raw(answer[0]), raw(answer[1])]}
        return {"number": answer}

    stated = [_plain(item, supplies) for item in args]
    began, cpu = time.monotonic(), spent()
    answer = ask(args=stated, need=need)
    ended = time.monotonic()
    if not isinstance(answer, dict) or set(answer) != {"returned", "training", "gradients"}:
        raise BadGraph("the worker's answer to the loop is not as agreed")
    handed = [supply.last_handed for supply in supplies if supply.last_handed is not None]
    return LoopRun(
        returned=answer["returned"], training=answer["training"] is True, gradients=answer["gradients"] is True,
        seconds=ended - began, cpu_seconds=spent() - cpu, tail_seconds=ended - max(handed, default=began),
    )  # fmt: skip


def _plain(item: Any, supplies: Sequence[Supply]) -> Any:
    if isinstance(item, Supply):
        return item.plain(next(i for i, supply in enumerate(supplies) if supply is item))
    return item.plain() if isinstance(item, Optimizer) else item
