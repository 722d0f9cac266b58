"""Trainings that run in the student's process, because the network or the loop has no data form.

Promises: every batch is handed out from here and counted; initial parameters are permuted here; the weights come
back as data, are checked against the received graph and evaluated by the grader's own trainer, on test images that
the student's process never sees. What took longer than its batches explain is `review`. The losses in the curve
are the worker's own and decide nothing.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

from dlgrade.course import EpochFigures, TrainingSummary
from dlgrade.graph import CarriedNetwork, raw
from dlgrade.recipe import Plateau, Recipe, Schedule, to_plain
from dlgrade.student import MODEL, LoopRun, Student, Supply
from dlgrade.student import Optimizer as StudentsOptimizer
from dlgrade.trainer import Batches as _Batches
from dlgrade.trainer import Figures, Images, Progress, Trainer, permute_initial, summary_of

_FREE_SECONDS = 5.0
_TIMES_THE_REFERENCE = 4.0
"""Processor time that a loop may take: so many times what the same steps take here, and some seconds free."""

_TAIL_SHARE = 0.1
"""Share of its own time that a loop may go on for after its last batch, and some seconds free."""

_UNTRAINED = 1_000


@dataclass
class _Course:
    """What both kinds of training need: the batches, the clock, the evaluation, the curve so far."""

    student: Student
    trainer: Trainer
    network: CarriedNetwork
    recipe: Recipe
    training: Images
    test: Images
    seed: int
    on_progress: Callable[[Progress], None] | None

    def __post_init__(self) -> None:
        self.order = torch.Generator().manual_seed(self.seed + 1)
        on_cpu = self.training.on(torch.device("cpu"))
        self.batches = _Batches(on_cpu, self.recipe, torch.Generator().manual_seed(self.seed + 2))
        self.batches.layout = torch.contiguous_format
        self.curve: list[EpochFigures] = []
        self.samples = 0
        self.started = time.perf_counter()

    def begin(self) -> None:
        """Permuted initial parameters in the student's network."""
        self.student.stay_for_training()
        module = self.network.module()
        permute_initial(module, self.seed)
        self._initial = [value.detach() for value in module.tensors()]
        self.untrained = self._accuracy_of(self._initial)
        self.begin_again()

    def begin_again(self) -> None:
        """The same initial parameters once more."""
        tensors = zip(self.network.graph.tensors, self._initial, strict=True)
        self.student.place({t.names[0]: raw(value) for t, value in tensors if t.kind == "parameter"})
        self.started = time.perf_counter()

    def known_without_labels(self, train: Callable[[Supply], object]) -> float:
        """Accuracy after an epoch with labels that mean nothing: what a loop knows, it did not learn from them."""
        order = torch.randperm(len(self.training), generator=torch.Generator().manual_seed(self.seed + 4))
        shuffled = Images(self.training.pixels, self.training.labels[order])
        batches = _Batches(shuffled.on(torch.device("cpu")), self.recipe, torch.Generator().manual_seed(self.seed + 5))
        batches.layout = torch.contiguous_format
        size = self.recipe.batch_size

        def one_pass(_: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
            for start in range(0, len(self.training), size):
                yield batches.training(torch.arange(start, min(start + size, len(self.training))))

        train(Supply(one_pass, samples=len(self.training), batch_size=size, most=len(self.training)))
        return self._accuracy_of(self.student.weights(self.network.graph))

    def _accuracy_of(self, values: list[torch.Tensor]) -> float:
        seen, _ = self.trainer.evaluate(
            self.network.graph, values, self.recipe, self.training, self.test.first(_UNTRAINED)
        )
        return seen.accuracy

    def epoch(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """One pass over the training images in a fresh order."""
        order = torch.randperm(len(self.training), generator=self.order)
        for start in range(0, len(order), self.recipe.batch_size):
            x, labels = self.batches.training(order[start : start + self.recipe.batch_size])
            yield x, labels
            self.samples += len(labels)
            self._tell()

    def _tell(self) -> None:
        if self.on_progress is not None:
            last = self.curve[-1] if self.curve else None
            total = len(self.training) * self.recipe.epochs
            seconds = time.perf_counter() - self.started
            self.on_progress(
                Progress(len(self.curve) + 1, self.recipe.epochs, min(self.samples, total), total, seconds, last)
            )

    def evaluate(self, loss: float, accuracy: float, rate: float) -> None:
        """Fetch the weights, evaluate them here, add a row to the curve."""
        values = self.student.weights(self.network.graph)
        self.seen, self._finish = self.trainer.evaluate(
            self.network.graph, values, self.recipe, self.training, self.test
        )
        seconds = time.perf_counter() - self.started
        self.curve.append(EpochFigures(
            len(self.curve) + 1, loss, accuracy, self.seen.loss, self.seen.accuracy, rate, seconds
        ))  # fmt: skip

    def finished(self, note: str) -> Figures:
        """The figures of the whole training."""
        summary: TrainingSummary = summary_of(
            "cpu", self.curve, self.samples, time.perf_counter() - self.started, self.seen, self.test,
            recipe=self.recipe.title, notes=(note,), untrained=self.untrained,
        )  # fmt: skip
        return self._finish(summary)

    def seconds_per_step(self) -> float:
        """Processor time of one step of the received network here, the median of five."""
        network = self.network.module().train()
        taken = []
        for _ in range(5):
            x, labels = self.batches.training(torch.arange(min(self.recipe.batch_size, len(self.training))))
            began = time.process_time()
            loss = F.cross_entropy(network(x), labels)
            if loss.requires_grad:
                loss.backward()
            taken.append(time.process_time() - began)
        return statistics.median(taken)

    def check_time(self, steps: int, cpu: float, tail: float, whole: float) -> None:
        """Refuse a loop that computed for longer than its batches explain.

        Raises:
            StudentError: it did; a person decides.
        """
        explained = steps * self.seconds_per_step()
        if cpu > _TIMES_THE_REFERENCE * explained + _FREE_SECONDS:
            raise self.student.review(
                "overtime", f"the loop computed for {cpu:.0f} s; its batches explain about {explained:.0f} s"
            )
        if tail > _TAIL_SHARE * whole + _FREE_SECONDS:
            raise self.student.review("overtime", f"the loop went on for {tail:.0f} s after its last batch")


def observed_training(
    student: Student, trainer: Trainer, network: CarriedNetwork, recipe: Recipe, training: Images, test: Images,
    *, seed: int = 0, on_progress: Callable[[Progress], None] | None = None,
) -> Figures:  # fmt: skip
    """Train a network of tier ``observed`` in the student's process, by the grader's recipe, batch by batch.

    Raises:
        StudentError: a step failed or took too long, or the whole took longer than its batches explain.
    """
    course = _Course(student, trainer, network, recipe, training, test, seed, on_progress)
    course.begin()
    rates = _Rates(recipe)
    student.observe(to_plain(recipe)["optimizer"], seed + 3)
    cpu, steps = student.spent(), 0
    for _ in range(recipe.epochs):
        loss = right = 0.0
        for x, labels in course.epoch():
            mean, hits = student.step(raw(x), raw(labels), rates.at(steps))
            loss, right, steps = loss + mean * len(labels), right + hits, steps + 1
        course.evaluate(loss / len(training), right / len(training), rates.rate)
        rates.epoch_ends(course.seen.loss, course.seen.accuracy)
    course.check_time(steps, student.spent() - cpu, 0.0, 0.0)
    return course.finished("trained step by step in the submission's own process, evaluated here")


class _Rates:
    """What the schedule says of each parameter group, step by step."""

    def __init__(self, recipe: Recipe) -> None:
        self._schedule = recipe.schedule
        groups = [{"params": [torch.nn.Parameter(torch.zeros(2, 2))], **g.options} for g in recipe.optimizer.groups]
        # A stand-in over nothing: torch's plateau rule moves the rates of an optimiser.
        self._optimizer = getattr(torch.optim, recipe.optimizer.name)(groups, **recipe.optimizer.groups[0].options)
        self._plateau = (
            torch.optim.lr_scheduler.ReduceLROnPlateau(self._optimizer, **self._schedule.settings)
            if isinstance(self._schedule, Plateau) else None
        )  # fmt: skip

    @property
    def rate(self) -> float:
        """Learning rate of the first group."""
        return float(self._optimizer.param_groups[0]["lr"])

    def at(self, step: int) -> list[dict[str, Any]]:
        """Settings of each group for this step."""
        schedule, changed = self._schedule, []
        for place, group in enumerate(self._optimizer.param_groups):
            if isinstance(schedule, Schedule):
                group["lr"] = schedule.rates[step][place]
            settings: dict[str, Any] = {"lr": float(group["lr"])}
            if isinstance(schedule, Schedule) and schedule.momenta:
                momentum = schedule.momenta[step][place]
                settings |= {"betas": [momentum, group["betas"][1]]} if "betas" in group else {"momentum": momentum}
            changed.append(settings)
        return changed

    def epoch_ends(self, loss: float, accuracy: float) -> None:
        """Let a plateau rule look."""
        if self._plateau is not None:
            self._plateau.step(accuracy if self._plateau.mode == "max" else loss)


def loop_training(
    student: Student, trainer: Trainer, network: CarriedNetwork, recipe: Recipe, training: Images, test: Images,
    *, function: str, seed: int = 0, on_progress: Callable[[Progress], None] | None = None,
) -> Figures:  # fmt: skip
    """Train by the student's own loop, ``function(model, loader, optimizer, epoch)``, called once per epoch.

    Each call gets one pass over the training images; a second pass is refused. Before that it is called once with
    labels that mean nothing: what the network knows then was put into it.

    Raises:
        StudentError: the loop failed, asked for more samples, or took longer than its batches explain.
    """
    course = _Course(student, trainer, network, recipe, training, test, seed, on_progress)
    course.begin()
    settings = recipe.optimizer.groups[0].options
    optimizer = StudentsOptimizer(recipe.optimizer.name, {k: _listed(v) for k, v in settings.items()})

    def train(supply: Supply, epoch: int = 1) -> LoopRun:
        return student.run(function, MODEL, supply, optimizer, epoch, supplies=[supply])

    # What it does with labels that mean nothing counts for `untrained_accuracy`: neither was learned from images.
    course.untrained = max(course.untrained, course.known_without_labels(train))
    course.begin_again()
    cpu = tail = whole = 0.0
    for epoch in range(1, recipe.epochs + 1):
        supply = Supply(lambda _: course.epoch(), samples=len(training), batch_size=recipe.batch_size,
                        most=len(training))  # fmt: skip
        ran = train(supply, epoch)
        cpu, tail, whole = cpu + ran.cpu_seconds, tail + ran.tail_seconds, whole + ran.seconds
        loss, accuracy = _claims(ran.returned)
        course.evaluate(loss, accuracy, float(settings.get("lr", 0.0)))
    steps = recipe.epochs * math.ceil(len(training) / recipe.batch_size)
    course.check_time(steps, cpu, tail, whole)
    return course.finished(f"trained by the submission's own {function}, evaluated here")


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _claims(returned: Any) -> tuple[float, float]:
    """What the loop says of loss and accuracy, for the curve; NaN where it says nothing."""
    stated = returned if isinstance(returned, dict) else {}
    numbers = [stated.get(key) for key in ("loss", "accuracy")]
    loss, accuracy = (float(n) if type(n) in (int, float) else math.nan for n in numbers)  # type: ignore[arg-type]
    return loss, accuracy
