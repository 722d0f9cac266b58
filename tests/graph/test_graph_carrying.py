"""A carried network is the student's network: the same answers, the same gradients, the same training."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlgrade import graph

SHAPE = (1, 28, 28)


def images(count: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(seed))


def answers(network: nn.Module, x: torch.Tensor, training: bool) -> torch.Tensor:
    torch.manual_seed(3)
    return network.train(training)(x.clone())


def gradients(network: nn.Module, x: torch.Tensor) -> None:
    network.zero_grad()
    labels = torch.arange(len(x)) % 10
    F.cross_entropy(answers(network, x, training=True), labels).backward()


def assert_same(one: torch.Tensor, other: torch.Tensor, what: str) -> None:
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5, msg=lambda text: f"{what}: {text}")


def test_the_corpus_holds_at_least_ninety_networks(request: pytest.FixtureRequest) -> None:
    names = {
        item.callspec.params["odd"] for item in request.session.items if "odd" in getattr(item, "fixturenames", ())
    }
    assert len(names) >= 90 or len(request.session.items) < 90  # a run of selected tests holds fewer


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_a_carried_network_answers_like_the_original_for_any_batch(odd, training) -> None:
    original, carried = odd.original(), odd.carried()
    for count in (1, 2, 7):
        x = images(count)
        with torch.no_grad():
            assert_same(answers(carried, x, training), answers(original, x, training), f"batch of {count}")


def test_a_carried_network_has_the_gradients_of_the_original(odd) -> None:
    original, carried = odd.original(), odd.carried()
    gradients(original, images(5))
    gradients(carried, images(5))
    for name, parameter in original.named_parameters():
        other = carried.named(name)
        assert parameter.requires_grad == other.requires_grad
        assert (parameter.grad is None) == (other.grad is None), name
        if parameter.grad is not None:
            assert_same(other.grad, parameter.grad, name)


def test_a_carried_network_trains_to_the_same_parameters_and_statistics(odd) -> None:
    networks = odd.original(), odd.carried()
    for network in networks:
        optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
        for seed in range(3):
            gradients(network, images(4, seed))
            optimizer.step()
    original, carried = networks
    for name, parameter in original.named_parameters():
        assert_same(carried.named(name), parameter, name)
    buffers = dict(original.named_buffers())
    for tensor, held in zip(carried.graph.tensors, carried.tensors(), strict=True):
        if tensor.kind == "buffer":
            assert_same(held, buffers[tensor.names[0]], tensor.names[0])


@pytest.mark.parametrize("name", ["BatchNormAndDropout", "SpectralNormOfOldStyle", "StochasticDepth", "LstmOverRows"])
def test_a_network_is_left_as_it_was_found(of_corpus, name) -> None:
    network = of_corpus(name).original()
    network.training = False
    before = {key: value.clone() for key, value in network.state_dict().items()}
    modes = [module.training for module in network.modules()]
    state = torch.get_rng_state()
    graph.encode(network, SHAPE, [])
    assert modes == [module.training for module in network.modules()]
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_two_carried_copies_share_nothing(carry) -> None:
    carried = carry(nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.BatchNorm1d(10)))
    one, other = carried.module(), carried.module()
    gradients(one, images(4))
    torch.optim.SGD(one.parameters(), lr=1.0).step()
    assert not torch.equal(one.named("1.weight"), other.named("1.weight"))
    assert torch.equal(other.named("1.weight"), carried.module().named("1.weight"))


def test_batch_norm_statistics_move_in_training_and_rest_in_evaluation(carry) -> None:
    network = carry(nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(2028, 10))).module()
    before = copy.deepcopy(network.state_dict())
    network.eval()(images(4))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    network.train()(images(4))
    changed = [name for name, value in network.state_dict().items() if not torch.equal(value, before[name])]
    assert len(changed) == 3  # mean, variance, and how many batches there were


def test_dropout_draws_anew_in_training_and_rests_in_evaluation(carry) -> None:
    network = carry(nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 10))).module()
    x = images(4)
    network.train()
    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))


def test_an_input_that_forward_changes_in_place_is_left_alone(of_corpus) -> None:
    carried = of_corpus("InputChangedInPlace").carried()
    x = images(3)
    kept = x.clone()
    carried.train()(x)
    assert torch.equal(x, kept)


def test_a_view_that_fits_the_students_memory_layout_fits_every_other(carry) -> None:
    """The trainer keeps images and weights channels-last, where a map cannot be viewed as rows."""

    class Views(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.head = nn.Conv2d(1, 4, 5, 4), nn.Linear(6, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.conv(x)
            return self.head(x.view(x.size(0), 4, 6, 6).view(x.size(0), -1).view_as(x).mean((1, 2)))

    carried = carry(Views()).module()
    x = images(3)
    expected = carried(x)
    carried = carried.to(memory_format=torch.channels_last)
    torch.testing.assert_close(carried(x.contiguous(memory_format=torch.channels_last)), expected)


def test_parameters_go_by_the_students_names(carry) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Flatten(), nn.Linear(784, 784, bias=False))
            self.head = nn.Linear(784, 10)
            self.same = self.body[1]

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(self.same(self.body(x)))

    network = carry(Net()).module()
    assert network.named("body.1.weight") is network.named("same.weight")
    assert network.named("head.bias").shape == (10,)
    with pytest.raises(KeyError):
        network.named("tail.bias")


def test_a_network_moves_to_another_number_type_as_a_module_does(carry) -> None:
    network = carry(nn.Sequential(nn.Flatten(), nn.Linear(784, 10))).module().double()
    assert network(images(2).double()).dtype is torch.float64


@pytest.mark.parametrize("layers", [1, 2])
def test_recurrent_layers_are_traced_by_shape_alone(carry, layers) -> None:
    import time

    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.LSTM(28, 8, num_layers=layers, bidirectional=True, batch_first=True)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.rnn(x.squeeze(1))[0][:, -1, :10]

    start = time.process_time()
    graph.encode(Rows(), SHAPE, [])
    assert time.process_time() - start < 8  # traced gate by gate it took 10 s for each mode
