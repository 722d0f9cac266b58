"""Receptive fields are those of the textbook formula, and of what the formula does not cover."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from dlgrade import graph


@dataclass(frozen=True)
class Window:
    """A convolution or a pool."""

    kind: str
    kernel: int
    stride: int
    padding: int
    dilation: int = 1

    def module(self) -> nn.Module:
        if self.kind == "max":
            return nn.MaxPool2d(self.kernel, self.stride, self.padding, self.dilation)
        if self.kind == "average":
            return nn.AvgPool2d(self.kernel, self.stride, self.padding)
        groups = {"conv": 1, "depthwise": 4, "grouped": 2}[self.kind]
        return nn.Conv2d(4, 4, self.kernel, self.stride, self.padding, self.dilation, groups)

    def size_after(self, size: int) -> int:
        return (size + 2 * self.padding - self.dilation * (self.kernel - 1) - 1) // self.stride + 1


@st.composite
def windows(draw: st.DrawFn) -> Window:
    kind = draw(st.sampled_from(["conv", "conv", "depthwise", "grouped", "max", "average"]))
    kernel = draw(st.sampled_from([2, 3] if kind in {"max", "average"} else [1, 2, 3, 5]))
    return Window(
        kind, kernel, draw(st.sampled_from([1, 1, 2, 3])), draw(st.integers(0, kernel // 2)),
        1 if kind == "average" else draw(st.sampled_from([1, 1, 2])),
    )  # fmt: skip


# Not below four positions: in a map as small as its padding no position sees its whole field, and what is
# measured there may be less than the formula's, or nothing.
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(stack=st.lists(windows(), min_size=1, max_size=6))
def test_the_field_of_a_stack_is_that_of_the_formula(carry, stack) -> None:
    size, field, jump, fields = 28, 1, 1, []
    for window in stack:
        size = window.size_after(size)
        assume(size >= 4)
        field += (window.kernel - 1) * window.dilation * jump
        jump *= window.stride
        fields.append(field)
    assume(field < 100)
    network = carry(nn.Sequential(nn.Conv2d(1, 4, 1), *(window.module() for window in stack)))
    assert [row.receptive_field for row in network.layers] == [1, *fields]


def chain(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(*layers)


def conv(width: int, kernel: int = 3, **settings) -> nn.Module:
    return nn.LazyConv2d(width, kernel, **settings)


def fields(network: graph.CarriedNetwork) -> list[int | None]:
    return [row.receptive_field for row in network.layers]


def test_norms_activations_and_dropout_widen_nothing(carry) -> None:
    layers = [nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout2d(0.2), nn.PReLU(), nn.GELU(), nn.GroupNorm(2, 4), nn.Hardtanh()]
    assert fields(carry(chain(nn.Conv2d(1, 4, 3), *layers))) == [3] * 8


def test_maps_that_a_relu_has_emptied_have_their_field(carry) -> None:
    network = chain(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3))
    nn.init.constant_(network[0].bias, -100.0)
    nn.init.zeros_(network[2].weight)
    assert fields(carry(network)) == [3, 3, 5]


def test_branches_have_the_field_of_the_wider_one(carry) -> None:
    class Branches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.narrow, self.wide = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 5, padding=2)
            self.after = nn.Conv2d(8, 4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.stem(x)
            x = self.after(torch.cat([self.narrow(x) - x, x * self.wide(x)], 1))
            return torch.where(x > 0, x, -x)

    assert fields(carry(Branches())) == [3, 3, 7, 9]


def test_a_residual_block_adds_the_field_of_its_branch(carry) -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Conv2d(1, 4, 3)
            self.block = chain(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(4, 4, 3, padding=1))
            self.last = nn.Conv2d(4, 4, 3, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.stem(x)
            x += self.block(x)
            return self.last(F.relu_(x))

    assert fields(carry(Residual())) == [3, 5, 5, 7, 7, 9]


def test_a_field_is_not_cut_off_by_the_border_of_the_image(carry) -> None:
    body = [nn.Conv2d(1, 4, 3, padding=1), *(nn.Conv2d(4, 4, 3, padding=1) for _ in range(29))]
    assert fields(carry(chain(*body)))[-1] == 61


def test_what_sees_everything_sees_the_side_of_the_image(carry) -> None:
    network = carry(chain(nn.Conv2d(1, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 10, 1)))
    assert fields(network) == [3, 28, 28]


def test_squeeze_and_excite_makes_the_field_the_whole_image_from_there_on(carry) -> None:
    class Gated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.before, self.gate, self.after = nn.Conv2d(1, 4, 5), nn.Linear(4, 4), nn.Conv2d(4, 4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.before(x)
            return self.after(x * torch.sigmoid(self.gate(x.mean((2, 3))))[:, :, None, None])

    rows = carry(Gated()).layers
    assert [(row.name.split()[0], row.receptive_field) for row in rows if len(row.output_shape) == 3] == [
        ("Conv2d", 5), ("Conv2d", 28),
    ]  # fmt: skip


def test_attention_among_positions_sees_the_whole_image(carry) -> None:
    class Attends(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patch, self.attention = nn.Conv2d(1, 8, 7, 7), nn.MultiheadAttention(8, 2, batch_first=True)
            self.last = nn.Conv2d(8, 10, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            tokens = self.patch(x).flatten(2).transpose(1, 2)
            tokens = tokens + self.attention(tokens, tokens, tokens, need_weights=False)[0]
            return self.last(tokens.transpose(1, 2).view(-1, 8, 4, 4)).mean((2, 3))

    rows = [row for row in carry(Attends()).layers if row.name.startswith("Conv2d")]
    assert [row.receptive_field for row in rows] == [7, 28]


def test_a_network_that_takes_one_size_only_is_measured_there(carry) -> None:
    class OneSize(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second, self.third = nn.Conv2d(1, 4, 3, 2), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 11)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.third(self.second(self.first(x)).view(-1, 4, 11, 11)).flatten(1)

    assert fields(carry(OneSize())) == [3, 7, 27]


@pytest.mark.parametrize(
    ("module", "field"),
    [
        (nn.Conv2d(4, 4, 3, dilation=3), 9),
        (nn.MaxPool2d(3, 1, dilation=2), 7),
        (nn.MaxPool2d(2, return_indices=False, ceil_mode=True), 4),
        (nn.Conv2d(4, 4, 3, padding="same"), 5),
        (nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular"), 5),
        (nn.ConvTranspose2d(4, 4, 2, 2), 3),
        (nn.ConvTranspose2d(4, 4, 3, 2), 4),
        (nn.Upsample(scale_factor=2), 3),
        (nn.LPPool2d(2, 2), 4),
        (nn.LocalResponseNorm(2), 3),
        (nn.ChannelShuffle(2), 3),
        (nn.PixelUnshuffle(2), 4),
        (nn.Conv2d(4, 4, (1, 5)), 7),
    ],
    ids=str,
)
def test_the_field_behind_a_3x3_convolution_and(carry, module, field) -> None:
    network = carry(chain(nn.Conv2d(1, 4, 3), module))
    last = len(network.graph.eval.steps) - 1
    assert network.receptive_field(last) == field


def test_maps_with_their_channels_last_have_a_field(carry) -> None:
    class ChannelsLast(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.mix = nn.Conv2d(1, 4, 3), nn.Linear(4, 6)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.mix(self.conv(x).permute(0, 2, 3, 1))

    network = carry(ChannelsLast())
    assert network.receptive_field(len(network.graph.eval.steps) - 1) == 3


def test_what_has_no_positions_has_no_field(carry) -> None:
    network = carry(chain(nn.Conv2d(1, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10)))
    assert fields(network)[-1] is None
    assert network.receptive_field(network.global_average()) == 3


def test_a_place_that_a_check_was_given_has_a_field(carry) -> None:
    network = carry(chain(nn.Conv2d(1, 4, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(676, 10)))
    assert network.receptive_field(network.global_average() or 1) == 4


def test_six_million_parameters_are_measured_in_seconds(carry) -> None:
    widths = [1, 32, 64, 128, 256, 512, 1024, 10]
    layers: list[nn.Module] = []
    for index, (before, after) in enumerate(zip(widths, widths[1:], strict=False)):
        layers += [nn.MaxPool2d(2)] * (index in {2, 4}) + [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
    network = carry(chain(*layers[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    start = time.process_time()
    assert network.parameter_count == 6_379_786
    assert [row.receptive_field for row in network.layers if row.name.startswith("Conv")] == [3, 5, 10, 14, 24, 32, 40]
    assert time.process_time() - start < 10
    assert network.global_average() is not None
    assert network.dense_read() is None
    assert network.same_alone()
    assert network.output_kind() == "logits"
    assert time.process_time() - start < 15
