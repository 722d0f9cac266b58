"""Does a layer read a flattened map? Asked of the gradient: which positions does one of its outputs read?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from dlgrade.graph._average import last_maps, weighs_positions
from dlgrade.graph._nouns import Ref, Step
from dlgrade.graph._operators import (
    ACTIVATIONS,
    CONVOLUTIONS,
    DROPOUTS,
    ELEMENTWISE,
    MATRIX,
    MOVES,
    NORMS,
    RECURRENT,
    SELECTS,
    SOFTMAXES,
)
from dlgrade.graph._reading import Map, Reading, numbers_read

_WIDE = 25
"""Positions from which a window that covers the whole map is one: 3x3 with padding on a 3x3 map is not."""

_PASSED_ON = ACTIVATIONS | DROPOUTS | NORMS | SOFTMAXES
_TRANSPARENT = (MOVES | SELECTS | ELEMENTWISE | _PASSED_ON | {""}) - {"fill_", "zero_", "embedding", "one_hot"}
_WEIGHTINGS = frozenset({"mul", "mul_", "multiply", "multiply_", "div", "div_", "divide", "divide_", "addcmul", "lerp"})


def dense_read(reading: Reading) -> tuple[int, Map] | None:
    """The first layer one of whose outputs reads several positions of a map through weights of their own.

    That is a `Linear` (or any product with weights) over a flattened map, a convolution whose kernel covers the
    whole map, a recurrent layer that is given the map at once, or weights for each position that are multiplied
    and summed. A 1x1 convolution, a `Linear` over channels, a convolution written with unfold and attention are
    none: they read one position, a window, or weigh by what they see.
    """
    for index in reading.cone:
        packet = reading.program.steps[index].packet
        found = None
        if packet in CONVOLUTIONS:
            found = _product(reading, index) if _reads_flattened(reading, index) else _whole_kernel(reading, index)
        elif packet in MATRIX:
            found = _product(reading, index)
        elif packet in RECURRENT:
            found = _recurrent(reading, index)
        if found is not None:
            return index, found
    return _weighted_sum(reading)


def _reads_flattened(reading: Reading, index: int) -> bool:
    """Whether a convolution takes positions for channels, as a 1x1 convolution of a flattened map does."""
    codes = reading.codes(reading.program.steps[index].args[0])
    return codes is not None and 1 in codes.positional()


def _whole_kernel(reading: Reading, index: int) -> Map | None:
    step = reading.program.steps[index]
    source, weight = (reading.value(ref) for ref in step.args[:2])
    if "transpose" in step.packet or source.dim() != weight.dim():
        return None
    codes, kernel, sides = reading.codes(step.args[0]), weight.shape[2:], source.shape[2:]
    if codes is None or not codes.positional() or math.prod(kernel) == 1 or math.prod(sides) == 1:
        return None
    to_one = math.prod(reading.values[index].shape[2:]) == 1
    covers = math.prod(kernel) >= _WIDE and all(k >= side for k, side in zip(kernel, sides, strict=True))
    return Map(step.args[0], source.shape, tuple(range(2, source.dim()))) if to_one or covers else None


def _product(reading: Reading, index: int) -> Map | None:
    """The map of which one output of a product with learned weights reads several positions."""
    reads = reading.program.steps[index].reads
    for ref in reads:
        if not any(reading.is_learned(other) and reading.is_fixed(other) for other in reads if other != ref):
            continue
        for found in _maps_behind(reading, ref):
            touched = _positions_read(reading, found, index)
            out = reading.codes(Ref("n", index))
            # Where positions are left, this is a window that slides, unless it is as large as the map.
            slides = out is not None and bool(out.positional())
            everything = math.prod(found.shape[axis] for axis in found.axes)
            if touched > 1 and (not slides or touched == everything >= _WIDE):
                return found
    return None


def _maps_behind(reading: Reading, ref: Ref) -> list[Map]:
    """The nearest maps upstream, passing only steps that neither mix positions nor lose them."""
    seen: set[Ref] = set()
    todo, found = [ref], []
    while todo:
        ref = todo.pop()
        if ref in seen or ref.kind == "t":
            continue
        seen.add(ref)
        step = reading.program.steps[ref.index] if ref.kind == "n" else None
        here = reading.map_at(ref)
        if here is not None and (step is None or step.packet not in MOVES | SELECTS):
            found.append(here)
        elif (
            step is not None and step.packet in _TRANSPARENT and (reading.codes(ref) is not None or not step.packet)
        ) or (step is not None and isinstance(reading.values[ref.index], tuple | list) and step.packet in _TRANSPARENT):
            todo += numbers_read(step)
    reading.spend(len(seen))
    return found


def _passed_on(step: Step) -> Callable[..., Any]:
    """The operator itself, or a stand-in that passes its first argument on: no gradient may vanish on the way."""
    if step.packet in _PASSED_ON or step.packet == "detach":
        return lambda value, *_, **__: value
    return step.call


def _positions_read(reading: Reading, found: Map, index: int) -> int:
    leaf = torch.rand(found.shape, generator=torch.Generator().manual_seed(3)) + 0.5
    leaf.requires_grad_()
    # Weights of one sign: no product of the chain can be nought by chance.
    positive = [tensor.abs() + 0.1 if tensor.is_floating_point() else tensor for tensor in reading.tensors]
    try:
        with torch.enable_grad():
            out = reading.replayed(index, {found.ref: leaf}, positive, _passed_on)
            middle = tuple(0 if axis == 0 else size // 2 for axis, size in enumerate(out.shape))
            (gradient,) = torch.autograd.grad(out[middle], leaf)
    except RuntimeError:
        return 0
    others = tuple(axis for axis in range(leaf.dim()) if axis not in found.axes)
    return int((gradient.abs().sum(others) > 0).sum())


def _recurrent(reading: Reading, index: int) -> Map | None:
    """A recurrent layer whose features are positions while its time steps are not."""
    step = reading.program.steps[index]
    source = step.args[0]
    codes = reading.codes(source) if isinstance(source, Ref) else None
    if codes is None or set(codes.positional()) != {len(codes.shape) - 1}:
        return None
    maps = _maps_behind(reading, source)
    return maps[0] if maps else None


def _weighted_sum(reading: Reading) -> tuple[int, Map] | None:
    """Learned weights for each position of a last map, by which it is multiplied on its way to the logits."""
    last = last_maps(reading)
    for index in last.steps:
        step = reading.program.steps[index]
        if step.packet in _WEIGHTINGS:
            for ref in step.reads:
                if reading.is_learned(ref) and weighs_positions(reading, index, ref):
                    behind = [found for other in step.reads for found in _maps_behind(reading, other)]
                    return index, (behind or [*last.maps])[0]
    return None
