"""The same network under other names is the same; another one is not."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlgrade.graph import decode, encode, fingerprint


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(1, 3, 3)
        self.norm = nn.BatchNorm2d(3)
        self.head = nn.Linear(3, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(F.relu(self.norm(self.conv(x))).mean((2, 3)))


class Renamed(nn.Module):
    """Other names, modules for functions, and defined in another order."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.z = nn.Linear(3, 10)
        self.features = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU())

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        maps = self.features(image)
        return self.z(maps.mean((2, 3)))


class Wider(Net):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 10)


class Padded(Net):
    def __init__(self) -> None:
        super().__init__()
        self.conv.padding = (1, 1)


class Tanh(Net):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.tanh(self.norm(self.conv(x))).mean((2, 3)))


def of(network: nn.Module, values: bool = False) -> str:
    return fingerprint(decode(encode(network, (1, 12, 12), ["x.py"]), ["x.py"]), values=values)


def test_names_and_the_order_of_definition_do_not_count() -> None:
    assert of(Net()) == of(Renamed())


@pytest.mark.parametrize("other", [Wider, Padded, Tanh])
def test_another_network_is_another(other: type[nn.Module]) -> None:
    assert of(Net()) != of(other())


def test_initial_values_count_where_they_are_asked_for() -> None:
    other = Net()
    with torch.no_grad():
        other.head.bias += 1
    assert of(Net()) == of(other)
    assert of(Net(), values=True) == of(Net(), values=True) != of(other, values=True)
