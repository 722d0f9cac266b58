"""Numbers that are not parameters: where weights could hide, and what is honestly free.

Free are statistics that training measures, buffers that nothing reads, and a network's settings. Everything
else that is neither input nor parameter is counted: buffers, constants, numbers made from nothing, numbers
written into the graph. Not covered: a table that is computed from a parameter or from the image (one parameter,
repeated and summed up, is a ramp): that is a formula over numbers that are counted, and nothing in it is learned.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch

from dlgrade.graph._graph import Graph
from dlgrade.graph._nouns import Ref, Step, Tensor
from dlgrade.graph._operators import ELEMENTWISE, RUNNING_NORMS
from dlgrade.graph._program import Program

WASHED_OUT = 0.01
"""Momentum from which a running statistic forgets what it began with: 2 % are left after 375 steps."""

FREE_SETTINGS = 500
"""Settings such as eps, momentum and dropout rates that a graph may write down; ResNet-50 has about 110."""

_LONG_LIST = 8
_COUNTED_ONE_BY_ONE = 1 << 20
_FEW_WEIGHTS = 1_000
"""Below so many it is a mask, a grid or a window, which take a little to say however regular they are."""

_BITS_OF_A_WEIGHT = 4
"""Networks with weights of four bits lose little, so that many bits can be a weight."""


def extra_numbers(graph: Graph) -> int:
    """Numbers that are neither parameters nor free, in both graphs together."""
    read = {ref.index for program in (graph.train, graph.eval) for step in program.steps for ref in step.reads
            if ref.kind == "t"}  # fmt: skip
    measured = statistics(graph)
    declared = sum(numbers(tensor) for tensor in graph.tensors if tensor.kind == "parameter")
    held = sum(numbers(tensor) for index, tensor in enumerate(graph.tensors)
               if tensor.kind != "parameter" and index in read - measured)  # fmt: skip
    # A batch norm measures two numbers for each channel that some weight put out; there is no honest reason for
    # more statistics than weights.
    held += max(0, sum(numbers(graph.tensors[index]) for index in measured) - declared)
    made = max(_made(graph, graph.train), _made(graph, graph.eval))
    return held + made + max(_written(graph.train), _written(graph.eval))


def numbers(tensor: Tensor) -> int:
    """How many numbers a tensor holds, of as many bits as a float32 is exact to: a wide one counts as several."""
    return tensor.value.numel() * _width(tensor.value)


def _width(value: torch.Tensor) -> int:
    """Numbers of 24 bits in each number: 1 for small whole ones, 3 for those that fill 64 bits."""
    if value.is_complex():
        return 2 * _width(value.real)
    if value.dtype is torch.float64:
        # Whole and exact in half the bits, as most constants are: no more than a float32 holds.
        return 1 if torch.equal(value, value.float().double()) else 3
    if value.is_floating_point() or value.dtype is torch.bool or not value.numel():
        return 1
    span = int(value.max()) - int(value.min())
    return max(1, -(-span.bit_length() // 24))


# -- statistics ----------------------------------------------------------------------------------------------


def statistics(graph: Graph) -> set[int]:
    """Buffers that hold what training measured: running means and variances, and counters of batches.

    They are only ever read as statistics, by norms that measure in training mode; and what they held before is
    either the neutral 0 and 1, or washed out by their momentum. So what a student put there is gone.
    """
    uses: dict[int, list[tuple[bool, Step, int]]] = {}
    for training, program in ((True, graph.train), (False, graph.eval)):
        for step in program.steps:
            for place, argument in enumerate([*step.args, *step.kwargs.values()]):
                for ref in _refs_in(argument):
                    if ref.kind == "t":
                        uses.setdefault(ref.index, []).append((training, step, place))
    return {
        index
        for index, found in uses.items()
        if graph.tensors[index].kind == "buffer"
        and (_measured(graph.tensors[index].value, found) or _counts(graph.tensors[index].value, found))
    }


def _refs_in(argument: Any) -> list[Ref]:
    if isinstance(argument, list):
        return [ref for item in argument for ref in _refs_in(item)]
    return [argument] if isinstance(argument, Ref) else []


def _measured(value: torch.Tensor, uses: Sequence[tuple[bool, Step, int]]) -> bool:
    if any(step.packet not in RUNNING_NORMS or place not in (3, 4) for _, step, place in uses):
        return False
    neutral = all(torch.equal(value, torch.full_like(value, place - 3)) for _, _, place in uses)
    updates = [step for training, step, _ in uses if training]
    return bool(updates) and all(_forgets(step, neutral) for step in updates)


def _forgets(step: Step, neutral: bool) -> bool:
    if len(step.args) < 7 or step.args[5] is not True:
        return False
    momentum = step.args[6]
    return isinstance(momentum, float | int) and (momentum >= WASHED_OUT or (neutral and momentum > 0))


def _counts(value: torch.Tensor, uses: Sequence[tuple[bool, Step, int]]) -> bool:
    counted = (step.packet == "add_" and place == 0 and step.args[1:] == (1,) for _, step, place in uses)
    return value.numel() == 1 and all(counted)


# -- numbers from nothing ------------------------------------------------------------------------------------


def _made(graph: Graph, program: Program) -> int:
    """Numbers that a program makes from nothing, such as a ramp or a mask.

    Found by running it twice, with other images and other parameters: what comes out the same both times is
    made. Of what is made from one another, the step that takes the most numbers to say counts; a tensor full of
    noughts takes one.
    """
    prints: dict[int, int] = {}
    distinct: dict[int, int] = {}

    def first(index: int, value: torch.Tensor) -> None:
        prints[index] = _print_of(value)

    def second(index: int, value: torch.Tensor) -> None:
        if prints[index] == _print_of(value) and not program.steps[index].packet.startswith(("empty", "new_empty")):
            distinct[index] = _told(value)

    values = graph.values()
    changed = [_changed(value, seed) if tensor.kind == "parameter" else value.clone()
               for seed, (value, tensor) in enumerate(zip(values, graph.tensors, strict=True))]  # fmt: skip
    _watch(graph, program, values, 21, first)
    _watch(graph, program, changed, 22, second)
    return sum(
        max(0, max(distinct[index] for index in group) - _held_by(graph, program, group))
        for group in _groups(program, distinct)
    )


def _changed(value: torch.Tensor, seed: int) -> torch.Tensor:
    noise = torch.randn(value.shape, generator=torch.Generator().manual_seed(seed))
    return value + (0.1 * noise * (1 + value.abs().mean())).to(value.dtype)


def _watch(
    graph: Graph, program: Program, tensors: list[torch.Tensor], seed: int, see: Callable[[int, torch.Tensor], None]
) -> None:
    """Show each step's value at once: an operator in place would change it later."""

    def seen(index: int) -> Any:
        def look(value: Any) -> Any:
            if isinstance(value, torch.Tensor):
                see(index, value)
            return value

        return look

    x = torch.randn(2, *graph.input_shape, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        program.run(x, tensors, replace={index: seen(index) for index in range(len(program.steps))})


def _print_of(value: torch.Tensor) -> int:
    plain = value.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
    data = plain.view(torch.uint8).numpy().tobytes() if plain.numel() else b""
    return hash((tuple(value.shape), data))


def _told(value: torch.Tensor) -> int:
    """Numbers that it takes to say a tensor: its different values, or many weights, repetition squeezed out.

    A ramp is as long as it is and a mask next to nothing; weights of four bits are as many as they are, though only
    sixteen of them differ.
    """
    if value.numel() > _COUNTED_ONE_BY_ONE:
        return value.numel()
    plain = torch.view_as_real(value) if value.is_complex() else value
    different, place = torch.unique(plain, return_inverse=True)
    bits = max(1, (len(different) - 1).bit_length())
    squeezed = len(zlib.compress(place.to(torch.uint8 if bits <= 8 else torch.int32).numpy().tobytes(), 6))
    weights = min(plain.numel(), squeezed * 8 // _BITS_OF_A_WEIGHT)
    return max(weights, len(different)) if weights > _FEW_WEIGHTS else len(different)


def _groups(program: Program, members: Collection[int]) -> list[set[int]]:
    """Steps among `members` that are computed from one another."""
    parent = {index: index for index in members}

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    for index in members:
        for ref in program.steps[index].reads:
            if ref.kind == "n" and ref.index in parent:
                parent[root(ref.index)] = root(index)
    groups: dict[int, set[int]] = {}
    for index in members:
        groups.setdefault(root(index), set()).add(index)
    return list(groups.values())


def _held_by(graph: Graph, program: Program, group: set[int]) -> int:
    """Numbers of the buffers and constants that a group is computed from; they are counted where they are held."""
    read = {ref.index for index in group for ref in program.steps[index].reads if ref.kind == "t"}
    return sum(numbers(graph.tensors[index]) for index in read if graph.tensors[index].kind != "parameter")


# -- numbers in the graph ------------------------------------------------------------------------------------


def _written(program: Program) -> int:
    """Numbers written into the graph itself, beyond the settings that any network has."""
    settings = entries = 0
    for step in program.steps:
        for argument in (*step.args, *step.kwargs.values()):
            items = [argument]
            if isinstance(argument, list):
                items = [item for item in argument if not isinstance(item, Ref)]
            if len(items) > _LONG_LIST:
                entries += len(items)
            else:
                settings += sum(_is_setting(step, item) for item in items)
    return entries + max(0, settings - FREE_SETTINGS)


def _is_setting(step: Step, item: Any) -> bool:
    return type(item) is float or (type(item) in (int, bool) and (step.packet in ELEMENTWISE or not step.packet))
