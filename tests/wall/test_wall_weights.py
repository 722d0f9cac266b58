"""Knowledge that is put into initial weights is gone before training begins, however it is put there."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dlgrade.graph import CarriedNetwork, decode, encode
from dlgrade.trainer._loop import permute_initial

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


@pytest.mark.parametrize(
    "network",
    [
        Plain,
        pytest.param(Pieces, marks=pytest.mark.xfail(strict=True, reason="one number alone cannot be permuted")),
        pytest.param(Numbered, marks=pytest.mark.xfail(strict=True, reason="a sort undoes the permutation")),
    ],
)
def test_what_was_known_does_not_survive_to_the_first_step(network: type[Plain]) -> None:
    carried = CarriedNetwork(decode(encode(network(), (1, 9, 9), ["x.py"]), ["x.py"]))
    x = torch.randn(4, 1, 9, 9, generator=torch.Generator().manual_seed(0))
    knowing = Plain()(x)
    received = carried.module().eval()
    assert torch.allclose(received(x), knowing, atol=1e-4), "it arrives as it was sent"
    permute_initial(received, 0)
    assert not torch.allclose(received(x), knowing, atol=1e-2)
