"""What a network is, whatever its author called its parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from dlgrade.graph._encode import raw
from dlgrade.graph._graph import Graph
from dlgrade.graph._nouns import Ref
from dlgrade.graph._program import Program


def fingerprint(graph: Graph, *, values: bool = False) -> str:
    """SHA-256 of operators, their arguments and how they are connected, in both modes; names and lines do not count.

    Args:
        values: whether the numbers in its tensors count too, and the order in which the network holds them. Two
            networks with the same of these train alike, number by number.
    """
    order = range(len(graph.tensors)) if values else _by_first_use(graph)
    place = {index: number for number, index in enumerate(order)}
    total = hashlib.sha256(f"dlgrade network 1 {graph.input_shape}".encode())
    for program in (graph.train, graph.eval):
        for line in _lines(program, place):
            total.update(line.encode() + b"\n")
    for index in order:
        tensor = graph.tensors[index]
        total.update(f"{tensor.kind} {tuple(tensor.value.shape)} {tensor.value.dtype} {tensor.trained}\n".encode())
        if values:
            total.update(raw(tensor.value).data)
    return total.hexdigest()


def _by_first_use(graph: Graph) -> list[int]:
    """Tensors in the order in which the programs read them; those that none reads come last, by shape."""
    read = [ref.index for p in (graph.train, graph.eval) for step in p.steps for ref in step.reads if ref.kind == "t"]
    used = list(dict.fromkeys(read))
    left = set(range(len(graph.tensors))) - set(used)
    return used + sorted(left, key=lambda index: (graph.tensors[index].kind, tuple(graph.tensors[index].value.shape)))


def _lines(program: Program, place: dict[int, int]) -> Iterator[str]:
    for step in program.steps:
        arguments = [_written(item, place) for item in step.args]
        named = [f"{key}={_written(item, place)}" for key, item in sorted(step.kwargs.items())]
        yield f"{step.operator}({', '.join([*arguments, *named])})"
    yield f"return {_written(program.output, place)}"


def _written(item: Any, place: dict[int, int]) -> str:
    if isinstance(item, Ref):
        return f"{item.kind}{place[item.index] if item.kind == 't' else item.index}"
    if isinstance(item, list):
        return f"[{', '.join(_written(part, place) for part in item)}]"
    return repr(item)
