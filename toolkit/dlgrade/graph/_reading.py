"""One program run once on two random images, with every value kept, for those who ask questions about it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from dlgrade.graph._axes import Codes, axes_of, fresh
from dlgrade.graph._cost import Trace
from dlgrade.graph._graph import Graph
from dlgrade.graph._nouns import BadGraph, Ref, Step
from dlgrade.graph._operators import CREATIONS, SIZES
from dlgrade.graph._program import Program, called, resolved


@dataclass(frozen=True)
class Map:
    """A value with positions: `axes` are those of the positions."""

    ref: Ref
    shape: torch.Size
    axes: tuple[int, ...]

    @property
    def sides(self) -> tuple[int, ...]:
        """Channels first, then the positions: (10, 7, 7)."""
        others = [size for axis, size in enumerate(self.shape) if axis and axis not in self.axes]
        return (math.prod(others), *(self.shape[axis] for axis in self.axes))


_SHAPE_ONLY = SIZES | CREATIONS | {"rand_like", "randn_like", "randint_like"}
_SHAPE_OF_THE_SECOND = frozenset({"view_as", "reshape_as", "expand_as", "type_as"})


def numbers_read(step: Step) -> tuple[Ref, ...]:
    """What a step reads for its numbers, and not only for its size."""
    if step.packet in _SHAPE_ONLY:
        return ()
    return step.reads[:1] if step.packet in _SHAPE_OF_THE_SECOND else step.reads


_ORDERING = frozenset(["sort", "argsort", "topk", "median", "cummax", "cummin", "argmax", "argmin"])
_COMPARING = frozenset(["lt", "le", "gt", "ge", "eq", "ne", "maximum", "minimum"])

_MOST_EFFORT = 2_000_000


class Reading:
    """A program with what is known of its values. Runs on the CPU, without gradients."""

    def __init__(self, graph: Graph, program: Program, trace: Trace, seed: int = 0) -> None:
        self.graph = graph
        self.program = program
        self.trace = trace
        self.x = torch.randn(2, *graph.input_shape, generator=torch.Generator().manual_seed(seed))
        self.tensors = graph.values()
        self._effort = 0

    def spend(self, steps: int) -> None:
        """Note how many steps a question walked over; BadGraph where a graph is made to be walked for ever."""
        self._effort += steps
        if self._effort > _MOST_EFFORT:
            raise BadGraph("the graph is too tangled to be inspected")

    @cached_property
    def values(self) -> list[Any]:
        """The value of every step, as it was when it was made."""
        return self._run(self.x)

    @cached_property
    def _other_values(self) -> list[Any]:
        return self._run(torch.randn(self.x.shape, generator=torch.Generator().manual_seed(99)))

    def _run(self, x: torch.Tensor) -> list[Any]:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            values: list[Any] = self.program.run(x, self.graph.values(), keep=True)
        return values

    @cached_property
    def axes(self) -> list[Any]:
        """`Codes` of every step's value."""
        meta = [tensor.to("meta") for tensor in self.tensors]
        return axes_of(self.program, self.x.to("meta"), meta, self.trace.values)

    @cached_property
    def cone(self) -> list[int]:
        """Steps that the output depends on, in order."""
        todo = [self.program.output.index] if self.program.output.kind == "n" else []
        seen: set[int] = set()
        while todo:
            index = todo.pop()
            if index not in seen:
                seen.add(index)
                todo += [ref.index for ref in numbers_read(self.program.steps[index]) if ref.kind == "n"]
        return sorted(seen)

    @cached_property
    def _learned(self) -> set[int]:
        """Steps whose value is computed from parameters."""
        found: set[int] = set()
        for index, step in enumerate(self.program.steps):
            if any(self.is_learned(ref, found) for ref in numbers_read(step)):
                found.add(index)
        return found

    def is_learned(self, ref: Ref, steps: set[int] | None = None) -> bool:
        """Whether a value is computed from parameters."""
        if ref.kind == "t":
            return self.graph.tensors[ref.index].kind == "parameter"
        return ref.kind == "n" and ref.index in (self._learned if steps is None else steps)

    @cached_property
    def _shown(self) -> set[int]:
        """Steps whose numbers depend on the image."""
        found: set[int] = set()
        for index, step in enumerate(self.program.steps):
            if any(ref.kind == "x" or (ref.kind == "n" and ref.index in found) for ref in numbers_read(step)):
                found.add(index)
        return found

    def puts_parameters_in_order(self) -> int | None:
        """The first step that sorts parameters, or compares them with one another, whatever the image."""
        for index, step in enumerate(self.program.steps):
            operands = [ref for ref in numbers_read(step) if ref.kind in ("n", "t")]
            learned = sum(self.is_learned(ref) for ref in operands)
            if index not in self._shown and (
                (step.packet in _ORDERING and learned) or (step.packet in _COMPARING and learned > 1)
            ):
                return index
        return None

    def is_fixed(self, ref: Ref) -> bool:
        """Whether a value is the same, or nearly, for other images."""
        if ref.kind != "n":
            return ref.kind == "t"
        one, other = self.values[ref.index], self._other_values[ref.index]
        if not isinstance(one, torch.Tensor) or not one.numel():
            return True
        if not one.is_floating_point():
            return torch.equal(one, other)
        # Nearly: a weight to which a trace of the image is added is a weight still.
        return float((one - other).abs().max()) <= 0.05 * float(one.abs().max())

    def value(self, ref: Ref) -> Any:
        """The value that a `Ref` stands for."""
        return resolved(ref, self.x, self.tensors, self.values)

    def codes(self, ref: Ref) -> Codes | None:
        """Codes of the value that a `Ref` stands for."""
        if ref.kind == "x":
            return fresh(self.x.shape)
        found = self.axes[ref.index] if ref.kind == "n" else None
        return found if isinstance(found, Codes) else None

    def map_at(self, ref: Ref) -> Map | None:
        """The map that a `Ref` stands for: batch, channels and two axes of positions, in whatever order."""
        codes = self.codes(ref)
        if codes is None or len(codes.shape) != 4:
            return None
        axes = codes.positions_only()
        # A side of one does not change; it lies beside the other.
        if len(axes) == 1 and len(codes.positional()) == 1:
            axes = {3: (2, 3), 1: (1, 2), 2: (2, 3)}.get(axes[0], ())
        if axes not in ((2, 3), (1, 2)) or math.prod(codes.shape[axis] for axis in axes) < 2:
            return None
        return Map(ref, codes.shape, axes)

    def replayed(
        self,
        until: int,
        leaves: Mapping[Ref, torch.Tensor],
        tensors: list[torch.Tensor],
        call: Callable[[Step], Callable[..., Any]],
    ) -> Any:
        """The value of step `until` when `leaves` take the place of what stands there; the rest is as it was.

        Only steps between a leaf and `until` are run again.
        """
        values = list(self.values)
        changed = {ref.index for ref in leaves if ref.kind == "n"}
        for ref, leaf in leaves.items():
            if ref.kind == "n":
                values[ref.index] = leaf
        x = leaves.get(Ref("x", 0), self.x)
        start = min((ref.index for ref in leaves if ref.kind == "n"), default=0)
        self.spend(until + 1 - start)
        for index in range(start, until + 1):
            step = self.program.steps[index]
            reads = any(ref in leaves or (ref.kind == "n" and ref.index in changed) for ref in step.reads)
            if index not in changed and reads:
                values[index] = called(call(step), step, x, tensors, values)
                changed.add(index)
        return values[until]
