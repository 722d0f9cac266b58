"""A network as data: its tensors, its two programs, and what running them may cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from dlgrade.graph._cost import Trace, trace
from dlgrade.graph._nouns import Tensor
from dlgrade.graph._program import Program


@dataclass(frozen=True)
class Graph:
    """A network as data, as `decode` makes it: both programs were traced for a batch of two.

    Attributes:
        message: what it was decoded from, for the process that trains, with `files` to decode it again.
    """

    input_shape: tuple[int, ...]
    tensors: tuple[Tensor, ...]
    train: Program
    eval: Program
    train_trace: Trace = field(repr=False, compare=False)
    eval_trace: Trace = field(repr=False, compare=False)
    message: Any = field(default=None, repr=False, compare=False)
    files: tuple[str, ...] = field(default=(), repr=False, compare=False)
    _admitted: set[tuple[int | bool, ...]] = field(default_factory=set, repr=False, compare=False)

    def values(self) -> list[torch.Tensor]:
        """Fresh copies of all tensors, in order."""
        return [tensor.value.clone() for tensor in self.tensors]

    def admit(self, training: bool, shape: Sequence[int]) -> None:
        """Refuse a batch before it is run, where a pass over it would take too much.

        Each shape is traced once, without numbers; asking again costs a look into a table.

        Raises:
            BadGraph: the operators do not take this shape, or want more memory or time than is given.
        """
        gradients = torch.is_grad_enabled()
        key = (training, gradients, *shape)
        if key not in self._admitted:
            program = self.train if training else self.eval
            traced = trace(program, [tensor.value for tensor in self.tensors], shape)
            traced.check(shape[0] if shape else 1, gradients)
            self._admitted.add(key)
