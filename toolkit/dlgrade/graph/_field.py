"""Receptive fields: which pixels can reach one position of a step's output, found by the gradient.

The program is run in a stand-in form in which nothing can vanish: every operator adds up what it reads. Sums
over channels do not care how many channels there are, so a convolution from 512 to 1,024 channels is one small
convolution of ones, and all fields of a network of six million parameters take about a second.

What a norm measures over the whole map is left out, as is usual: only what is normalised counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import torch
from torch.nn import functional as F

from dlgrade.graph._axes import CASTS, Codes
from dlgrade.graph._cost import MAX_BYTES_PER_IMAGE, Tracer
from dlgrade.graph._nouns import BadGraph, Step
from dlgrade.graph._operators import (
    ACTIVATIONS,
    ATTENTION,
    AVERAGE_POOLS,
    CONVOLUTIONS,
    DROPOUTS,
    ELEMENTWISE,
    MAX_POOLS,
    NORMS,
    REDUCTIONS,
    SOFTMAXES,
)
from dlgrade.graph._program import called, resolved
from dlgrade.graph._reading import Reading
from dlgrade.graph._schema import named_arguments

LARGEST = 256
"""Side of the largest input that is tried; what sees all of it is said to see the whole image."""

_Named = dict[str, Any]
_StandIn = Callable[[_Named, Any], Any]


class Fields:
    """Receptive fields of the steps of one program."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._runs: dict[int, _Run] = {}

    def field(self, index: int) -> int | None:
        """Side of the square of the input that one position of step `index` sees; None where it has none.

        The input grows until two sizes agree, so that no border and no padding cuts the field off. What sees all
        of every input, such as a global average, sees the whole image: the side of the network's own input. A
        network that runs at one size only is measured there, where fields end at the border.
        """
        if len(self._reading.graph.input_shape) != 3:
            return None
        own = max(self._reading.graph.input_shape[1:])
        measured: int | None = None
        factor, whole = 1, False
        while factor == 1 or factor * own <= LARGEST:
            span = self._run(factor).span(index)
            if span is None or span == measured:
                return measured
            measured, whole = span, span == factor * own
            factor *= 3
        return own if whole else measured

    def _run(self, factor: int) -> _Run:
        if factor not in self._runs:
            self._runs[factor] = _Run(self._reading, factor)
        return self._runs[factor]


class _Run:
    """The stand-in form of a program at one size of the input."""

    def __init__(self, reading: Reading, factor: int) -> None:
        channels, *sides = reading.graph.input_shape
        self._reading = reading
        self._sides = [side * factor for side in sides]
        self._channels = channels

    @cached_property
    def _leaf(self) -> torch.Tensor:
        return torch.ones(2, 1, *self._sides, dtype=torch.float64, requires_grad=True)

    @cached_property
    def _values(self) -> list[Any]:
        """Values of all steps; None from where the program does not take this size."""
        program, tensors = self._reading.program, [_positive(tensor) for tensor in self._reading.tensors]
        x = self._leaf.expand(2, self._channels, *self._sides)
        tracer = Tracer(self._reading.tensors, x.shape)
        values: list[Any] = []
        for step in program.steps:
            try:
                # First without numbers: a larger input could make a step too large.
                shapes = tracer.add(step)
                if tracer.meter.bytes > 4 * MAX_BYTES_PER_IMAGE:
                    raise BadGraph("too large")
                values.append(_stood_in(step, x, tensors, values, shapes))
            except Exception:
                tracer.values[len(values) :] = [None]
                values.append(None)
        return values

    def span(self, index: int) -> int | None:
        """From the first to the last pixel that one position reads, on the longer axis."""
        value = self._values[index]
        codes = self._reading.axes[index]
        if not isinstance(value, torch.Tensor) or not value.requires_grad:
            return None
        axes = codes.positional() if isinstance(codes, Codes) else ()
        if not axes and value.dim() != 4:
            return None
        axes = axes or (2, 3)
        middle = tuple(
            0 if axis == 0 else size // 2 if axis in axes else slice(None) for axis, size in enumerate(value.shape)
        )
        try:
            (gradient,) = torch.autograd.grad(value[middle].sum(), self._leaf, retain_graph=True)
        except (RuntimeError, IndexError):  # nothing to start from, or no derivative on the way
            return None
        touched = gradient[0, 0] != 0
        spans = [touched.any(1 - axis).nonzero() for axis in (0, 1)]
        if not len(spans[0]):
            return None
        return max(int(span[-1] - span[0]) + 1 for span in spans)


