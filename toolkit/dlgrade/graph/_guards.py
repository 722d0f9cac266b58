"""Operators that torch does not check itself, and what must hold before they run.

Each of these was seen to end the process, to read beyond its input, or to return memory that nobody wrote.
Their ``meta`` kernels accept what the real ones cannot take.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch

from dlgrade.graph._nouns import BadGraph

_WIDEST_SCALE = 256.0
_GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}

Named = Mapping[str, Any]


def guard_of(packet: str) -> Callable[[Named], None] | None:
    """What to ask before an operator runs: takes its arguments by name, raises BadGraph; None where torch asks."""
    if "upsample" in packet:
        return _upsample
    if packet in _GATES:
        return partial(_recurrent, _GATES[packet])
    return _GUARDS.get(packet)


def _require(holds: bool, text: str) -> None:
    if not holds:
        raise BadGraph(text)


def _weight_norm(named: Named) -> None:
    v, g, dim = named["v"], named["g"], named.get("dim", 0)
    kept = [size if axis == dim % v.dim() else 1 for axis, size in enumerate(v.shape)]
    _require(list(g.shape) == kept, "the lengths of a weight norm do not fit its directions")


def _division(named: Named) -> None:
    # The smallest whole number divided by -1 ends the process.
    tensors = [item for item in named.values() if isinstance(item, torch.Tensor)]
    whole = not any(item.is_floating_point() or item.is_complex() for item in tensors)
    _require(not (whole and named.get("rounding_mode") == "trunc"), "whole numbers are divided by truncation")


def _upsample(named: Named) -> None:
    for name, value in named.items():
        if name.startswith("scale"):
            scales = value if isinstance(value, list) else [] if value is None else [value]
            _require(
                all(1 / _WIDEST_SCALE <= scale <= _WIDEST_SCALE for scale in scales),
                f"a map is scaled by more than {_WIDEST_SCALE:.0f}",
            )


def _grid(named: Named) -> None:
    _require(named["interpolation_mode"] in (0, 1, 2), "an interpolation that does not exist")
    _require(named["padding_mode"] in (0, 1, 2), "a padding that does not exist")


def _pad(named: Named) -> None:
    _require(
        named.get("mode", "constant") == "constant" or all(size >= 0 for size in named["pad"]),
        "a padding that repeats the map is negative",
    )


def _recurrent(gates: int, named: Named) -> None:
    """The fused kernels read as many numbers as the layer's sizes promise."""
    x, params, both = named["input"], named["params"], 2 if named["bidirectional"] else 1
    states = named["hx"] if isinstance(named["hx"], list) else [named["hx"]]
    hidden, layers = states[0].shape[-1], named["num_layers"]
    batch = x.shape[0 if named["batch_first"] else 1]
    each = 4 if named["has_biases"] else 2
    _require(
        x.dim() == 3 and 0 < layers <= 64 and len(params) == layers * both * each
        and all(list(state.shape) == [layers * both, batch, hidden] for state in states),
        "a recurrent layer's states do not fit its input",
    )  # fmt: skip
    types = {tensor.dtype for tensor in (x, *states, *params)}
    _require(len(types) == 1, "a recurrent layer mixes types of numbers")
    for place in range(layers * both):
        width = x.shape[2] if place < both else hidden * both
        wanted = [[gates * hidden, width], [gates * hidden, hidden], [gates * hidden], [gates * hidden]][:each]
        given = [list(weight.shape) for weight in params[place * each : (place + 1) * each]]
        _require(given == wanted, "a recurrent layer's weights do not fit its states")


def _finite(named: Named) -> None:
    numbers = [item for item in named.values() if isinstance(item, float)]
    _require(all(math.isfinite(number) for number in numbers), "a range without an end")


_GUARDS: dict[str, Callable[[Named], None]] = {
    "_weight_norm": _weight_norm,
    "div": _division,
    "div_": _division,
    "divide": _division,
    "divide_": _division,
    "grid_sampler": _grid,
    "pad": _pad,
    "arange": _finite,
    "linspace": _finite,
}
