"""The grader's side of the process that trains."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch

from dlgrade import recipe, sandbox
from dlgrade.course import EpochFigures, Mistake, TrainingSummary
from dlgrade.dialogue import Broken, Dialogue, started
from dlgrade.graph import BadGraph, Graph, raw, tensor_of
from dlgrade.quantity import Share
from dlgrade.recipe import BadRecipe, Recipe
from dlgrade.trainer._device import choose_device
from dlgrade.trainer._evaluation import Evaluation
from dlgrade.trainer._figures import Figures
from dlgrade.trainer._images import Images
from dlgrade.trainer._loop import Progress
from dlgrade.trainer._shelf import Shelf

_SENDING = 120.0
"""Seconds for what is no training: sending images, decoding a network, evaluating it."""

_GIVEN = ("CUDA_VISIBLE_DEVICES", "CUDA_HOME", "NVIDIA_VISIBLE_DEVICES", "PYTORCH_CUDA_ALLOC_CONF")


class TrainingStopped(Exception):  # noqa: N818 - reads better where it is caught
    """A training that took more than it may: `why` is ``time`` or ``memory``, the text one sentence."""

    def __init__(self, why: Literal["time", "memory"], what: str) -> None:
        """See the attributes."""
        super().__init__(what)
        self.why: Literal["time", "memory"] = why


@dataclass
class TrainedBefore(Figures):
    """A training of another submission that is this one's too, taken from a shelf."""

    _trainer: Trainer = field(repr=False)
    _values: list[torch.Tensor] = field(repr=False)
    _of: tuple[Graph, Recipe, Images, str] = field(repr=False)

    def accuracy_on(self, images: Images) -> Share:
        """Accuracy on other labelled images, normalised as the training images were."""
        graph, wanted, training, layout = self._of
        seen, _ = self._trainer.evaluate(graph, self._values, wanted, training, images, layout=layout)
        return Share(seen.accuracy)


@dataclass
class TrainedApart(Figures):
    """A finished training whose network lives in the process that trained it."""

    _trainer: Trainer = field(repr=False)
    _number: int = 0
    _epoch_of_network: int = 0

    def accuracy_on(self, images: Images) -> Share:
        """Accuracy on other labelled images, normalised as the training images were.

        Raises:
            RuntimeError: the trainer has been given another network since.
        """
        return self._trainer._accuracy(self._number, self._epoch_of_network, images)