def _positive(tensor: torch.Tensor) -> torch.Tensor:
    # Where an operator has no stand-in, weights of one sign keep its gradients from cancelling.
    return tensor.double().abs() + 0.1 if tensor.is_floating_point() else tensor


def _stood_in(step: Step, x: torch.Tensor, tensors: Sequence[Any], values: Sequence[Any], shapes: Any) -> Any:
    stand_in = _STAND_INS.get(step.packet)
    if stand_in is None:
        return called(step.call, step, x, tensors, values)
    return stand_in(named_arguments(step, lambda item: resolved(item, x, tensors, values)), shapes)


# -- stand-ins -----------------------------------------------------------------------------------------------


def _real(value: torch.Tensor) -> torch.Tensor:
    value = value.real if value.is_complex() else value
    return value if value.dtype is torch.float64 else value.to(torch.float64)


def _source(named: _Named) -> torch.Tensor:
    value = named["self"] if "self" in named else named["input"]
    assert isinstance(value, torch.Tensor)  # noqa: S101 - narrows the type
    return value


def _first(named: _Named, shapes: Any) -> Any:
    value = _real(next(iter(named.values())))
    return (value, *[None] * (len(shapes) - 1)) if isinstance(shapes, tuple) else value


def _added(named: _Named, shapes: Any) -> torch.Tensor:
    operands = [_real(item) for item in named.values() if isinstance(item, torch.Tensor)]
    return sum(operands[1:], operands[0]).expand(shapes.shape)


def _gated(named: _Named, shapes: Any) -> torch.Tensor:
    one, other = named["self"].chunk(2, named.get("dim", -1))
    return _real(one) + _real(other)


def _mixed(named: _Named, shapes: Any) -> torch.Tensor:
    value = _real(_source(named))
    return value.mean(named["dim"], keepdim=True).expand(value.shape)


def _reduced(named: _Named, shapes: Any) -> Any:
    operands = [_real(item) for item in named.values() if isinstance(item, torch.Tensor)]
    total = sum(operands[1:], operands[0])
    dims = named.get("dim")
    if "other" in named:
        return total.expand(shapes.shape)
    made = shapes[0] if isinstance(shapes, tuple) else shapes
    if dims is None or dims == []:
        reduced = total.mean().expand(made.shape)
    else:
        kept = total.mean(dims, keepdim=True)
        if made.dim() < total.dim():
            kept = total.mean(dims)
        reduced = kept.expand(made.shape)
    if isinstance(shapes, tuple):
        return (reduced, *(torch.zeros(part.shape, dtype=part.dtype) for part in shapes[1:]))
    return reduced


def _one_channel(value: torch.Tensor) -> torch.Tensor:
    """The only channel, where all channels are one."""
    return value[:, :1] if value.stride(1) == 0 else value


