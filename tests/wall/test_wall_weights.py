"""Knowledge that is put into initial weights is gone before training begins, however it is put there."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dlgrade.graph import CarriedNetwork, decode, encode
from dlgrade.trainer._initial import permute_initial

KNOWN = torch.linspace(-1, 1, 90)


class Plain(nn.Module):
    """What is known stands in one parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.known = nn.Parameter(KNOWN.clone())

    def weight(self) -> torch.Tensor:
        return self.known

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv2d(x, self.weight().view(10, 1, 3, 3)).mean((2, 3))


class Pieces(Plain):
    """Each number is a parameter of its own: there is nothing in it to permute."""

    def __init__(self) -> None:
        nn.Module.__init__(self)
        self.known = nn.ParameterList(nn.Parameter(number.clone()) for number in KNOWN)

    def weight(self) -> torch.Tensor:
        return torch.stack(list(self.known))


class Numbered(Plain):
    """Each number carries its place before the point, and forward sorts them."""

    def __init__(self) -> None:
        super().__init__()
        self.known = nn.Parameter(2 * torch.arange(90.0) + (KNOWN + 1) / 2)

    def weight(self) -> torch.Tensor:
        return (self.known.sort().values - 2 * torch.arange(90.0)) * 2 - 1


@pytest.mark.parametrize("network", [Plain, Pieces])
def test_what_was_known_does_not_survive_to_the_first_step(network: type[Plain]) -> None:
    carried = CarriedNetwork(decode(encode(network(), (1, 9, 9), ["x.py"]), ["x.py"]))
    x = torch.randn(4, 1, 9, 9, generator=torch.Generator().manual_seed(0))
    knowing = Plain()(x)
    received = carried.module().eval()
    assert torch.allclose(received(x), knowing, atol=1e-4), "it arrives as it was sent"
    permute_initial(received, 0)
    assert not torch.allclose(received(x), knowing, atol=1e-2)


class Ranked(Plain):
    """The same without a sort: how many are smaller says where each belongs."""

    def __init__(self) -> None:
        super().__init__()
        self.known = nn.Parameter(2 * torch.arange(90.0) + (KNOWN + 1) / 2)

    def weight(self) -> torch.Tensor:
        smaller = (self.known[None, :] < self.known[:, None]).sum(1)
        placed = (smaller[None, :] == torch.arange(90)[:, None]).float() @ self.known
        return (placed - 2 * torch.arange(90.0)) * 2 - 1


@pytest.mark.parametrize("network", [Numbered, Ranked])
def test_a_network_that_puts_its_parameters_in_order_is_named(network: type[Plain]) -> None:
    """Ordering undoes a permutation, so `review` it is, and not a training."""
    carried = CarriedNetwork(decode(encode(network(), (1, 9, 9), ["x.py"]), ["x.py"]))
    x = torch.randn(4, 1, 9, 9, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(carried.module().eval()(x), Plain()(x), atol=1e-3), "it knows what it was told"
    assert carried.puts_parameters_in_order().split()[-1] in {"sort", "lt"}


class Honest(nn.Module):
    """Orders activations, and compares weights with a number: both are nothing to ask about."""

    def __init__(self) -> None:
        super().__init__()
        self.known = nn.Parameter(torch.randn(10, 1, 3, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = self.known * (self.known.abs() > 0.01)
        best = torch.nn.functional.conv2d(x, weight).flatten(2).topk(3).values
        return best.mean(2)


def test_ordering_what_depends_on_the_image_is_nothing_to_ask_about() -> None:
    carried = CarriedNetwork(decode(encode(Honest(), (1, 9, 9), ["x.py"]), ["x.py"]))
    assert carried.puts_parameters_in_order() == ""
