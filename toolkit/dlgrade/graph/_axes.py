"""Which axis of a value is which: batch, channels, positions, or a mixture.

Each value of a program gets two codes of its own shape: a number for the channel and a number for the position
that an entry belongs to. Convolutions and pools give new ones, operators that move numbers move the codes, and
an axis along which the position code changes is one of positions. So a map is recognised in any layout, and
flattening mixes what a view can take apart again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from dlgrade.graph._nouns import Ref, Step
from dlgrade.graph._operators import (
    ACTIVATIONS,
    ATTENTION,
    AVERAGE_POOLS,
    CONVOLUTIONS,
    DROPOUTS,
    ELEMENTWISE,
    MATRIX,
    MAX_POOLS,
    MOVES,
    NORMS,
    RECURRENT,
    REDUCTIONS,
    SELECTS,
    SOFTMAXES,
)
from dlgrade.graph._program import Program, called, resolved

CASTS = frozenset(
    {"to", "_to_copy", "type_as", "contiguous", "clone", "detach", "alias", "lift_fresh", "lift_fresh_copy"}
)
"""Operators that copy values as they are."""

_NEW_MAPS = (
    CONVOLUTIONS | MAX_POOLS | (AVERAGE_POOLS - {"mean"})
    | {name for name in SELECTS if "upsample" in name or "sampler" in name or "shuffle" in name or "unpool" in name}
    | {"col2im"}
) - {"channel_shuffle", "native_channel_shuffle"}  # fmt: skip
_SAME = ELEMENTWISE | ACTIVATIONS | DROPOUTS | SOFTMAXES | NORMS | CASTS | {"where", "masked_fill", "masked_fill_"}
_KEEPS_FIRST = frozenset(
    name + end
    for name in ("index_put", "scatter", "scatter_add", "index_add", "index_fill", "index_copy", "tril", "triu")
    for end in ("", "_")
)
_MOVED = (MOVES | SELECTS | REDUCTIONS | {"mean"}) - _SAME - _NEW_MAPS - _KEEPS_FIRST


@dataclass(frozen=True)
class Codes:
    """Channel and position of every entry of a value; `axes` says what changes along each axis."""

    channel: torch.Tensor
    position: torch.Tensor

    @property
    def shape(self) -> torch.Size:
        """The value's shape."""
        return self.channel.shape

    def positional(self) -> tuple[int, ...]:
        """Axes along which the position changes."""
        return _changing(self.position)

    def positions_only(self) -> tuple[int, ...]:
        """Axes along which the position changes and the channel does not."""
        channels = _changing(self.channel)
        return tuple(axis for axis in self.positional() if axis not in channels)


def _changing(code: torch.Tensor) -> tuple[int, ...]:
    return tuple(
        axis
        for axis in range(code.dim())
        if code.shape[axis] > 1 and code.numel() and not torch.equal(code.narrow(axis, 0, 1).expand_as(code), code)
    )


def fresh(shape: Sequence[int]) -> Codes:
    """Codes of a map (N, C, *positions)."""
    channel = _draw(shape[1] if len(shape) > 1 else 1, seed=len(shape))
    position = _draw(math.prod(shape[2:]), seed=11).reshape(tuple(shape[2:]))
    wide = channel.reshape(-1, *[1] * max(0, len(shape) - 2))
    return Codes(wide.expand(tuple(shape)), position.expand(tuple(shape)))


def _draw(count: int, seed: int) -> torch.Tensor:
    # Drawn, so that no sum over rows is the same for every column; whole, so that equal sums are equal bits.
    return torch.randint(1 << 20, (count,), generator=torch.Generator().manual_seed(seed)).double()


def axes_of(
    program: Program, x: torch.Tensor, tensors: Sequence[torch.Tensor], values: Sequence[Any]
) -> list[Codes | list[Codes | None] | None]:
    """Codes of every step's value; None where nothing is known. `values` may be on the meta device."""
    found: list[Any] = []
    start = fresh(x.shape)
    for index, step in enumerate(program.steps):
        look = _Look(start, x, tensors, values, found)
        try:
            found.append(_codes(step, values[index], look))
        except Exception:
            found.append(None)
    return found


@dataclass(frozen=True)
class _Look:
    """What the arguments of a step stand for: values, and their codes."""

    start: Codes
    x: Any
    tensors: Sequence[Any]
    values: Sequence[Any]
    found: Sequence[Any]

    def value(self, item: Any) -> Any:
        return resolved(item, self.x, self.tensors, self.values)

    def codes(self, item: Any) -> Any:
        if not isinstance(item, Ref) or item.kind == "t":
            return None
        return self.start if item.kind == "x" else self.found[item.index]

    def known(self, step: Step) -> list[Codes]:
        return [codes for codes in map(self.codes, step.reads) if isinstance(codes, Codes)]


def _codes(step: Step, value: Any, look: _Look) -> Any:
    if not step.packet:
        given = look.codes(step.args[0])
        return given[step.args[1]] if isinstance(given, list) else None
    known = look.known(step)
    if not known:
        return None
    if step.packet in _NEW_MAPS:
        return [fresh(value[0].shape), None] if isinstance(value, tuple | list) else fresh(value.shape)
    if step.packet in _SAME:
        same = _together(known, (value[0] if isinstance(value, tuple) else value).shape)
        return [same] if isinstance(value, tuple) else same
    if step.packet in _KEEPS_FIRST:
        return look.codes(step.args[0])
    if step.packet in _MOVED:
        return _moved(step, look)
    rule = _RULES.get(step.packet)
    return rule(step, value, look) if rule else None


