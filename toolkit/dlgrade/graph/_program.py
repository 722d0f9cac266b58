"""A checked graph that runs: a list of steps, each one allowed operator with its arguments.

Generates no code and evaluates no text; running is a loop. `decode` makes graphs, `_cost` says what a run
would cost before there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from dlgrade.graph._nouns import BadGraph, Device, Ref, Step


@dataclass(frozen=True)
class Program:
    """One graph (of training or of evaluation mode); `writes_input` where it changes its batch in place."""

    steps: tuple[Step, ...]
    output: Ref
    writes_input: bool = False

    def run(
        self,
        x: torch.Tensor,
        tensors: Sequence[torch.Tensor],
        *,
        until: int | None = None,
        keep: bool = False,
        replace: Mapping[int, Callable[[torch.Tensor], torch.Tensor]] | None = None,
        substitute: Mapping[str, Callable[..., Any]] | None = None,
    ) -> Any:
        """Run on a batch.

        Args:
            x: the batch, (N, *input_shape).
            tensors: the network's tensors in the order of the graph.
            until: stop after this step and return its value.
            keep: return the list of all steps' values instead of the output.
            replace: by step, a function applied to the step's value before anybody reads it.
            substitute: by operator packet, a function called instead of the operator.
        """
        if self.writes_input:
            x = x.clone()
        try:
            return self._run(x, tensors, until, keep, replace, substitute)
        except BadGraph:
            raise
        except Exception as error:
            if x.device.type != "cpu":  # out of memory there, or a capture that failed: for the trainer to judge
                raise
            text = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise BadGraph(f"the received graph does not run: {text[:160]}") from error

    def _run(
        self,
        x: torch.Tensor,
        tensors: Sequence[torch.Tensor],
        until: int | None,
        keep: bool,
        replace: Mapping[int, Callable[[torch.Tensor], torch.Tensor]] | None,
        substitute: Mapping[str, Callable[..., Any]] | None,
    ) -> Any:
        values: list[Any] = [None] * len(self.steps)
        for index, step in enumerate(self.steps):
            call = step.call
            if substitute is not None and step.packet in substitute:
                call = substitute[step.packet]
            value = called(call, step, x, tensors, values)
            if replace is not None and index in replace:
                value = replace[index](value)
            values[index] = value
            if until == index:
                return value
            if not keep:
                for gone in step.done_with:
                    values[gone] = None
        return values if keep else resolved(self.output, x, tensors, values)


_ACTIVE = frozenset({Ref, list, Device})


def called(
    call: Callable[..., Any], step: Step, x: torch.Tensor, tensors: Sequence[torch.Tensor], values: Sequence[Any]
) -> Any:
    """What `call` returns for the arguments of a step, given the values of the steps before it."""
    args = [resolved(item, x, tensors, values) if type(item) in _ACTIVE else item for item in step.args]
    if not step.kwargs:
        return call(*args)
    return call(*args, **{key: resolved(item, x, tensors, values) for key, item in step.kwargs.items()})


def resolved(item: Any, x: Any, tensors: Sequence[Any], values: Sequence[Any]) -> Any:
    """What an argument of a step stands for, given the values of the steps before it."""
    kind = type(item)
    if kind is Ref:
        if item.kind == "n":
            return values[item.index]
        return x if item.kind == "x" else tensors[item.index]
    if kind is list:
        return [resolved(part, x, tensors, values) for part in item]
    return x.device if kind is Device else item
