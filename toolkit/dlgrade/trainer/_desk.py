"""The process that trains: answers questions about one received network after another until the wire closes.

It runs no student code, but what a student sent: a graph whose operators are torch's. So it runs under limits
of memory and time, in a sandbox where the machine has one.
"""

from __future__ import annotations

import dataclasses
import sys
import traceback
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import nn

from dlgrade import recipe, wire
from dlgrade.graph import BadGraph, Graph, Network, decode, raw, tensor_of
from dlgrade.trainer._device import single_threaded
from dlgrade.trainer._evaluation import evaluate
from dlgrade.trainer._images import Batches, Images
from dlgrade.trainer._loop import Progress, Training, overfit, train


class Desk:
    """What was sent so far: images by name, one network, its trainings by number."""

    def __init__(self, tell: Callable[[Any], None]) -> None:
        self._tell = tell
        self._images: dict[str, Images] = {}
        self._graph: Graph | None = None
        self._trainings: list[Training] = []

    def asked(self, do: str, ask: dict[str, Any]) -> Any:
        """Answer one question."""
        return getattr(self, f"_do_{do}")(**ask)

    def _do_images(self, name: str, pixels: wire.RawTensor, labels: wire.RawTensor) -> None:
        self._images[name] = Images(tensor_of(pixels), tensor_of(labels))

    def _do_network(self, message: Any, files: list[str]) -> None:
        """The network for the questions that follow; those before it are forgotten."""
        self._graph, self._trainings = decode(message, files), []

    def _do_overfit(self, images: str, count: int, steps: int, seed: int) -> float:
        known = self._images[images]
        batch = Images(known.pixels[:count], known.labels[:count])
        return float(overfit(self._build(), batch, steps=steps, seed=seed))

    def _do_train(
        self, recipe_: Any, training: str, test: str, seed: int, device: str, permute: bool
    ) -> dict[str, Any]:
        finished = train(
            self._build(), recipe.from_plain(recipe_), self._images[training], self._images[test], seed=seed,
            device=torch.device(device), permute=permute, on_progress=self._progress,
        )  # fmt: skip
        return self._kept(finished)

    def _kept(self, finished: Training) -> dict[str, Any]:
        self._trainings.append(finished)
        return {"training": len(self._trainings) - 1, "summary": summary_to_plain(finished.summary)}

    def _do_share(self, device: str, share: float) -> None:
        """Take no more of a GPU's memory than this share."""
        torch.cuda.set_per_process_memory_fraction(share, torch.device(device))

    def _do_values(self, training: int) -> dict[str, Any]:
        """The tensors of a finished training, in the order of the graph, and the memory order that it evaluates in."""
        found = self._trainings[training]
        network = cast(Network, found.network)
        layout = str(found._batches.layout).removeprefix("torch.")
        return {"values": [raw(value) for value in network.tensors()], "layout": layout}

    def _do_evaluate(
        self, values: list[wire.RawTensor], recipe_: Any, training: str, test: str, layout: str
    ) -> dict[str, Any]:
        """The received graph with other values in its tensors, as they came out of a training elsewhere."""
        network = self._build()()
        for held, value in zip(network.tensors(), values, strict=True):
            held.detach().copy_(tensor_of(value))
        batches = Batches(self._images[training].on(_CPU), recipe.from_plain(recipe_), torch.Generator())
        batches.layout = getattr(torch, layout)
        cast(Any, network).to(memory_format=batches.layout)
        seen = evaluate(network, batches, self._images[test].on(_CPU))
        return {
            "loss": seen.loss, "accuracy": seen.accuracy,
            "predicted": raw(seen.predicted), "confidence": raw(seen.confidence),
            # The figures of this training are made where it runs; here only its network stays, for other images.
            "training": self._kept_network(network, batches),
        }  # fmt: skip

    def _kept_network(self, network: nn.Module, batches: Batches) -> int:
        nothing: Any = None
        self._trainings.append(Training(nothing, network.eval(), batches, _CPU))
        return len(self._trainings) - 1

    def _do_accuracy(self, training: int, images: str) -> float:
        return float(self._trainings[training].accuracy_on(self._images[images]))

    def _build(self) -> Callable[[], Network]:
        graph = self._graph
        assert graph is not None  # noqa: S101 - the asking side sends it first
        return lambda: Network(graph)

    def _progress(self, progress: Progress) -> None:
        self._tell(dataclasses.asdict(progress))


_CPU = torch.device("cpu")


def summary_to_plain(summary: Any) -> dict[str, Any]:
    """A `TrainingSummary` for the wire; the pixels of its mistakes travel as raw tensors."""
    plain = dataclasses.asdict(summary)
    for mistake in plain["mistakes"]:
        mistake["pixels"] = wire.RawTensor("uint8", (len(mistake["pixels"]),), mistake["pixels"])
    return plain


def main() -> int:
    """Answer until the grader closes the wire."""
    single_threaded()
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    desk = Desk(lambda progress: wire.send(answers, {"tell": progress}))
    while True:
        try:
            ask = wire.receive(questions)
        except wire.WireError:
            return 0
        wire.send(answers, _answer(desk, ask))


def _answer(desk: Desk, ask: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": desk.asked(ask.pop("do"), ask)}
    except (BadGraph, recipe.BadRecipe) as error:
        return {"refused": [type(error).__name__, str(error)[:500]]}
    except (MemoryError, torch.OutOfMemoryError) as error:
        return {"memory": str(error)[:500]}
    except Exception as error:
        return {"broken": "".join(traceback.format_exception(error))[-4000:]}
