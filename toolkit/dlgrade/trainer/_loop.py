"""One training: so many samples, so many steps, and what was seen on the way."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional as F

from dlgrade.course import EpochFigures
from dlgrade.quantity import Share
from dlgrade.recipe import BadRecipe, Optimizer, Plateau, Recipe, Schedule
from dlgrade.trainer._cuda import captured_step
from dlgrade.trainer._device import single_threaded
from dlgrade.trainer._evaluation import Evaluation, evaluate, summary_of
from dlgrade.trainer._figures import Figures
from dlgrade.trainer._images import Batches, Images
from dlgrade.trainer._initial import permute_initial

_UNTRAINED = 1_000
"""Test images that are shown before the first step; an honest network guesses them."""

_TRIED = 16
"""Images on which a memory order is tried."""

_RESEED = 1_000
"""Added to the seed when a run is started again; declared here so that nobody chooses it afterwards."""


@dataclass(frozen=True)
class Progress:
    """Where a training stands: passed to the callback after every batch."""

    epoch: int
    epochs: int
    samples: int
    total_samples: int
    seconds: float
    last: EpochFigures | None

    @property
    def seconds_left(self) -> float:
        """Estimate from the samples done so far."""
        return self.seconds * (self.total_samples - self.samples) / max(1, self.samples)


@dataclass
class Training(Figures):
    """A finished training in this process.

    Attributes:
        network: the trained network, in evaluation mode, on the device.
    """

    network: nn.Module
    _batches: Batches = field(repr=False)
    _device: torch.device = field(repr=False)

    def accuracy_on(self, images: Images) -> Share:
        """Accuracy on other labelled images, normalised as the training images were."""
        return Share(evaluate(self.network, self._batches, images.on(self._device)).accuracy)


class _NeverLearns(Exception):  # noqa: N818
    """The run is dead: its parameters are not numbers, or it was no better than guessing after a whole epoch."""


def train(
    build: Callable[[], nn.Module],
    recipe: Recipe,
    training: Images,
    test: Images,
    *,
    seed: int = 0,
    device: torch.device | None = None,
    permute: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
) -> Training:
    """Train a fresh network and evaluate it after every epoch.

    Args:
        build: makes the network with its initial parameters; called once per attempt.
        training: labelled images to learn from; each epoch shows each of them once.
        test: labelled images for the curve.
        permute: whether the entries of each initial parameter are permuted, so that knowledge put there is gone.

    A run whose parameters become NaN, or which guesses for the whole first epoch (its loss at ln(classes), its
    answers no better than chance), is started once more with seed + 1000; `summary.notes` says so.

    Raises:
        BadRecipe: the schedule is for another number of steps, or the augmentation makes images of another size.
    """
    single_threaded()
    device = device or torch.device("cpu")
    notes: list[str] = []
    for attempt in (seed, seed + _RESEED):
        run = _Run(build(), recipe, training.on(device), test.on(device), attempt, device, on_progress, permute)
        try:
            if (stopped := run.all_epochs(last_attempt=attempt != seed)) is not None:
                notes.append(stopped)
            break
        except _NeverLearns as error:
            notes.append(f"{error} with seed {attempt}; started once more with seed {seed + _RESEED}")
    return run.result(notes)


def make_optimizer(network: nn.Module, wanted: Optimizer, device: torch.device) -> torch.optim.Optimizer:
    """Torch's optimiser over the network's parameters, by the names that the student knows them by."""
    cls = getattr(torch.optim, wanted.name)
    groups: list[dict[str, Any]] = []
    taken: set[nn.Parameter] = set()  # one parameter may have two names
    for group in wanted.groups:
        found = [_named(network, name) for name in group.parameters] or network.parameters()
        members = [p for p in dict.fromkeys(found) if p not in taken]
        taken.update(members)
        groups.append({"params": members, **group.options})
    if not taken:
        # A network without parameters takes no steps, but is evaluated; torch wants one to optimise.
        groups[0]["params"] = [nn.Parameter(torch.zeros(1, device=device))]
    # On a GPU the launches are the limit; on a CPU single tensors were the fastest (DESIGN 9).
    extra = {"foreach": True} if device.type == "cuda" and "foreach" in inspect.signature(cls).parameters else {}
    # To the class too: Adagrad fills its sums when it is made, before it looks at the groups.
    return cls(groups, **{**wanted.groups[0].options, **extra})  # type: ignore[no-any-return]


def _named(network: nn.Module, name: str) -> nn.Parameter:
    return cast(nn.Parameter, cast(Any, network).named(name))


def _placed(network: nn.Module, device: torch.device, layout: torch.memory_format) -> nn.Module:
    # torch's annotations do not know `memory_format`.
    return cast(nn.Module, cast(Any, network).to(device=device, memory_format=layout))


def _settle(network: nn.Module, batches: Batches, device: torch.device) -> nn.Module:
    """The network on its device, and `batches.layout` one in which it answers as in the student's own.

    A view or a write through a view that fits the usual memory order may fail in channels-last order, or go
    astray in a copy without a word; such a network trains in the usual one. It is left as it was found.
    """
    x = batches.evaluation(batches.images, 0, _TRIED)
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    usual = _answers(_placed(network, device, torch.contiguous_format), x.contiguous())
    network.load_state_dict(kept)  # the pass in training mode moved batch-norm statistics
    fast = _answers(_placed(network, device, torch.channels_last), x)
    network.load_state_dict(kept)
    if usual is not None and (fast is None or not _alike(usual, fast)):
        batches.layout = torch.contiguous_format
    return _placed(network, device, batches.layout)


def _answers(network: nn.Module, x: torch.Tensor) -> torch.Tensor | None:
    """Logits in evaluation mode, after a pass in training mode; None where either does not run."""
    devices = [x.device] if x.device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices=devices), torch.no_grad():
            network.train()(x)
            return cast(torch.Tensor, network.eval()(x)).float()
    except RuntimeError:
        return None


def _alike(one: torch.Tensor, other: torch.Tensor) -> bool:
    scale = float(one.abs().nan_to_num().max()) if one.numel() else 0.0
    return torch.allclose(one, other, rtol=1e-3, atol=1e-3 * scale + 1e-6, equal_nan=True)


class _Run:
    def __init__(
        self, network: nn.Module, recipe: Recipe, training: Images, test: Images, seed: int, device: torch.device,
        on_progress: Callable[[Progress], None] | None, permute: bool = True,
    ) -> None:  # fmt: skip
        self.recipe, self.test, self.device = recipe, test, device
        self.on_progress = on_progress
        self.batches = Batches(training, recipe, torch.Generator().manual_seed(seed + 2))
        self.network = _settle(network, self.batches, device)
        if permute:
            permute_initial(self.network, seed)
        self.untrained = evaluate(self.network, self.batches, self.test.first(_UNTRAINED)).accuracy
        self.order = torch.Generator().manual_seed(seed + 1)
        torch.manual_seed(seed + 3)  # dropout draws from torch's own generator
        self.optimizer = make_optimizer(self.network, recipe.optimizer, device)
        self.plateau = (
            torch.optim.lr_scheduler.ReduceLROnPlateau(self.optimizer, **recipe.schedule.settings)
            if isinstance(recipe.schedule, Plateau) else None
        )  # fmt: skip
        self.size = len(training)
        wanted = recipe.epochs * math.ceil(self.size / recipe.batch_size)
        if isinstance(recipe.schedule, Schedule) and len(recipe.schedule.rates) != wanted:
            raise BadRecipe(f"the schedule is for {len(recipe.schedule.rates)} steps, the training has {wanted}")
        self.steps = self.samples = 0
        self.curve: list[EpochFigures] = []
        self.started = time.perf_counter()
        self._step = (
            captured_step(self.network, training, recipe.batch_size, device, self.batches.layout)
            if device.type == "cuda" else None
        )  # fmt: skip

    def all_epochs(self, last_attempt: bool) -> str | None:
        """Train; what there is to say where the training ended early."""
        for epoch in range(1, self.recipe.epochs + 1):
            loss, accuracy, rate = self._one_epoch(epoch)
            self.final = seen = evaluate(self.network, self.batches, self.test)
            seconds = time.perf_counter() - self.started
            self.curve.append(EpochFigures(epoch, loss, accuracy, seen.loss, seen.accuracy, rate, seconds))
            self._tell(epoch)
            why = self._dead(epoch, loss, seen)
            if why and not last_attempt:
                raise _NeverLearns(why)
            if not math.isfinite(loss) and why:
                return f"{why} again; stopped there"  # exact: parameters that are NaN stay NaN
            if self.plateau is not None:
                self.plateau.step(seen.accuracy if self.plateau.mode == "max" else seen.loss)
        return None

    def _dead(self, epoch: int, loss: float, seen: Evaluation) -> str:
        if not math.isfinite(loss):
            # One infinite loss alone may pass; parameters that are not numbers do not.
            lost = any(not bool(torch.isfinite(p).all()) for p in self.network.parameters())
            return f"the loss was not a number in epoch {epoch}" if lost else ""
        classes = int(self.batches.images.labels.max()) + 1
        guessing = math.log(classes)
        if epoch == 1 and self.recipe.epochs > 1 and loss > guessing - 0.005 and seen.accuracy < 2 / classes:
            return f"the loss was {loss:.3f} in the first epoch, no better than guessing ({guessing:.3f}),"
        return ""

    def _one_epoch(self, epoch: int) -> tuple[float, float, float]:
        self.network.train()
        order = torch.randperm(self.size, generator=self.order).to(self.device)
        exact = torch.float32 if self.device.type == "mps" else torch.float64  # MPS has no float64
        loss_sum = torch.zeros((), dtype=exact, device=self.device)
        right = torch.zeros((), dtype=torch.int64, device=self.device)
        for start in range(0, self.size, self.recipe.batch_size):
            index = order[start : start + self.recipe.batch_size]
            x, labels = self.batches.training(index)
            self._set_rates()
            loss, logits = self._forward_backward(x, labels)
            self.optimizer.step()
            with torch.no_grad():
                loss_sum += loss.detach() * len(labels)
                right += (logits.argmax(1) == labels).sum()
            self.samples += len(labels)
            self.steps += 1
            self._tell(epoch)
        rate = float(self.optimizer.param_groups[0]["lr"])
        return float(loss_sum) / self.size, int(right) / self.size, rate

    def _forward_backward(self, x: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self._step is not None and len(labels) == self.recipe.batch_size:
            return self._step(x, labels)
        self.optimizer.zero_grad(set_to_none=self._step is None)
        logits = self.network(x)
        loss = F.cross_entropy(logits, labels)
        if loss.requires_grad:
            loss.backward()
        return loss, logits

    def _set_rates(self) -> None:
        schedule = self.recipe.schedule
        if not isinstance(schedule, Schedule):
            return
        for place, group in enumerate(self.optimizer.param_groups):
            group["lr"] = schedule.rates[self.steps][place]
            if schedule.momenta:
                momentum = schedule.momenta[self.steps][place]
                if "betas" in group:
                    group["betas"] = (momentum, group["betas"][1])
                else:
                    group["momentum"] = momentum

    def _tell(self, epoch: int) -> None:
        if self.on_progress is not None:
            seconds, last = time.perf_counter() - self.started, self.curve[-1] if self.curve else None
            total = self.size * self.recipe.epochs
            self.on_progress(Progress(epoch, self.recipe.epochs, self.samples, total, seconds, last))

    def result(self, notes: list[str]) -> Training:
        summary = summary_of(
            self.device.type, self.curve, self.samples, time.perf_counter() - self.started, self.final, self.test,
            recipe=self.recipe.title, notes=notes, untrained=self.untrained,
        )  # fmt: skip
        return Training(summary, self.network.eval(), self.batches, self.device)


def overfit(build: Callable[[], nn.Module], images: Images, *, steps: int = 60, seed: int = 0) -> Share:
    """Share of one small batch that the network knows by heart after `steps` steps of Adam: can it learn at all?

    Adam at 0.01 (ten times its default, for speed) on the same batch without augmentation, in training mode.
    """
    single_threaded()
    torch.manual_seed(seed)
    cpu, recipe = torch.device("cpu"), Recipe(Optimizer("Adam", ()), epochs=1)
    batches = Batches(images.on(cpu), recipe, torch.Generator().manual_seed(seed))
    network = _settle(build(), batches, cpu).train()
    permute_initial(network, seed)
    trained = [p for p in network.parameters() if p.requires_grad]
    if not trained:
        return Share(0.0)
    optimizer = torch.optim.Adam(trained, lr=0.01)
    x, labels = batches.training(torch.arange(len(images)))
    known = 0.0
    for step in range(steps + 1):
        logits = network(x)
        known = float((logits.argmax(1) == labels).float().mean()) if bool(torch.isfinite(logits).all()) else 0.0
        loss = F.cross_entropy(logits, labels)
        if known == 1.0 or step == steps or not loss.requires_grad:
            break
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    return Share(known)
