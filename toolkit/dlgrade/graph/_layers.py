"""The layer table: each step of the graph in the field's words, with shapes, parameters and MACs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from dlgrade.graph._nouns import Step
from dlgrade.graph._operators import (
    ACTIVATIONS,
    ATTENTION,
    AVERAGE_POOLS,
    CONVOLUTIONS,
    DROPOUTS,
    MATRIX,
    MAX_POOLS,
    NORMS,
    RECURRENT,
    SOFTMAXES,
)
from dlgrade.graph._program import resolved

SHOWN = (
    CONVOLUTIONS | MATRIX | RECURRENT | ATTENTION | NORMS | MAX_POOLS | AVERAGE_POOLS | DROPOUTS | ACTIVATIONS
    | SOFTMAXES | {"embedding"}
)  # fmt: skip

_NAMES = {
    "relu": "ReLU", "relu6": "ReLU6", "leaky_relu": "LeakyReLU", "prelu": "PReLU", "elu": "ELU", "gelu": "GELU",
    "silu": "SiLU", "selu": "SELU", "celu": "CELU", "mish": "Mish", "tanh": "Tanh", "sigmoid": "Sigmoid",
    "hardswish": "Hardswish", "softplus": "Softplus", "glu": "GLU", "log_softmax": "LogSoftmax", "softmax": "Softmax",
    "lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN", "lstm_cell": "LSTM cell",
    "gru_cell": "GRU cell",
    "rnn_tanh_cell": "RNN cell", "rnn_relu_cell": "RNN cell", "embedding": "Embedding", "linear": "Linear",
    "scaled_dot_product_attention": "Attention",
}  # fmt: skip
_NORM_NAMES = {"batch_norm": "BatchNorm", "instance_norm": "InstanceNorm", "layer_norm": "LayerNorm",
               "group_norm": "GroupNorm", "rms_norm": "RMSNorm"}  # fmt: skip


@dataclass(frozen=True)
class Shapes:
    """What the arguments of a step stand for, without numbers: values on the ``meta`` device."""

    x: torch.Tensor
    tensors: Sequence[Any]
    values: Sequence[Any]

    def of(self, item: Any) -> Any:
        """What an argument stands for."""
        return resolved(item, self.x, self.tensors, self.values)

    def source(self, step: Step) -> tuple[int, ...]:
        """Shape of the first thing that a step reads, without its batch axis."""
        return shape_of(self.of(step.reads[0])) if step.reads else ()


def operand(step: Step, position: int, name: str, default: Any = None) -> Any:
    """An argument of a step by position or by the operator's own name for it."""
    if position < len(step.args):
        return step.args[position]
    return step.kwargs.get(name, default)


def shape_of(value: Any) -> tuple[int, ...]:
    """Shape of a tensor without its batch axis; empty for anything else."""
    if isinstance(value, tuple | list) and value:
        value = value[0]
    return tuple(value.shape[1:]) if isinstance(value, torch.Tensor) else ()


def _sides(value: Any, rank: int = 2) -> tuple[Any, ...]:
    if isinstance(value, list):
        return tuple(value) if len(value) == rank else tuple(value) * rank
    return (value,) * rank


def _by(sides: Sequence[Any]) -> str:
    return "x".join(map(str, sides))


def label(step: Step, shapes: Shapes, index: int) -> str:
    """A step in words: ``Conv2d 8 -> 10, 3x3, padding 1``."""
    try:
        return _label(step, shapes, index)
    except (IndexError, TypeError, ValueError):  # an operator used on shapes that it has no words for
        return step.packet


def _label(step: Step, shapes: Shapes, index: int) -> str:
    packet, plain = step.packet, step.packet.rstrip("_")
    before, after = shapes.source(step), shape_of(shapes.values[index])
    if packet in CONVOLUTIONS:
        return _convolution(step, shapes, after)
    if packet in {"linear", "embedding"}:
        weight = shapes.of(step.args[1 if packet == "linear" else 0])
        first, last = (weight.shape[-1], after[-1]) if packet == "linear" else tuple(weight.shape)
        return f"{_NAMES[packet]} {first} -> {last}"
    if packet in RECURRENT and before and after:
        return f"{_NAMES[packet]} {before[-1]} -> {after[-1]}"
    if packet in NORMS:
        name = next((text for key, text in _NORM_NAMES.items() if key in packet), packet)
        return f"{name} {before[0] if before else ''}".rstrip()
    if packet in MAX_POOLS or packet in AVERAGE_POOLS:
        return _pool(step, before, after)
    if packet in DROPOUTS:
        return f"{'Dropout2d' if 'feature' in packet else 'Dropout'} {operand(step, 1, 'p', 0.5):g}"
    return _NAMES.get(plain) or _NAMES.get(plain.removeprefix("_")) or plain


def _convolution(step: Step, shapes: Shapes, after: tuple[int, ...]) -> str:
    weight = shapes.of(step.args[1])
    rank = weight.dim() - 2
    transposed = "transpose" in step.packet
    parts = [f"{'ConvTranspose' if transposed else 'Conv'}{rank}d {shapes.source(step)[0]} -> {after[0]}, "
             f"{_by(weight.shape[2:])}"]  # fmt: skip
    dilation, groups = (7, 6) if transposed else (5, 6)
    for name, place, usual in (("stride", 3, 1), ("padding", 4, 0), ("dilation", dilation, 1)):
        sides = _sides(operand(step, place, name, usual), rank)
        if set(sides) != {usual}:
            parts.append(f"{name} {sides[0] if len(set(sides)) == 1 else _by(sides)}")
    count = operand(step, groups, "groups", 1)
    if count != 1:
        parts.append(f"{count} groups")
    return ", ".join(parts)


def _pool(step: Step, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    kind = "MaxPool" if step.packet in MAX_POOLS else "AvgPool"
    sides = before[1:]
    if len(before) == 3 and math.prod(after[1:]) == 1 and math.prod(sides) > 1 and _is_whole(step, sides):
        return f"Global {'max' if kind == 'MaxPool' else 'average'} of {_by(sides)}"
    if step.packet == "mean":
        return "Mean"
    if "adaptive" in step.packet:
        return f"Adaptive{kind} to {_by(after[1:])}"
    rank = max(1, len(before) - 1)
    kernel = operand(step, 1, "kernel_size")
    stride = operand(step, 2, "stride") or kernel
    text = f"{kind} {_by(_sides(kernel, rank))}"
    return text if _sides(stride, rank) == _sides(kernel, rank) else f"{text}, stride {_sides(stride, rank)[0]}"


def _is_whole(step: Step, sides: tuple[int, ...]) -> bool:
    if step.packet == "mean":
        dims = operand(step, 1, "dim")
        return isinstance(dims, list) and sorted(d % 4 for d in dims if isinstance(d, int)) == [2, 3]
    if "adaptive" in step.packet:
        return True
    kernel = _sides(operand(step, 1, "kernel_size"))
    return all(k == side for k, side in zip(kernel, sides, strict=True))
