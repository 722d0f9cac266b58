"""Is this a global average? Asked of the network's behaviour, not of its text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from dlgrade.graph._nouns import Ref
from dlgrade.graph._operators import ELEMENTWISE, MOVES, SELECTS, SOFTMAXES
from dlgrade.graph._reading import Map, Reading, numbers_read

_NEW_CONTENT = frozenset(
    name for name in SELECTS
    if any(word in name for word in ("cat", "stack", "pad", "upsample", "sampler", "shuffle", "embedding", "col2im"))
)  # fmt: skip
_PASSED = (MOVES | SELECTS | {"tril", "triu", ""}) - _NEW_CONTENT
_WEIGHED = ELEMENTWISE | {"where", "masked_fill", "masked_fill_"}
_PRODUCTS = frozenset({"mul", "mul_", "multiply", "multiply_", "div", "div_", "divide", "divide_", "addcmul"})


@dataclass(frozen=True)
class Last:
    """The maps from which the logits are computed, and the steps between those maps and the logits."""

    maps: tuple[Map, ...]
    steps: tuple[int, ...]


def last_maps(reading: Reading) -> Last:
    """Walk back from the output to the first maps.

    A map that was only moved, cropped, or weighed position by position with numbers of its own is not yet the
    map: what was done to it is part of how it is read.
    """
    todo, seen = [reading.program.output], set[Ref]()
    maps: list[Map] = []
    steps: list[int] = []
    while todo:
        ref = todo.pop()
        if ref in seen or ref.kind == "t":
            continue
        seen.add(ref)
        found = reading.map_at(ref)
        if found is not None and (ref.kind == "x" or not _is_reading(reading, ref.index)):
            maps.append(found)
        elif ref.kind == "n":
            steps.append(ref.index)
            todo += numbers_read(reading.program.steps[ref.index])
        elif reading.x.dim() > 2:
            maps.append(Map(ref, reading.x.shape, tuple(range(2, reading.x.dim()))))
    return Last(tuple(sorted(maps, key=lambda found: found.ref.index)), tuple(sorted(steps)))


def _is_reading(reading: Reading, index: int) -> bool:
    """Whether a step that puts out a map only chooses or weighs positions of another one."""
    step = reading.program.steps[index]
    if step.packet in _PASSED:
        return True
    if step.packet not in _WEIGHED:
        return False
    return any(weighs_positions(reading, index, ref) for ref in step.reads) or (
        step.packet in _PRODUCTS and any(_is_shares(reading, ref) for ref in step.reads)
    )


def weighs_positions(reading: Reading, index: int, ref: Ref) -> bool:
    """Whether an operand of an elementwise step has a number of its own for each position, whatever the image."""
    value, codes = reading.value(ref), reading.codes(Ref("n", index))
    if codes is None or not isinstance(value, torch.Tensor) or not reading.is_fixed(ref):
        return False
    lead = len(codes.shape) - value.dim()
    return any(axis >= lead and value.shape[axis - lead] > 1 for axis in codes.positional())


def _is_shares(reading: Reading, ref: Ref) -> bool:
    """Whether a value is a softmax over positions: multiplying by it makes a weighted average."""
    while ref.kind == "n":
        step = reading.program.steps[ref.index]
        if step.packet in SOFTMAXES:
            given = reading.codes(step.args[0]) if isinstance(step.args[0], Ref) else None
            axis = step.args[1] if len(step.args) > 1 else step.kwargs.get("dim")
            return given is not None and isinstance(axis, int) and axis % len(given.shape) in given.positional()
        if step.packet not in MOVES | SELECTS or not step.reads:
            return False
        ref = step.reads[0]
    return False


def global_average(reading: Reading) -> Map | None:
    """The averaged map, where the logits depend on the last maps through their means alone; else None.

    A maximum, a flattened map, a convolution over the whole map and an average over a part of it all change
    the logits when a map is replaced by one that has the same mean.
    """
    maps = last_maps(reading).maps
    if not maps or any(found.ref.kind == "x" for found in maps):
        return None

    def logits(seed: int, flat: bool) -> torch.Tensor:
        replace = {found.ref.index: _drawn(found, seed, flat) for found in maps}
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            result = reading.program.run(reading.x, reading.graph.values(), replace=replace)
        assert isinstance(result, torch.Tensor)  # noqa: S101 - narrows the type
        return result

    random, other, averaged = logits(1, False), logits(2, False), logits(1, True)
    spread = float((random - other).abs().max())
    # 1e-3 of what another draw changes: rounding stays a hundred times below, one odd position far above.
    if not spread > 0 or not float((random - averaged).abs().max()) <= 1e-3 * spread:
        return None
    return maps[-1]


def _drawn(found: Map, seed: int, flat: bool) -> Callable[[torch.Tensor], torch.Tensor]:
    def draw(value: torch.Tensor) -> torch.Tensor:
        random = torch.Generator().manual_seed(seed)
        noise = torch.randn(value.shape, generator=random)
        one = [1 if axis in found.axes else size for axis, size in enumerate(value.shape)]
        noise = noise + 0.3 * torch.randn(one, generator=random)  # so that a ReLU behind the mean is not always shut
        flattened = noise.mean(found.axes, keepdim=True).expand_as(noise).clone()
        return (flattened if flat else noise).to(value.dtype)

    return draw
