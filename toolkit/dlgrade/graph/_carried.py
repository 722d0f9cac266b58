"""`CarriedNetwork`: what a check sees of a student's network."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch

from dlgrade.course import Layer, NetworkSummary, Tier
from dlgrade.graph._average import global_average
from dlgrade.graph._counting import extra_numbers
from dlgrade.graph._dense import dense_read
from dlgrade.graph._field import Fields
from dlgrade.graph._fingerprint import fingerprint
from dlgrade.graph._graph import Graph
from dlgrade.graph._layers import SHOWN, Shapes, label, shape_of
from dlgrade.graph._network import Network
from dlgrade.graph._nouns import BadGraph
from dlgrade.graph._reading import Map, Reading
from dlgrade.graph._structure import Operation, operations, ways
from dlgrade.quantity import Count, Shape

EXTRA_ALLOWANCE = 2_000
"""Numbers that buffers, constants and generated tensors may hold together (DESIGN 4)."""

_ONE_WHOLE = 0.005
"""Spread of the sums of rows, as a share of their mean, up to which they are shares of one whole."""

MEASURED_ROWS = 500
"""Rows of the layer table whose receptive field is measured; ResNet-152 has about 470."""


@dataclass(frozen=True)
class Place:
    """A spot in the student's network that a check names.

    Attributes:
        where: ``file:line``, empty where the line is not known.
        layer: the layer in words.
        shape: the map (C, H, W) that it reads, written ``10x7x7``.
        step: index in the graph of the mode in which it was found.
    """

    where: str
    layer: str
    shape: str
    step: int
    sides: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.where}  {self.layer}".strip()


def _sums_alike(rows: torch.Tensor) -> bool:
    """Rows of shares of one whole, whatever the whole is: nothing negative, and all sums the same."""
    sums = rows.sum(1)
    return bool((rows >= 0).all()) and bool((sums > 0).all()) and float(sums.std() / sums.mean()) < _ONE_WHOLE


class CarriedNetwork:
    """A student's network as received: counted, inspected and rebuilt here, where no student code runs.

    Args:
        graph: as decoded.
        name: the class's name.
        tier: ``verified`` where logits and gradients agreed with the original's.
        locate: turns (file, line) into what is shown, such as a notebook's cell.
        because: what keeps the tier from being ``verified``, one sentence.
    """

    def __init__(
        self,
        graph: Graph,
        name: str = "Net",
        tier: Tier = "verified",
        locate: Callable[[str, int], str] = "{}:{}".format,
        because: str = "",
    ) -> None:
        """Runs nothing yet; the graph was traced when it was decoded."""
        self.graph = graph
        self.because = because
        self.name = name
        self.tier: Tier = tier
        self._locate = locate
        self._reading = Reading(graph, graph.eval, graph.eval_trace)
        # The table shows the training graph, which has the dropouts.
        self._training = Reading(graph, graph.train, graph.train_trace)

    def module(self) -> Network:
        """A fresh trainable copy with the received initial values."""
        return Network(self.graph)

    @cached_property
    def parameter_count(self) -> Count:
        """All parameters: tied ones once, frozen and unused ones too, and what hides beyond the allowance.

        Batch-norm statistics are free. Numbers in other buffers, constants and generated tensors beyond
        `EXTRA_ALLOWANCE` are weights by another name and are added.
        """
        declared = sum(t.value.numel() for t in self.graph.tensors if t.kind == "parameter")
        return Count(declared + max(0, self.extra_numbers - EXTRA_ALLOWANCE), "parameters")

    @cached_property
    def extra_numbers(self) -> int:
        """Numbers that are neither parameters nor measured by training, such as constants and tables."""
        return extra_numbers(self.graph)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one input."""
        return self.graph.input_shape

    @property
    def output_shape(self) -> Shape:
        """Shape of the answer to one input, without the batch axis."""
        return Shape(self.graph.eval_trace.output.shape[1:])

    @property
    def keeps_batch(self) -> bool:
        """Whether two inputs give two answers (and not one, or a reshaped mixture)."""
        out = self.graph.eval_trace.output
        return bool(out.dim() > 0 and out.shape[0] == 2)

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """Answers of the untrained network in evaluation mode to a batch (N, *input_shape)."""
        with torch.no_grad():
            return self.module().eval()(x).detach()  # type: ignore[no-any-return]

    def _random_images(self, count: int, seed: int) -> torch.Tensor:
        return torch.randn(count, *self.input_shape, generator=torch.Generator().manual_seed(seed))

    def finite(self) -> bool:
        """Whether the answers to random images, in both modes, are numbers."""
        images = self._random_images(8, 5)
        with torch.no_grad():
            trained = self.module().train()(images)
        return bool(torch.isfinite(self.logits(images)).all() and torch.isfinite(trained).all())

    def same_twice(self) -> bool:
        """Whether evaluation gives the same answer twice (nothing is drawn at random)."""
        images = self._random_images(8, 6)
        return bool(torch.equal(self.logits(images), self.logits(images)))

    def same_alone(self) -> bool:
        """Whether evaluation answers an image alone as it does in a batch, up to rounding."""
        images = self._random_images(8, 7)
        together = self.logits(images)
        try:
            alone = torch.cat([self.logits(images[i : i + 1]) for i in range(len(images))])
        except (BadGraph, RuntimeError):  # a squeeze() that loses a batch of one
            return False
        scale = float(together.abs().max())
        return together.shape == alone.shape and bool(((together - alone).abs() <= 1e-4 * scale + 1e-6).all())

    def output_kind(self) -> Literal["logits", "log_probabilities", "probabilities"]:
        """What forward returns, judged by the rows for random inputs."""
        out = self.logits(self._random_images(8, 5)).float()
        if out.dim() != 2:
            return "logits"
        if _sums_alike(out):
            return "probabilities"
        if bool((out <= 0).all()) and torch.allclose(out.exp().sum(1), torch.ones(len(out)), atol=1e-3):
            return "log_probabilities"
        return "logits"

    def dense_read(self) -> Place | None:
        """The first layer that reads a flattened map with weights of its own for each position, else None."""
        for reading in (self._reading, self._training):  # a layer may stand in one of the modes only
            found = dense_read(reading)
            if found is not None:
                return self._place(reading, found[0], found[1])
        return None

    def puts_parameters_in_order(self) -> str:
        """Where parameters are sorted or compared with one another, ``file:line`` and operator; else empty.

        That undoes a permutation of their initial values, so what such a network learns cannot be told from what
        was put into it.
        """
        for reading in (self._reading, self._training):
            found = reading.puts_parameters_in_order()
            if found is not None:
                step = reading.program.steps[found]
                where = self._locate(*step.at) if step.at else ""
                return f"{where}  {step.packet}".strip()
        return ""

    def global_average(self) -> Place | None:
        """The map that is averaged, where the logits depend on the last maps through their means alone."""
        found = global_average(self._reading)
        return None if found is None else self._place(self._reading, found.ref.index, found)

    def receptive_field(self, place: Place | int) -> int | None:
        """Receptive field (side, in input pixels) of one position of what a step puts out.

        What sees the whole image whatever its size, as behind a global average or attention, has the side of the
        network's input. None where a step has no positions.
        """
        return self._fields.field(place if isinstance(place, int) else place.step)

    @cached_property
    def _fields(self) -> Fields:
        return Fields(self._reading)

    def _place(self, reading: Reading, step: int, found: Map) -> Place:
        made = reading.program.steps[step]
        return Place(
            where=self._locate(*made.at) if made.at else "",
            layer=label(made, self._shapes(reading), step),
            shape="x".join(map(str, found.sides)),
            step=step,
            sides=found.sides,
        )

    def _shapes(self, reading: Reading) -> Shapes:
        return Shapes(reading.x, reading.tensors, reading.trace.values)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """One row per layer, in the order of the training graph's calls (dropout shows, evaluation has none)."""
        return self._layers(self._training_fields)

    @cached_property
    def _training_fields(self) -> Fields:
        return Fields(self._training)

    def _layers(self, fields: Fields | None) -> tuple[Layer, ...]:
        shapes, trace = self._shapes(self._training), self.graph.train_trace
        seen: set[int] = set()
        rows: list[Layer] = []
        for index, step in enumerate(self.graph.train.steps):
            new = {
                ref.index for ref in step.reads
                if ref.kind == "t" and self.graph.tensors[ref.index].kind == "parameter"
            } - seen  # fmt: skip
            if step.packet not in SHOWN and not new:
                continue
            seen |= new
            out = shape_of(trace.values[index])
            rows.append(Layer(
                name=label(step, shapes, index),
                where=self._locate(*step.at) if step.at else "",
                input_shape=shapes.source(step),
                output_shape=out,
                parameters=sum(self.graph.tensors[i].value.numel() for i in new),
                macs=trace.macs[index] // 2,  # the trace is of two images
                activations=math.prod(out),
                receptive_field=fields.field(index) if fields and len(out) == 3 and len(rows) < MEASURED_ROWS else None,
                module=step.module,
            ))  # fmt: skip
        return tuple(rows)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The layers that the answer depends on and what feeds what, for checks of structure.

        Raises:
            BadGraph: the graph is made to be walked for ever.
        """
        shapes = self._shapes(self._training)
        return operations(
            self._training, shapes, self._training_fields, lambda step: self._locate(*step.at) if step.at else ""
        )

    def ways(self, start: Operation, *until: str) -> list[tuple[Operation, ...]]:
        """Every way from a layer to the next of these kinds, or to the answer: the layers on it, the last included.

        Raises:
            BadGraph: there are too many.
        """
        return list(ways(self.operations, start, frozenset(until)))

    @cached_property
    def parameters_read(self) -> frozenset[str]:
        """First names of the parameters that evaluation depends on: the same at every size, or not one network."""
        steps = (self.graph.eval.steps[index] for index in self._reading.cone)
        read = {ref.index for step in steps for ref in step.reads if ref.kind == "t"}
        return frozenset(t.names[0] for i, t in enumerate(self.graph.tensors) if t.kind == "parameter" and i in read)

    @cached_property
    def unused(self) -> tuple[str, ...]:
        """Names of parameters that neither graph reads."""
        read = {ref.index for p in (self.graph.train, self.graph.eval) for step in p.steps for ref in step.reads
                if ref.kind == "t"}  # fmt: skip
        return tuple(t.names[0] for i, t in enumerate(self.graph.tensors) if t.kind == "parameter" and i not in read)

    def heaviest(self) -> str:
        """One line that names what costs most: numbers outside parameters, or the heaviest layer."""
        beyond = self.extra_numbers - EXTRA_ALLOWANCE
        if beyond > 0:
            return (
                f"{beyond:,} of them are numbers in buffers, constants and generated tensors "
                f"({self.extra_numbers:,}, of which {EXTRA_ALLOWANCE:,} are free)"
            )
        rows = self._layers(None)
        if not rows:
            return ""
        top = max(rows, key=lambda row: row.parameters)
        return f"{top.parameters:,} of them are one layer: {top.where}  {top.name}".strip()

    def summary(self) -> NetworkSummary:
        """The counted facts for the report."""
        layers = self.layers
        numbers = sum(row.activations for row in layers) + self.parameter_count
        return NetworkSummary(
            name=self.name,
            parameters=int(self.parameter_count),
            layers=layers,
            input_shape=self.input_shape,
            output_shape=tuple(self.output_shape),
            macs=sum(row.macs for row in layers),
            memory_bytes=4 * numbers,
            unused=self.unused,
            extra_numbers=self.extra_numbers,
            fingerprint=fingerprint(self.graph),
        )
