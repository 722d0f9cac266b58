"""The nouns of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

OPTIMIZERS = ("ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Muon", "NAdam", "RAdam",
              "RMSprop", "Rprop", "SGD")  # fmt: skip
"""Classes of ``torch.optim`` that are carried: those that need gradients and nothing else."""


class BadRecipe(Exception):  # noqa: N818 - reads better where it is caught
    """A recipe that arrived, or stands in an assignment, is not one that torch's classes take."""


@dataclass(frozen=True)
class Group:
    """A parameter group: names of its parameters and the options that differ from the optimiser's own."""

    parameters: tuple[str, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Optimizer:
    """A class of ``torch.optim`` by name, and its groups. A group without names takes all parameters."""

    name: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Schedule:
    """Learning rate, and momentum where the schedule moves it too, of every step and group.

    Attributes:
        rates: ``rates[step][group]``; one row for each step of the budget.
        momenta: alike, or empty where the optimiser has none. Of Adam and its kin it is the first beta.
        name: the scheduler's class, for the report.
    """

    rates: tuple[tuple[float, ...], ...]
    momenta: tuple[tuple[float, ...], ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Plateau:
    """``ReduceLROnPlateau``, which depends on what the training does: carried by its settings.

    With mode ``min`` it watches the test loss after each epoch, with ``max`` the test accuracy.
    """

    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Transform:
    """One step of an augmentation: torchvision's class by name, its arguments, and the chance it is applied."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    chance: float = 1.0


@dataclass(frozen=True)
class Recipe:
    """Everything the trainer needs besides the network and the images.

    Attributes:
        schedule: a trace, settings of a plateau rule, or None for the optimiser's own learning rate.
        interpolation: how geometric transforms read between pixels.
    """

    optimizer: Optimizer
    epochs: int
    batch_size: int = 128
    schedule: Schedule | Plateau | None = None
    transforms: tuple[Transform, ...] = ()
    interpolation: Literal["nearest", "bilinear"] = "bilinear"
    title: str = ""
