"""Layers and what feeds what: for checks of structure that do not care how the network was written."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from dlgrade.graph import CarriedNetwork, Operation, decode, encode


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 6, 3, padding=1)
        self.unused = nn.Conv2d(4, 4, 3)
        self.norm, self.head = nn.BatchNorm2d(4), nn.Linear(6, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.norm(self.one(x))), 2)
        self.unused(x)
        x = F.dropout(self.two(x), 0.2, self.training)
        return F.log_softmax(self.head(x.mean((2, 3))), 1)


class Residual(nn.Module):
    """One way from the first convolution leads past the norm; the norm is used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.norm = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.head = nn.Linear(4, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.one(x)
        x = x + self.norm(self.two(self.norm(x)))
        return self.head(x.mean((2, 3)))


def carried(network: nn.Module) -> CarriedNetwork:
    return CarriedNetwork(decode(encode(network, (1, 12, 12), ["x.py"]), ["x.py"]))


def of_kind(network: CarriedNetwork, kind: str) -> list[Operation]:
    return [layer for layer in network.operations if layer.kind == kind]


def test_layers_come_in_the_order_of_their_calls_and_only_those_that_count() -> None:
    assert [layer.kind for layer in carried(Plain()).operations] == [
        "convolution", "batch_norm", "activation", "max_pool", "convolution", "dropout", "average", "dense", "softmax",
    ]  # fmt: skip


def test_each_tells_its_sizes_settings_weights_and_receptive_field() -> None:
    network = carried(Plain())
    one, two = of_kind(network, "convolution")
    (pool,), (dropout,), (norm,) = (of_kind(network, kind) for kind in ("max_pool", "dropout", "batch_norm"))
    assert (one.reads, one.shape, one.kernel) == ((1, 12, 12), (4, 10, 10), (3, 3))
    assert (two.settings["padding"], two.weights) == ([1, 1], ("two.weight", "two.bias"))
    assert (pool.kernel, pool.field_before, pool.field) == ((2, 2), 3, 4)
    assert dropout.settings["p"] == 0.2
    assert norm.weights == ("norm.weight", "norm.bias")
    assert (one.field_before, two.field) == (1, 8)


def test_the_last_layer_ends_in_the_answer() -> None:
    layers = carried(Plain()).operations
    assert [layer.ends for layer in layers] == [False] * 8 + [True]
    assert layers[0].feeds == (layers[1].index,)


def test_every_way_to_the_next_convolution_or_to_the_answer_is_seen() -> None:
    network = carried(Residual())
    one, two = of_kind(network, "convolution")
    kinds = sorted(tuple(layer.kind for layer in way) for way in network.ways(one, "convolution", "dense"))
    assert kinds == [("average", "dense"), ("batch_norm", "convolution")]
    assert [tuple(layer.kind for layer in way) for way in network.ways(two, "convolution", "dense")] == [
        ("batch_norm", "average", "dense")
    ]
    first, second = of_kind(network, "batch_norm")
    assert first.weights == second.weights


def test_names_and_style_do_not_matter() -> None:
    as_modules = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10))

    class Written(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w, self.b = nn.Parameter(torch.randn(4, 1, 3, 3)), nn.Parameter(torch.zeros(4))
            self.v = nn.Parameter(torch.randn(10, 4))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu(F.conv2d(x, self.w, self.b)).mean((2, 3)) @ self.v.t()

    kinds = [[layer.kind for layer in carried(network).operations] for network in (as_modules, Written())]
    assert kinds[0] == kinds[1] == ["convolution", "activation", "average", "dense"]