def _convolved(named: _Named, shapes: Any) -> torch.Tensor:
    x, weight, groups = _one_channel(_real(named["input"])), named["weight"], named.get("groups", 1)
    rank = weight.dim() - 2
    if x.shape[1] == 1:
        groups = 1
    x = x.unflatten(1, (groups, -1)).mean(2)
    ones = torch.ones(groups, 1, *weight.shape[2:], dtype=torch.float64)
    geometry = {key: named.get(key, default) for key, default in (("stride", 1), ("padding", 0), ("dilation", 1))}
    if named.get("transposed") or ("output_padding" in named and "transposed" not in named):
        apply = getattr(F, f"conv_transpose{rank}d")
        made = apply(x, ones, None, output_padding=named["output_padding"], groups=groups, **geometry)
    else:
        made = getattr(F, f"conv{rank}d")(x, ones, None, groups=groups, **geometry)
    assert isinstance(made, torch.Tensor)  # noqa: S101 - narrows the type
    if groups == 1:
        return made.expand(shapes.shape)
    wide: torch.Tensor = made.unsqueeze(2).expand(-1, -1, shapes.shape[1] // groups, *made.shape[2:])
    return wide.flatten(1, 2)


def _transposed(named: _Named, shapes: Any) -> torch.Tensor:
    return _convolved({"output_padding": 0, **named}, shapes)


def _pooled(named: _Named, shapes: Any) -> Any:
    x = _one_channel(_real(_source(named)))
    made = shapes[0] if isinstance(shapes, tuple) else shapes
    rank = made.dim() - 2
    if "output_size" in named:
        pooled = getattr(F, f"adaptive_avg_pool{rank}d")(x, named["output_size"])
    elif set(_listed(named.get("dilation", 1))) == {1}:
        pooled = getattr(F, f"avg_pool{rank}d")(
            x, named["kernel_size"], named.get("stride") or None, named.get("padding", 0), named.get("ceil_mode", False)
        )
    else:
        kernel = _listed(named["kernel_size"])
        ones = torch.ones(x.shape[1], 1, *(kernel * (rank // len(kernel))), dtype=torch.float64)
        apply = getattr(F, f"conv{rank}d")
        stride = named.get("stride") or named["kernel_size"]
        pooled = apply(x, ones, None, stride, named.get("padding", 0), named["dilation"], x.shape[1])
    pooled = pooled.expand(made.shape)
    if isinstance(shapes, tuple):
        return (pooled, torch.zeros(shapes[1].shape, dtype=torch.int64))
    return pooled


def _listed(value: Any) -> list[int]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _linear(named: _Named, shapes: Any) -> torch.Tensor:
    return _real(named["input"]).mean(-1, keepdim=True).expand(shapes.shape)


def _multiplied(named: _Named, shapes: Any) -> torch.Tensor:
    left, right = [_real(item) for item in named.values() if isinstance(item, torch.Tensor)][-2:]
    return (left.mean(-1, keepdim=True) + right.mean(-2, keepdim=True)).expand(shapes.shape)


def _attended(named: _Named, shapes: Any) -> torch.Tensor:
    query, key, value = (_real(named[name]).mean(-1, keepdim=True) for name in ("query", "key", "value"))
    return (query + (key + value).mean(-2, keepdim=True)).expand(shapes.shape)


_ACTUAL = {"complex", "polar", "view_as_real", "view_as_complex", "real", "imag", "angle", "copy_"} | {
    "cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "diff", "_weight_norm", "_weight_norm_interface", "cdist",
    "trace", "topk", "kthvalue", "argmax", "argmin", "argsort", "count_nonzero", "all", "any", "aminmax",
}  # fmt: skip

_STAND_INS: dict[str, _StandIn] = {
    name: stand_in
    for names, stand_in in (
        (REDUCTIONS | {"mean"}, _reduced),
        (ELEMENTWISE | {"where", "masked_fill", "masked_fill_"}, _added),
        (ACTIVATIONS | DROPOUTS | NORMS | CASTS | {"fill_", "zero_"}, _first),
        ({"glu"}, _gated),
        (SOFTMAXES | {"sort"}, _mixed),
        (MAX_POOLS | AVERAGE_POOLS - {"mean"}, _pooled),
        ({name for name in CONVOLUTIONS if "transpose" not in name}, _convolved),
        ({name for name in CONVOLUTIONS if "transpose" in name}, _transposed),
        ({"linear"}, _linear),
        ({"mm", "bmm", "matmul", "addmm", "baddbmm"}, _multiplied),
        (ATTENTION, _attended),
    )
    for name in names
    if name not in _ACTUAL
}