class Trainer:
    """Trains received networks in a process of its own, one after the other; a context manager.

    The images stay there from one network to the next. A process that ended, whyever, is replaced with the next
    question.

    Args:
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``. A GPU is reached from a plain process only.
        memory_bytes: resident memory of the process.
        seconds: of wall time for one training.
        shelf: folder where finished trainings are kept, and identical ones are found instead of done again.
        device_share: share of a GPU's memory that its process may take.

    Raises:
        MachineError: the device is not there.
    """

    def __init__(
        self,
        device: str = "auto",
        *,
        memory_bytes: int = 8 << 30,
        seconds: float = 6 * 3600.0,
        isolation: Literal["auto", "required", "plain"] = "auto",
        shelf: Path | None = None,
        device_share: float = 1.0,
    ) -> None:
        """Starts nothing; the process comes with `begin` or the first question."""
        self.device = choose_device(device)
        self.memory_bytes, self.seconds = memory_bytes, seconds
        self._isolation: Literal["auto", "required", "plain"] = isolation if self.device.type == "cpu" else "plain"
        self._dialogue: Dialogue | None = None
        self._sent: dict[str, Images] = {}
        self._network: Graph | None = None
        self._networks = 0
        self._shelf = Shelf(shelf) if shelf is not None else None
        self._device_share = device_share

    def __enter__(self) -> Trainer:
        """Enter."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    def begin(self) -> None:
        """Start the process, which imports torch while the caller goes on."""
        if self._dialogue is None or self._dialogue.process.ended is not None:
            self._start()

    def close(self) -> None:
        """End the process."""
        if self._dialogue is not None:
            self._dialogue.process.close()
            self._dialogue = None

    def overfit(self, graph: Graph, images: Images, count: int, *, steps: int = 60, seed: int = 0) -> Share:
        """Share of the first `count` images known by heart after `steps` steps; see `trainer.overfit`.

        Raises:
            TrainingStopped: it took more than it may.
            BadGraph: the network does not take such a batch.
        """
        self._send(graph, {"training": images})
        known = self._ask(self.seconds, do="overfit", images="training", count=count, steps=steps, seed=seed)
        return Share(known)

    def train(
        self,
        graph: Graph,
        wanted: Recipe,
        training: Images,
        test: Images,
        *,
        seed: int = 0,
        permute: bool = True,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Figures:
        """Train the network from its received initial values; see `trainer.train`.

        Raises:
            TrainingStopped: it took more than it may.
            BadGraph, BadRecipe: the network does not take the images, or the recipe is not for them.
        """
        key = ""
        if self._shelf is not None:
            device = self.device.type
            key = self._shelf.key(graph, wanted, training, test, seed=seed, permute=permute, device=device)
            if (kept := self._shelf.get(key)) is not None:
                values = [tensor_of(value) for value in kept["values"]]
                return TrainedBefore(_summary(kept["summary"]), self, values, (graph, wanted, training, kept["layout"]))
        self._send(graph, {"training": training, "test": test})
        answer = self._ask(
            self.seconds, on_progress, do="train", recipe_=recipe.to_plain(wanted), training="training", test="test",
            seed=seed, device=str(self.device), permute=permute,
        )  # fmt: skip
        if self._shelf is not None:
            held = self._ask(_SENDING, do="values", training=answer["training"])
            self._shelf.put(key, {"summary": answer["summary"], **held})
        return TrainedApart(_summary(answer["summary"]), self, answer["training"], self._networks)

    def evaluate(
        self, graph: Graph, values: Sequence[torch.Tensor], wanted: Recipe, training: Images, test: Images,
        *, layout: str = "contiguous_format",
    ) -> tuple[Evaluation, Callable[[TrainingSummary], TrainedApart]]:  # fmt: skip
        """The network with other values in its tensors, evaluated on the test images normalised by `wanted`.

        Args:
            layout: memory order of the maps, a name of ``torch.memory_format``.

        Returns:
            What was seen, and what makes the figures of the finished training of a summary.

        Raises:
            TrainingStopped: it took more than it may.
            BadGraph: the network does not take the images.
        """
        self._send(graph, {"training": training, "test": test})
        answer = self._ask(
            _SENDING, do="evaluate", values=[raw(value) for value in values], recipe_=recipe.to_plain(wanted),
            training="training", test="test", layout=layout,
        )  # fmt: skip
        seen = Evaluation(
            answer["loss"], answer["accuracy"], tensor_of(answer["predicted"]), tensor_of(answer["confidence"])
        )
        networks = self._networks
        return seen, lambda summary: TrainedApart(summary, self, answer["training"], networks)

    # -- the process -------------------------------------------------------------------------------------------

    def _accuracy(self, number: int, network: int, images: Images) -> Share:
        if network != self._networks or self._dialogue is None:
            raise RuntimeError("the trainer has been given another network since")
        self._send_images("other", images)
        return Share(self._ask(_SENDING, do="accuracy", training=number, images="other"))

    def _send(self, graph: Graph, images: dict[str, Images]) -> None:
        self.begin()
        for name, wanted in images.items():
            self._send_images(name, wanted)
        if self._network is not graph:
            self._network = None
            self._ask(_SENDING, do="network", message=graph.message, files=list(graph.files))
            self._network = graph
            self._networks += 1

    def _send_images(self, name: str, images: Images) -> None:
        if name in self._sent and self._sent[name] is images:
            return
        self._sent.pop(name, None)
        self._ask(_SENDING, do="images", name=name, pixels=raw(images.pixels), labels=raw(images.labels))
        self._sent[name] = images

    def _start(self) -> Dialogue:
        self._sent, self._network = {}, None
        self._dialogue = started(
            "dlgrade.trainer._desk",
            limits=sandbox.Limits(memory_bytes=self.memory_bytes, processes=256, tmp_bytes=256 << 20),
            environment={name: os.environ[name] for name in _GIVEN if name in os.environ},
            isolation=self._isolation,
        )
        if self.device.type == "cuda" and self._device_share < 1.0:
            self._dialogue.ask({"do": "share", "device": str(self.device), "share": self._device_share}, _SENDING)
        return self._dialogue

    def _ask(self, seconds: float, on_progress: Callable[[Progress], None] | None = None, **question: Any) -> Any:
        dialogue = self._dialogue or self._start()

        def tell(stated: Any) -> None:
            if on_progress is not None:
                last = stated.pop("last")
                on_progress(Progress(**stated, last=EpochFigures(**last) if last else None))

        try:
            answer = dialogue.ask(question, seconds, tell=tell)
        except Broken as error:
            self.close()
            raise self._stopped(error, seconds) from None
        except BaseException:
            self.close()
            raise
        if "refused" in answer:
            kind, what = answer["refused"]
            raise {"BadGraph": BadGraph, "BadRecipe": BadRecipe}[kind](what)
        if "memory" in answer:
            self.close()
            raise TrainingStopped("memory", f"the training took more memory than there is on {self.device.type}")
        if "broken" in answer:
            raise RuntimeError(f"the trainer failed:\n{answer['broken']}")
        return answer["ok"]

    def _stopped(self, error: Broken, seconds: float) -> Exception:
        if error.why == "time":
            return TrainingStopped("time", f"the training was still not finished after {seconds:g} seconds")
        if error.why == "memory":
            return TrainingStopped(
                "memory", f"the training took more memory than it may ({self.memory_bytes / (1 << 30):g} GB)"
            )
        return RuntimeError(f"the process that trains {error.ended.says}: {error.log[-2000:]}")


def _summary(plain: dict[str, Any]) -> TrainingSummary:
    return TrainingSummary(**{
        **plain,
        "curve": tuple(EpochFigures(**row) for row in plain["curve"]),
        "confusion": tuple(tuple(row) for row in plain["confusion"]),
        "mistakes": tuple(
            Mistake(**{**one, "pixels": bytes(one["pixels"].data), "shape": tuple(one["shape"])})
            for one in plain["mistakes"]
        ),
        "notes": tuple(plain["notes"]),
    })  # fmt: skip
