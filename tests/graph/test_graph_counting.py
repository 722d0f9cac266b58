"""Every weight is counted once, wherever it hides; what training measures, and what says nothing, is free."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlgrade import graph

PLAIN = 7_850  # Linear 784 -> 10


class Plain(nn.Module):
    """Flatten and one `Linear`; `before` and `after` are what a case adds."""

    def __init__(self, **tensors: Any) -> None:
        super().__init__()
        self.head = nn.Linear(784, 10)
        for name, value in tensors.items():
            setattr(self, name, value) if isinstance(value, nn.Parameter) else self.register_buffer(name, value)

    def before(self, x: torch.Tensor) -> torch.Tensor:
        return x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.before(x).flatten(1))


@pytest.fixture
def counted(carry) -> Callable[..., graph.CarriedNetwork]:
    """Carry a plain network with this `before(self, x)` and these tensors."""

    def counted(before: Callable[[Any, torch.Tensor], torch.Tensor], **tensors: Any) -> graph.CarriedNetwork:
        return carry(type("Net", (Plain,), {"before": before})(**tensors))

    return counted


def test_a_plain_network_counts_its_parameters_and_nothing_else(carry) -> None:
    network = carry(Plain())
    assert (network.parameter_count, network.extra_numbers, network.unused) == (PLAIN, 0, ())


def test_tied_weights_count_once(carry) -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(784, 784), nn.Linear(784, 784)
            self.b.weight = self.a.weight

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.b(self.a(x.flatten(1)))

    assert carry(Tied()).parameter_count == 784 * 784 + 2 * 784


def test_frozen_parameters_count(counted) -> None:
    network = counted(lambda self, x: x * self.w, w=nn.Parameter(torch.rand(28, 28), requires_grad=False))
    assert network.parameter_count == PLAIN + 784
    assert not network.module().named("w").requires_grad


def test_unused_parameters_count_and_are_named(counted) -> None:
    network = counted(lambda self, x: x, w=nn.Parameter(torch.rand(5, 5)))
    assert (network.parameter_count, network.unused) == (PLAIN + 25, ("w",))


def test_weights_that_only_evaluation_reads_count(counted) -> None:
    network = counted(lambda self, x: x if self.training else x * self.w, w=nn.Parameter(torch.rand(28, 28)))
    assert (network.parameter_count, network.unused) == (PLAIN + 784, ())
    hidden = counted(lambda self, x: x if self.training else x * self.w[:784].view(28, 28), w=torch.rand(5_000))
    assert hidden.parameter_count == PLAIN + 3_000


def test_a_buffer_within_the_allowance_is_free_and_beyond_it_is_a_weight(counted) -> None:
    small = counted(lambda self, x: x * self.w, w=torch.rand(28, 28))
    assert (small.parameter_count, small.extra_numbers) == (PLAIN, 784)
    large = counted(lambda self, x: x * self.w.sum(0), w=torch.rand(4, 28, 28))
    assert (large.parameter_count, large.extra_numbers) == (PLAIN + 4 * 784 - graph.EXTRA_ALLOWANCE, 4 * 784)


def test_buffers_that_nothing_reads_are_free(counted) -> None:
    assert counted(lambda self, x: x, w=torch.rand(9_999)).extra_numbers == 0


def test_a_tensor_kept_outside_of_the_buffers_counts(carry) -> None:
    class Net(Plain):
        def __init__(self) -> None:
            super().__init__()
            self.table = [torch.rand(1, 28, 28) for _ in range(3)]

        def before(self, x: torch.Tensor) -> torch.Tensor:
            for table in self.table:
                x = x * table
            return x

    assert carry(Net()).extra_numbers == 3 * 784


def test_a_complex_number_is_two(counted) -> None:
    network = counted(lambda self, x: x * self.w.abs(), w=torch.rand(28, 28, dtype=torch.complex64))
    assert network.extra_numbers == 2 * 784


def test_numbers_made_by_a_formula_count(counted) -> None:
    def ramp(self: Any, x: torch.Tensor) -> torch.Tensor:
        return x + torch.sin(torch.arange(5_000) * 12.9898).view(5, 1_000).sum(0)[:784].view(28, 28)

    network = counted(ramp)
    assert network.extra_numbers == pytest.approx(5_000, abs=10)
    assert network.parameter_count == PLAIN + network.extra_numbers - graph.EXTRA_ALLOWANCE


@pytest.mark.parametrize(
    ("made", "numbers"),
    [
        (lambda x: torch.zeros(5_000), 1),
        (lambda x: torch.zeros(5_000) + 1, 1),
        (lambda x: torch.ones_like(x), 1),
        (lambda x: torch.full((5_000,), 0.3), 1),
        (lambda x: torch.tensor([2.0]).expand(5_000), 2),  # as it is held, and as it is read
        (lambda x: x.new_zeros(x.size(0), 64), 1),
        (lambda x: torch.eye(100), 2),
        (lambda x: torch.tril(torch.ones(100, 100)), 2),
        (lambda x: torch.linspace(0, 1, 300), 300),
        (lambda x: torch.arange(28).view(1, 28).expand(28, 28), 28),
        (lambda x: torch.arange(20)[:, None] * torch.arange(30), len({a * b for a in range(20) for b in range(30)})),
        (lambda x: torch.sign(torch.sin(torch.arange(3_000.0))), 3_000),
        (lambda x: torch.cumsum(torch.ones(3_000), 0), 3_000),
        (lambda x: torch.cumsum(torch.ones_like(x.flatten()[:784]), 0), 784),
        (lambda x: torch.cumsum(x[0].flatten() * 0 + 1, 0), 784),
        (lambda x: torch.randn(5_000), 0),
        (lambda x: torch.randn_like(x) + torch.rand(x.size(0), 1, 28, 28), 0),
        (lambda x: x.cumsum(-1), 0),
    ],
)  # fmt: skip
def test_what_is_made_from_nothing_counts_by_how_many_different_numbers_it_holds(counted, made, numbers) -> None:
    assert counted(lambda self, x: x + made(x).float().mean()).extra_numbers == numbers


def test_a_table_made_in_place_is_seen_before_it_is_written_over(counted) -> None:
    def trick(self: Any, x: torch.Tensor) -> torch.Tensor:
        table = torch.ones(3_000).cumsum(0)
        out = x + table.sin()[:784].view(28, 28)
        table.copy_(x.mean().expand(3_000))
        return out

    assert counted(trick).extra_numbers == 3_000


def test_what_is_computed_from_a_buffer_is_counted_where_it_is_held(counted) -> None:
    network = counted(lambda self, x: x * (self.w * 2 + 1).sqrt().flip(0), w=torch.rand(28, 28))
    assert network.extra_numbers == 784


def test_the_state_that_an_lstm_begins_with_is_one_number(carry) -> None:
    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.LSTM(28, 300, batch_first=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.rnn(x.squeeze(1))[0][:, -1, :10]

    assert carry(Rows()).extra_numbers <= 2


# -- statistics ----------------------------------------------------------------------------------------------


class Normed(nn.Module):
    def __init__(self, norm: nn.Module, weights: int = 10) -> None:
        super().__init__()
        self.head, self.norm = nn.Linear(784, 10), norm

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.norm(x.flatten(1)))


def handcrafted(**settings: Any) -> nn.BatchNorm1d:
    norm = nn.BatchNorm1d(784, affine=False, **settings)
    norm.running_mean.copy_(torch.rand(784))
    norm.running_var.copy_(torch.rand(784) + 1)
    return norm


def test_batch_norm_statistics_are_free(carry) -> None:
    assert carry(Normed(nn.BatchNorm1d(784))).extra_numbers == 0
    assert carry(Normed(nn.BatchNorm1d(784))).parameter_count == PLAIN + 2 * 784


def test_statistics_that_training_washes_out_are_free_whatever_they_begin_with(carry) -> None:
    assert carry(Normed(handcrafted(momentum=0.1))).extra_numbers == 0


@pytest.mark.parametrize("momentum", [0.0, 1e-6, 0.001])
def test_handcrafted_statistics_that_training_never_replaces_are_weights(carry, momentum) -> None:
    assert carry(Normed(handcrafted(momentum=momentum))).extra_numbers == 2 * 784


def test_neutral_statistics_are_free_at_any_pace(carry) -> None:
    assert carry(Normed(nn.BatchNorm1d(784, momentum=0.001))).extra_numbers == 0


def test_statistics_that_are_never_measured_are_weights(carry) -> None:
    class Frozen(Normed):
        def train(self, mode: bool = True) -> Frozen:
            super().train(mode)
            self.norm.eval()
            return self

    assert carry(Frozen(handcrafted())).extra_numbers == 2 * 784


def test_statistics_that_are_read_as_anything_else_are_weights(carry) -> None:
    class Reads(Normed):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x) + self.norm.running_mean[:10]

    assert carry(Reads(nn.BatchNorm1d(784))).extra_numbers == 784


def test_statistics_measured_in_training_but_kept_by_hand_are_weights(carry) -> None:
    class Keeps(Normed):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if self.training:
                x = super().forward(x)
                self.norm.running_mean.mul_(0.5)
                return x
            return super().forward(x)

    assert carry(Keeps(handcrafted())).extra_numbers == 784


def test_more_statistics_than_weights_count(carry) -> None:
    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.head = nn.BatchNorm1d(78_400, affine=False), nn.Linear(784, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(self.norm(x.flatten(1).repeat(1, 100)).view(-1, 100, 784).mean(1))

    assert carry(Wide()).extra_numbers == pytest.approx(2 * 78_400 - PLAIN, abs=2)


def test_instance_norm_statistics_are_free_as_those_of_batch_norm(carry) -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.InstanceNorm2d(8, track_running_stats=True), nn.Flatten(), nn.Linear(5408, 10)
    )
    assert carry(network).extra_numbers == 0


# -- numbers in the graph ------------------------------------------------------------------------------------


def test_settings_are_free(carry) -> None:
    blocks = [
        nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.LeakyReLU(0.2), nn.Dropout(0.05))
        for _ in range(40)
    ]
    assert carry(nn.Sequential(nn.Conv2d(1, 4, 3, 3), *blocks, nn.Flatten(), nn.Linear(324, 10))).extra_numbers == 0


def test_weights_written_as_plain_numbers_count(counted) -> None:
    def many(self: Any, x: torch.Tensor) -> torch.Tensor:
        for index in range(550):
            x = x * (1 + index / 1e6)
        return x

    assert counted(many).extra_numbers == 50


def test_long_lists_count(counted) -> None:
    order = torch.randperm(28).tolist()
    assert counted(lambda self, x: x[:, :, order]).extra_numbers >= 28


def test_whatever_is_counted_is_an_int_with_its_unit(carry) -> None:
    count = carry(Plain()).parameter_count
    assert isinstance(count, int)
    assert count.unit == "parameters"
    assert F is not None
