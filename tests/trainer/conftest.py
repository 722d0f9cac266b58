"""Made-up images that a small network learns in a second, and the small networks."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from dlgrade.recipe import Group, Optimizer, Recipe, Transform
from dlgrade.trainer import Images

CLASSES = 4


class Small(nn.Module):
    """Convolution, batch norm and a linear layer over 8x8 images; knows its parameters by name."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.conv = nn.Conv2d(1, 6, 3, padding=1, bias=False)  # batch norm follows
        self.norm = nn.BatchNorm2d(6)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(6 * 16, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.max_pool2d(self.norm(self.conv(x)).relu(), 2)
        return self.head(self.dropout(x.flatten(1)))

    def named(self, name: str) -> nn.Parameter:
        return self.get_parameter(name)


def patterns(count: int, seed: int) -> Images:
    """A bright bar in one of four places, and noise."""
    random = torch.Generator().manual_seed(seed)
    labels = torch.randint(CLASSES, (count,), generator=random)
    pixels = torch.randint(0, 90, (count, 8, 8), generator=random)
    for i, label in enumerate(labels.tolist()):
        pixels[i, 2 * label : 2 * label + 2] += 120
    return Images(pixels.to(torch.uint8), labels)


def recipe_of(name: str = "SGD", epochs: int = 3, batch_size: int = 32, **changed: Any) -> Recipe:
    options = changed.pop("options", {"lr": 0.05, "momentum": 0.9})
    return Recipe(Optimizer(name, (Group((), options),)), epochs, batch_size, **changed)


def as_shares(*steps: Transform) -> tuple[Transform, ...]:
    """The steps, and behind them the normalisation that leaves the pixels as shares of 255."""
    return (*steps, Transform("ToTensor"), Transform("Normalize", {"mean": [0.0], "std": [1.0]}))


@pytest.fixture(autouse=True)
def _single_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def made_up() -> Any:
    return SimpleNamespace(
        Small=Small, patterns=patterns, recipe=recipe_of, as_shares=as_shares, classes=CLASSES,
        train=patterns(200, 0), test=patterns(100, 1),
    )  # fmt: skip


@pytest.fixture
def seen() -> Callable[[nn.Module], list[tuple[bool, torch.Tensor]]]:
    """Record what a network gets to see once the memory order is chosen: (in training mode?, the batch)."""

    def watch(network: nn.Module) -> list[tuple[bool, torch.Tensor]]:
        batches: list[tuple[bool, torch.Tensor]] = []
        calls = itertools.count()

        def record(module: nn.Module, args: tuple[torch.Tensor, ...]) -> None:
            if next(calls) >= 5:  # both modes in both orders, and a look before the first step
                batches.append((module.training, args[0].clone()))

        network.register_forward_pre_hook(record)
        return batches

    return watch
