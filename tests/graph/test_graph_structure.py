"""What a network is, read from its graph: each trap that text search or a list of modules would fall into."""

from __future__ import annotations

import io
import itertools

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlgrade import wire
from dlgrade.graph import EXTRA_ALLOWANCE, BadGraph, CarriedNetwork, decode, encode


def carried(network: nn.Module, shape: tuple[int, ...] = (1, 28, 28)) -> CarriedNetwork:
    with io.BytesIO() as stream:
        wire.send(stream, encode(network, shape, []))
        stream.seek(0)
        return CarriedNetwork(decode(wire.receive(stream)))


class Maps(nn.Module):
    """(N, 1, 28, 28) to maps of 8x7x7, then whatever `head` does with them."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(4))
        self.head = head

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.maps(x))  # type: ignore[no-any-return]


class Does(nn.Module):
    """A head given as a function of the maps, with modules and parameters of its own."""

    def __init__(self, does: object, **parts: nn.Module | nn.Parameter) -> None:
        super().__init__()
        self.does = does
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.does(self, x)  # type: ignore[no-any-return, operator]


def head(does: object, **parts: nn.Module | nn.Parameter) -> CarriedNetwork:
    torch.manual_seed(0)
    return carried(Maps(Does(does, **parts)))


AVERAGES = {
    "mean over both axes": lambda s, x: x.mean((2, 3)),
    "mean in two steps": lambda s, x: x.mean(3).mean(2),
    "adaptive pool": lambda s, x: torch.flatten(F.adaptive_avg_pool2d(x, 1), 1),
    "pool of the whole map": lambda s, x: F.avg_pool2d(x, 7).squeeze(3).squeeze(2),
    "sum over a count": lambda s, x: x.sum((2, 3)) / (x.shape[2] * x.shape[3]),
    "flattened, then averaged": lambda s, x: x.flatten(2).mean(2),
    "einsum": lambda s, x: torch.einsum("nchw->nc", x) / 49,
    "average, then log_softmax": lambda s, x: F.log_softmax(x.mean((2, 3)), 1),
}
OTHERS = {
    "maximum": lambda s, x: x.amax((2, 3)),
    "adaptive maximum": lambda s, x: F.adaptive_max_pool2d(x, 1).flatten(1),
    "one corner": lambda s, x: x[:, :, :3, :3].mean((2, 3)),
    "middle position": lambda s, x: x[:, :, 3, 3],
    "mean and maximum": lambda s, x: x.mean((2, 3)) + x.amax((2, 3)),
    "root mean square": lambda s, x: x.square().mean((2, 3)).sqrt(),
}


@pytest.mark.parametrize("name", AVERAGES)
def test_an_average_of_the_whole_map_is_one_however_it_is_written(name: str) -> None:
    network = head(AVERAGES[name])
    found = network.global_average()
    assert found is not None
    assert found.sides == (8, 7, 7)
    assert network.dense_read() is None


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_the_average_of_the_whole_map_is_not_called_one(name: str) -> None:
    assert head(OTHERS[name]).global_average() is None


def test_a_linear_or_a_1x1_convolution_behind_the_average_changes_nothing() -> None:
    linear = head(lambda s, x: s.layer(x.mean((2, 3))), layer=nn.Linear(8, 10))
    pointwise = head(
        lambda s, x: s.layer(F.adaptive_avg_pool2d(x, 1)).view(-1, 10), layer=nn.Conv2d(8, 10, 1, bias=False)
    )
    before = head(lambda s, x: s.layer(x).mean((2, 3)), layer=nn.Conv2d(8, 10, 1))
    for network in (linear, pointwise, before):
        assert network.global_average() is not None
        assert network.dense_read() is None


DENSE = {
    "flatten and linear": (lambda s, x: s.layer(x.flatten(1)), {"layer": nn.Linear(392, 10)}),
    "view and linear": (lambda s, x: s.layer(x.view(-1, 392)), {"layer": nn.Linear(392, 10)}),
    "relu and dropout between": (
        lambda s, x: s.layer(F.dropout(F.relu(x.flatten(1)), 0.1, s.training)),
        {"layer": nn.Linear(392, 10)},
    ),
    "convolution as large as the map": (lambda s, x: s.layer(x).flatten(1), {"layer": nn.Conv2d(8, 10, 7)}),
    "einsum with a weight per position": (
        lambda s, x: torch.einsum("nchw,ochw->no", x, s.weight),
        {"weight": nn.Parameter(torch.randn(10, 8, 7, 7))},
    ),
    "product with a parameter": (
        lambda s, x: x.flatten(1) @ s.weight,
        {"weight": nn.Parameter(torch.randn(392, 10))},
    ),
}


@pytest.mark.parametrize("name", DENSE)
def test_weights_of_their_own_for_each_position_are_a_dense_read(name: str) -> None:
    does, parts = DENSE[name]
    network = head(does, **parts)  # type: ignore[arg-type]
    found = network.dense_read()
    assert found is not None
    assert found.shape == "8x7x7"
    assert network.global_average() is None


def test_a_linear_over_channels_reads_one_position_and_is_not_dense() -> None:
    network = head(lambda s, x: s.layer(x.permute(0, 2, 3, 1)).mean((1, 2)), layer=nn.Linear(8, 10))
    assert network.dense_read() is None


def test_squeeze_and_excite_inside_is_no_dense_read_and_no_final_average() -> None:
    network = head(
        lambda s, x: s.last((x * torch.sigmoid(s.gate(x.mean((2, 3))))[:, :, None, None]).flatten(1)),
        gate=nn.Linear(8, 8),
        last=nn.Linear(392, 10),
    )
    assert network.global_average() is None
    found = network.dense_read()
    assert found is not None
    assert "392" in found.layer


STACKS = list(itertools.product([1, 3, 5], [1, 2], [None, 2, 3], [1, 2]))


@pytest.mark.parametrize(("kernel", "stride", "pool", "dilation"), STACKS[:: max(1, len(STACKS) // 18)])
def test_the_receptive_field_is_that_of_the_formula(kernel: int, stride: int, pool: int | None, dilation: int) -> None:
    layers: list[nn.Module] = [nn.Conv2d(1, 3, kernel, stride=stride), nn.BatchNorm2d(3), nn.ReLU()]
    field, jump = kernel, stride
    if pool:
        layers.append(nn.MaxPool2d(pool))
        field, jump = field + (pool - 1) * jump, jump * pool
    layers.append(nn.Conv2d(3, 4, 3, padding=1, dilation=dilation))
    field += 2 * dilation * jump  # r + (k - 1) * jump, with a kernel that dilation spreads
    network = carried(nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), (1, 40, 40))
    last = [layer for layer in network.layers if layer.name.startswith("Conv2d")][-1]
    assert last.receptive_field == field


def test_multiply_accumulates_are_those_of_torchs_own_counter() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 6, 3, bias=False),
        nn.Conv2d(6, 12, 3, stride=2, groups=3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(12 * 12 * 12, 10),
    )
    with FlopCounterMode(display=False) as counter:
        network(torch.randn(1, 1, 28, 28))
    assert 2 * carried(network).summary().macs == counter.get_total_flops()


def test_tied_weights_count_once_frozen_and_unused_ones_count_too() -> None:
    tied = nn.Linear(8, 8)
    network = head(
        lambda s, x: s.last(s.one(s.two(x.mean((2, 3))))),
        one=tied,
        two=tied,
        last=nn.Linear(8, 10),
        spare=nn.Linear(5, 5),
    )
    assert network.parameter_count == 80 + 16 + 72 + 90 + 30
    assert network.unused == ("head.spare.weight", "head.spare.bias")


def test_numbers_in_buffers_beyond_the_allowance_are_weights_by_another_name() -> None:
    class Hidden(nn.Module):
        def __init__(self, count: int) -> None:
            super().__init__()
            self.register_buffer("numbers", torch.randn(count))
            self.layer = nn.Linear(8, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layer(x.mean((2, 3))) + self.numbers.sum()  # type: ignore[no-any-return, operator]

    honest, greedy = (carried(Maps(Hidden(count))) for count in (100, 5_000))
    assert honest.parameter_count == 80 + 16 + 90
    assert greedy.parameter_count >= 80 + 16 + 90 + 5_000 - EXTRA_ALLOWANCE
    assert "buffers" in greedy.heaviest()


def test_batch_norm_statistics_are_free() -> None:
    wide = nn.Sequential(nn.Conv2d(1, 3_000, 3), nn.BatchNorm2d(3_000), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert carried(wide).parameter_count == 27_000 + 3_000 + 6_000


@pytest.mark.parametrize(
    "breaks",
    [
        lambda m: m.update(input_shape=[1, True, 28]),
        lambda m: m["tensors"].append("x"),
        lambda m: m["eval"]["nodes"][0].update(op="aten.as_strided.default"),
        lambda m: m["eval"]["nodes"][0].update(op="aten.from_file.default"),
        lambda m: m["eval"]["nodes"][0].update(op="python.__import__"),
        lambda m: m["eval"]["nodes"][0].update(args=[{"n": 5}]),
        lambda m: m["eval"]["nodes"][0].update(args=[{"t": 10_000}]),
        lambda m: m["eval"]["nodes"][0].update(args=[{"x": True}]),
        lambda m: m["eval"].update(output=[]),
        lambda m: m["eval"].update(output=[{"x": 0}, {"x": 0}]),
        lambda m: m["eval"].update(nodes=m["eval"]["nodes"] * 10_000),
        lambda m: m["train"]["nodes"][0]["args"].append({"shell": "rm"}),
        lambda m: m["train"]["nodes"][0]["kwargs"].update(out={"t": 0}),
        lambda m: m.update(extra=1),
    ],
)
def test_a_message_that_is_not_as_agreed_is_refused(breaks: object) -> None:
    message = encode(Maps(Does(lambda s, x: s.layer(x.mean((2, 3))), layer=nn.Linear(8, 10))), (1, 28, 28), [])
    breaks(message)  # type: ignore[operator]
    with pytest.raises(BadGraph):
        CarriedNetwork(decode(message))


@pytest.mark.parametrize(
    "node",
    [
        {"op": "aten.zeros.default", "args": [[1 << 40]]},
        {"op": "aten.full.default", "args": [[1 << 20, 1 << 20], 1.0]},
        {"op": "aten.arange.default", "args": [1 << 45]},
        {"op": "aten.expand.default", "args": [{"n": 0}, [1 << 20, 1 << 20, 1 << 20, 1 << 20]]},
        {"op": "aten.repeat.default", "args": [{"x": 0}, [1 << 15, 1 << 15, 1, 1]]},
        {"op": "python.mul", "args": [[1, 2], 1 << 40]},
        {"op": "python.mul", "args": ["x", 1 << 40]},
    ],
)
def test_a_graph_that_asks_for_absurd_sizes_is_refused_before_it_runs(node: dict[str, object]) -> None:
    message = encode(Maps(Does(lambda s, x: s.layer(x.mean((2, 3))), layer=nn.Linear(8, 10))), (1, 28, 28), [])
    for mode in ("train", "eval"):
        message[mode]["nodes"].append({"kwargs": {}, "at": None, "module": "", **node})
    with pytest.raises(BadGraph):
        CarriedNetwork(decode(message))


def test_the_network_of_six_million_parameters_is_inspected_in_seconds() -> None:
    channels = [1, 32, 64, 128, 256, 512, 1024, 10]
    layers: list[nn.Module] = []
    for place, (one, other) in enumerate(itertools.pairwise(channels)):
        layers += [nn.Conv2d(one, other, 3, padding=1 if place < 6 else 0), nn.ReLU()]
        if place in (1, 3):
            layers.append(nn.MaxPool2d(2))
    network = carried(nn.Sequential(*layers[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    assert network.parameter_count == 6_379_786
    assert network.global_average() is not None
    assert network.layers[0].receptive_field == 3
