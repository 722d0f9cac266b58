"""The layers of a network and what feeds what, for checks of structure.

Read from the training graph, where dropout shows. Between two layers may stand anything that is none: views, sums,
concatenations. Names of attributes, the order of definition and calls without an effect on the answer do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from dlgrade.graph._field import Fields
from dlgrade.graph._layers import SHOWN, Shapes, label, shape_of
from dlgrade.graph._nouns import BadGraph, Step
from dlgrade.graph._operators import (
    ACTIVATIONS,
    AVERAGE_POOLS,
    CONVOLUTIONS,
    DROPOUTS,
    MATRIX,
    MAX_POOLS,
    NORMS,
    SOFTMAXES,
)
from dlgrade.graph._reading import Reading, numbers_read
from dlgrade.graph._schema import named_arguments

Kind = Literal[
    "convolution", "dense", "batch_norm", "other_norm", "max_pool", "average", "dropout", "activation", "softmax",
    "other",
]  # fmt: skip

_MOST_WAYS = 2_000


@dataclass(frozen=True)
class Operation:
    """One layer, as it is called.

    Attributes:
        index: its step in the training graph.
        kind: ``dense`` is any product of matrices; ``average`` a mean over positions, whole or windowed.
        where: ``file:line`` of the call.
        reads, shape: shapes of what it reads first and of what it puts out, without the batch axis.
        settings: by torch's names: ``stride``, ``padding``, ``groups``, ``kernel_size``, ``p``, ``training`` ...
        kernel: sides of a convolution's or a pool's window; empty for others.
        weights: names of the parameters that it reads.
        feeds: the layers that read what it puts out, by their index.
        ends: whether what it puts out reaches the answer without another layer between.
        field_before, field: receptive field (side, in pixels of the input) of one position of what it reads and of what
            it puts out; None where there are no positions.
    """

    index: int
    kind: Kind
    name: str
    where: str
    reads: tuple[int, ...]
    shape: tuple[int, ...]
    settings: dict[str, Any]
    kernel: tuple[int, ...]
    weights: tuple[str, ...]
    feeds: tuple[int, ...]
    ends: bool
    field_before: int | None
    field: int | None

    def __str__(self) -> str:
        """``code4.py:12  Conv2d 8 -> 10, 3x3``."""
        return f"{self.where}  {self.name}".strip()


def operations(
    reading: Reading, shapes: Shapes, fields: Fields, located: Callable[[Step], str]
) -> tuple[Operation, ...]:
    """The layers that the answer depends on, in the order of their calls."""
    steps, cone = reading.program.steps, reading.cone
    shown = [index for index in cone if steps[index].packet in SHOWN]
    feeds, ends = _edges(reading, set(shown))
    found = []
    for index in shown:
        step = steps[index]
        first = numbers_read(step)[:1]
        out = shape_of(shapes.values[index])
        before = fields.field(first[0].index) if first and first[0].kind == "n" else 1
        reads = shapes.source(step)
        found.append(Operation(
            index=index, kind=_kind(step), name=label(step, shapes, index), where=located(step), reads=reads,
            shape=out, settings=_settings(step), kernel=_kernel(step, shapes, reads),
            weights=tuple(
                reading.graph.tensors[ref.index].names[0] for ref in step.reads
                if ref.kind == "t" and reading.graph.tensors[ref.index].kind == "parameter"
            ),
            feeds=tuple(sorted(feeds.get(index, ()))), ends=index in ends,
            field_before=before if len(reads) == 3 else None, field=fields.field(index) if len(out) == 3 else None,
        ))  # fmt: skip
    return tuple(found)


def ways(layers: tuple[Operation, ...], start: Operation, until: frozenset[str]) -> Iterator[tuple[Operation, ...]]:
    """Every way from a layer to the next of these kinds, or to the answer: the layers on it, that last one included.

    Raises:
        BadGraph: there are more ways than anybody would look at.
    """
    by_index = {layer.index: layer for layer in layers}
    todo: list[tuple[Operation, ...]] = [(start,)]
    count = 0
    while todo:
        way = todo.pop()
        last = way[-1]
        if len(way) > 1 and last.kind in until:
            yield way[1:]
        else:
            todo += [(*way, by_index[index]) for index in last.feeds]
            if last.ends:
                yield way[1:]
        count += 1
        if count > _MOST_WAYS:
            raise BadGraph("the graph is too tangled to be inspected")


def _edges(reading: Reading, shown: set[int]) -> tuple[dict[int, set[int]], set[int]]:
    """Which layer feeds which, through steps that are none; and which reach the answer so."""
    steps = reading.program.steps
    sources: dict[int, set[int]] = {}  # of each step: the layers whose values it carries
    feeds: dict[int, set[int]] = {}
    for index in reading.cone:
        carried: set[int] = set()
        for ref in numbers_read(steps[index]):
            if ref.kind == "n":
                carried |= {ref.index} if ref.index in shown else sources.get(ref.index, set())
        if index in shown:
            for one in carried:
                feeds.setdefault(one, set()).add(index)
        sources[index] = carried
        reading.spend(1 + len(carried))
    output = reading.program.output
    if output.kind != "n":
        return feeds, set()
    return feeds, {output.index} if output.index in shown else sources.get(output.index, set())


def _kind(step: Step) -> Kind:
    packet = step.packet
    if packet in NORMS:
        return "batch_norm" if "batch_norm" in packet else "other_norm"
    kinds: tuple[tuple[frozenset[str], Kind], ...] = (
        (CONVOLUTIONS, "convolution"), (MATRIX, "dense"), (MAX_POOLS, "max_pool"), (AVERAGE_POOLS, "average"),
        (DROPOUTS, "dropout"), (ACTIVATIONS, "activation"), (SOFTMAXES, "softmax"),
    )  # fmt: skip
    return next((kind for packets, kind in kinds if packet in packets), "other")


def _settings(step: Step) -> dict[str, Any]:
    given = named_arguments(step, lambda item: item)
    return {name: value for name, value in given.items() if _plain(value)}


def _plain(value: Any) -> bool:
    return all(map(_plain, value)) if isinstance(value, list) else type(value) in (bool, int, float, str)


def _kernel(step: Step, shapes: Shapes, reads: tuple[int, ...]) -> tuple[int, ...]:
    if step.packet in CONVOLUTIONS:
        return tuple(shapes.of(step.args[1]).shape[2:])
    if step.packet == "mean" or "adaptive" in step.packet:
        return ()
    sides = _settings(step).get("kernel_size", ())
    rank = max(1, len(reads) - 1)
    sides = sides if isinstance(sides, list) else [sides] if isinstance(sides, int) else []
    return tuple(sides) if len(sides) != 1 else tuple(sides) * rank