def _together(known: Sequence[Codes], shape: Sequence[int]) -> Codes:
    fitting = [codes for codes in known if len(codes.shape) <= len(shape)]
    channel = sum((codes.channel.expand(tuple(shape)) for codes in fitting), torch.zeros(()))
    position = sum((codes.position.expand(tuple(shape)) for codes in fitting), torch.zeros(()))
    return Codes(channel, position)


def _moved(step: Step, look: _Look) -> Any:
    results = []
    for which in ("channel", "position"):

        def code(ref: Ref, which: str = which) -> Any:
            codes, value = look.codes(ref), look.value(ref)
            if isinstance(codes, Codes):
                code = getattr(codes, which)
                # Whole, because a view of an expanded tensor is refused where the value's own would not be.
                return code.clone() if step.packet.endswith("_") else code.contiguous()
            if isinstance(codes, list):
                return [getattr(part, which) for part in codes if part is not None]
            if not isinstance(value, torch.Tensor):
                return value
            blank = torch.zeros(value.shape, dtype=torch.float64)
            # Something to pick by: the first and second entry in turn.
            return blank if value.is_floating_point() else (torch.arange(value.numel()) % 2).reshape(value.shape)

        replaced = _with_refs(step, code)
        results.append(called(step.call, replaced, torch.zeros(()), (), ()))
    channel, position = results
    if isinstance(channel, tuple | list):
        return [Codes(one, other) for one, other in zip(channel, position, strict=True)]
    return Codes(channel, position)


def _with_refs(step: Step, replace: Callable[[Ref], Any]) -> Step:
    def put(item: Any) -> Any:
        if isinstance(item, Ref):
            return replace(item)
        return [put(part) for part in item] if isinstance(item, list) else item

    args = tuple(put(item) for item in step.args)
    kwargs = {key: put(item) for key, item in step.kwargs.items()}
    return Step(step.operator, step.packet, step.call, args, kwargs, step.at, step.module, ())


# -- operators that make new channels and keep positions ------------------------------------------------------


def _last_axis_new(codes: Codes, shape: Sequence[int]) -> Codes:
    """Codes of a value whose last axis was made anew, as by a `Linear`."""
    return Codes(_draw(shape[-1], seed=7).expand(tuple(shape)), codes.position[..., :1].expand(tuple(shape)))


def _linear(step: Step, value: Any, look: _Look) -> Any:
    codes = look.codes(step.args[0])
    return _last_axis_new(codes, value.shape) if isinstance(codes, Codes) else None


def _product(step: Step, value: Any, look: _Look) -> Any:
    left, right = (look.codes(item) for item in step.args[-2:])
    rows = left.position.narrow(-1, 0, 1) if isinstance(left, Codes) else torch.zeros(())
    columns = right.position.narrow(-2, 0, 1) if isinstance(right, Codes) else torch.zeros(())
    position = rows.expand(value.shape) + columns.expand(value.shape)
    if not isinstance(right, Codes):
        channel = _draw(value.shape[-1], seed=7)
    elif not isinstance(left, Codes):
        channel = _draw(value.shape[-2], seed=7)[:, None]
    else:
        channel = right.channel.narrow(-2, 0, 1)
    return Codes(channel.expand(value.shape), position)


def _attention(step: Step, value: Any, look: _Look) -> Any:
    query, content = look.codes(step.args[0]), look.codes(step.args[2])
    position = query.position.narrow(-1, 0, 1).expand(value.shape)
    return Codes(content.channel.narrow(-2, 0, 1).expand(value.shape), position)


def _recurrent(step: Step, value: Any, look: _Look) -> Any:
    codes = look.codes(step.args[0])
    return [_last_axis_new(codes, value[0].shape)] + [None] * (len(value) - 1)


def _einsum(step: Step, value: Any, look: _Look) -> Any:
    before, _, after = step.args[0].replace(" ", "").partition("->")
    given = list(zip(before.split(","), map(look.codes, step.args[1]), strict=True))
    of_data = {letter for letters, codes in given if isinstance(codes, Codes) for letter in letters}
    channel = position = torch.zeros(value.shape, dtype=torch.float64)
    for letters, codes in given:
        if isinstance(codes, Codes):
            channel = channel + _kept(codes.channel, letters, after)
            position = position + _kept(codes.position, letters, after)
    for axis, letter in enumerate(after):
        if letter not in of_data:
            channel = channel + _draw(value.shape[axis], seed=axis).reshape(-1, *[1] * (value.dim() - axis - 1))
    return Codes(channel, position)


def _kept(code: torch.Tensor, letters: str, after: str) -> torch.Tensor:
    """A code of an operand with axes `letters`, to be added to one with axes `after`."""
    index = tuple(slice(None) if letter in after else 0 for letter in letters)
    kept = [letter for letter in letters if letter in after]
    code = code[index].permute([kept.index(letter) for letter in after if letter in kept])
    return code[tuple(slice(None) if letter in kept else None for letter in after)]


_RULES: dict[str, Callable[[Step, Any, _Look], Any]] = {
    **dict.fromkeys(MATRIX & {"mm", "bmm", "matmul", "addmm", "baddbmm"}, _product),
    **dict.fromkeys(RECURRENT, _recurrent),
    **dict.fromkeys(ATTENTION, _attention),
    "linear": _linear,
    "einsum": _einsum,
}
