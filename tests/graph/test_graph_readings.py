"""How a network gets from maps to logits is read from what it does, whatever it is written with."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlgrade import graph

SMALL_ON_PURPOSE = {
    "padded_convolution_on_a_map_of_its_size_then_average": "10x3x3",
    "average_of_a_map_that_was_pooled_small": "10x2x2",
    "convolution_3x3_down_to_one_position": "10x3x3",
    "convolution_1d_as_long_as_the_flattened_map": "10x49",
}


def test_what_the_logits_depend_on_is_recognised(structure) -> None:
    average, dense = structure.network.global_average(), structure.network.dense_read()
    assert (average is not None, dense is not None) == (structure.average, structure.dense)
    for place in filter(None, (average, dense)):
        assert place.shape == SMALL_ON_PURPOSE.get(structure.name, "10x7x7")
        assert place.sides == tuple(map(int, place.shape.split("x")))
        assert "structures.py:" in place.where


def test_the_answer_is_the_same_for_other_draws_of_the_parameters(structure) -> None:
    from dlgrade.graph import _average, _dense, _reading

    carried = structure.network.graph
    for seed in (1, 2):
        reading = _reading.Reading(carried, carried.eval, carried.eval_trace, seed)
        reading.tensors = [t + 0.3 * torch.randn_like(t) if t.is_floating_point() else t for t in reading.tensors]
        assert (_average.global_average(reading) is not None) == structure.average
        assert (_dense.dense_read(reading) is not None) == structure.dense


class Pooled(nn.Module):
    """An average pool written for 28 pixels."""

    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(4))
        self.pool, self.head = pool, nn.Conv2d(8, 10, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.pool(self.body(x))).view(-1, 10)


def test_a_hard_coded_pool_gives_itself_away_at_another_size(carry) -> None:
    for side in (28, 40, 56):
        assert carry(Pooled(nn.AdaptiveAvgPool2d(1)), (1, side, side)).global_average() is not None
    hard_coded = Pooled(nn.AvgPool2d(7))
    assert carry(hard_coded).global_average() is not None
    assert carry(hard_coded, (1, 40, 40)).global_average() is None  # 10x10 is pooled to 1x1 without its border
    with pytest.raises(graph.NotCarried):  # 2x2 outputs are viewed as four images
        carry(hard_coded, (1, 56, 56))


def test_a_network_without_maps_is_neither(carry) -> None:
    network = carry(nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3)), (5,))
    assert network.global_average() is None
    assert network.dense_read() is None


def test_a_linear_layer_over_the_image_itself_is_dense(carry) -> None:
    place = carry(nn.Sequential(nn.Flatten(), nn.Linear(784, 10))).dense_read()
    assert place is not None
    assert (place.shape, place.layer) == ("1x28x28", "Linear 784 -> 10")


def test_a_linear_layer_behind_an_average_is_not_dense(carry) -> None:
    body = [nn.Conv2d(1, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 10)]
    assert carry(nn.Sequential(*body)).dense_read() is None


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (nn.Identity(), "logits"),
        (nn.LogSoftmax(1), "log_probabilities"),
        (nn.Softmax(1), "probabilities"),
        (nn.Sigmoid(), "logits"),
        (nn.ReLU(), "logits"),
        (nn.Softmax(0), "logits"),
        (nn.LogSigmoid(), "logits"),
    ],
    ids=str,
)
def test_what_forward_returns_is_judged_by_its_rows(carry, end, kind) -> None:
    assert carry(nn.Sequential(nn.Flatten(), nn.Linear(784, 10), end)).output_kind() == kind


class Behaviour(nn.Module):
    def __init__(self, forward) -> None:
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(1, 4, 5, 3), nn.BatchNorm2d(4), nn.Linear(4, 10)
        self._forward = forward

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._forward(self, self.conv(x))


def test_answers_that_depend_on_the_batch_are_seen(carry) -> None:
    alone = carry(Behaviour(lambda net, x: net.head(net.norm(x).mean((2, 3)))))
    together = carry(Behaviour(lambda net, x: net.head(F.batch_norm(x, None, None, training=True).amax((2, 3)))))
    squeezed = carry(Behaviour(lambda net, x: F.log_softmax(net.head(x.mean((2, 3), keepdim=True).squeeze()), 1)))
    assert (alone.same_alone(), together.same_alone(), squeezed.same_alone()) == (True, False, False)


def test_chance_in_evaluation_is_seen(carry) -> None:
    sure = carry(Behaviour(lambda net, x: net.head(F.dropout(x, 0.5, net.training).mean((2, 3)))))
    unsure = carry(Behaviour(lambda net, x: net.head(F.dropout(x, 0.5).mean((2, 3)))))
    assert (sure.same_twice(), unsure.same_twice()) == (True, False)


def test_numbers_that_are_none_are_seen(carry) -> None:
    assert carry(Behaviour(lambda net, x: net.head(x.mean((2, 3))))).finite()
    assert not carry(Behaviour(lambda net, x: net.head(x.mean((2, 3))).log())).finite()
    assert not carry(Behaviour(lambda net, x: net.head(x.mean((2, 3))) / (0 if net.training else 1))).finite()


def test_the_shape_of_an_answer_leaves_out_the_batch(carry) -> None:
    network = carry(nn.Sequential(nn.Conv2d(1, 10, 3)))
    assert (tuple(network.output_shape), network.keeps_batch) == ((10, 26, 26), True)
