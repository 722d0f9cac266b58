"""On a GPU the same seed gives the same training up to rounding, and a captured step is a plain step."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlgrade.recipe import Schedule, Transform
from dlgrade.recipe._nouns import OPTIMIZERS
from dlgrade.trainer import Images, train
from dlgrade.trainer._cuda import captured_step
from dlgrade.trainer._images import Batches

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU that torch can use")

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def test_the_curve_is_close_to_that_of_the_cpu(made_up: Any) -> None:
    turn = Transform("RandomAffine", {"degrees": [-7, 7], "pixels": 0.5})
    recipe = made_up.recipe(transforms=made_up.as_shares(turn))
    on_cpu = train(made_up.Small, recipe, made_up.train, made_up.test, seed=2, device=CPU)
    on_gpu = train(made_up.Small, recipe, made_up.train, made_up.test, seed=2, device=CUDA)
    assert on_gpu.summary.device == "cuda"
    assert on_gpu.summary.samples == on_cpu.summary.samples
    for ours, theirs in zip(on_gpu.summary.curve, on_cpu.summary.curve, strict=True):
        assert ours.train_loss == pytest.approx(theirs.train_loss, rel=0.02, abs=0.01)
        assert ours.test_accuracy == pytest.approx(theirs.test_accuracy, abs=0.03)


def test_the_batches_are_those_of_the_cpu(made_up: Any) -> None:
    steps = made_up.as_shares(
        Transform("RandomAffine", {"degrees": [-30, 30], "translate": [0.2, 0.2]}),
        Transform("RandomHorizontalFlip", {"p": 0.5}),
        Transform("ColorJitter", {"brightness": [0.5, 1.5]}),
        Transform("RandomErasing", {"p": 0.5}),
    )
    recipe = made_up.recipe(transforms=steps)
    index = torch.arange(64)
    batches = [
        Batches(made_up.train.on(device), recipe, torch.Generator().manual_seed(0)).training(index.to(device))
        for device in (CPU, CUDA)
    ]
    (ours, labels), (theirs, their_labels) = batches
    assert torch.equal(labels, their_labels.cpu())
    assert torch.allclose(ours, theirs.cpu(), atol=1e-3)


def plain_step(network: nn.Module, x: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    network.train()
    network.zero_grad()
    logits = network(x)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    return loss.detach(), logits.detach()


def on_gpu(made_up: Any) -> nn.Module:
    return made_up.Small().to(device=CUDA, memory_format=torch.channels_last)


def test_a_captured_step_is_a_plain_step(made_up: Any) -> None:
    images = made_up.train.on(CUDA)
    captured, plain = on_gpu(made_up), on_gpu(made_up)
    before = {name: value.clone() for name, value in captured.state_dict().items()}
    step = captured_step(captured, images, 32, CUDA)
    assert step is not None
    for name, value in captured.state_dict().items():
        assert torch.equal(value, before[name]), "capturing moved the statistics"
    optimizers = [torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9) for network in (captured, plain)]
    for start in range(0, 160, 32):
        x = (images.pixels[start : start + 32].float() / 255).contiguous(memory_format=torch.channels_last)
        labels = images.labels[start : start + 32]
        loss, logits = step(x, labels)
        their_loss, their_logits = plain_step(plain, x, labels)
        assert torch.allclose(loss, their_loss, atol=1e-4)
        assert torch.allclose(logits, their_logits, atol=1e-3)
        for optimizer in optimizers:
            optimizer.step()
    for (name, ours), theirs in zip(captured.state_dict().items(), plain.state_dict().values(), strict=True):
        assert torch.allclose(ours.float(), theirs.float(), atol=1e-3), name


def test_dropout_is_drawn_anew_in_each_replay(made_up: Any) -> None:
    images = made_up.train.on(CUDA)
    network = made_up.Small(dropout=0.5).to(device=CUDA, memory_format=torch.channels_last)
    step = captured_step(network, images, 32, CUDA)
    assert step is not None
    x = images.pixels[:32].float() / 255
    first, second = (step(x, images.labels[:32])[1].clone() for _ in range(2))
    assert not torch.allclose(first, second)


def test_capturing_leaves_the_random_generator_as_it_was(made_up: Any) -> None:
    network = made_up.Small(dropout=0.5).to(device=CUDA, memory_format=torch.channels_last)
    torch.cuda.manual_seed(5)
    expected = torch.rand(4, device=CUDA)
    torch.cuda.manual_seed(5)
    captured_step(network, made_up.train.on(CUDA), 32, CUDA)
    assert torch.equal(torch.rand(4, device=CUDA), expected)


def test_a_network_that_waits_for_the_host_trains_without_capture(made_up: Any) -> None:
    class Waiting(made_up.Small):  # type: ignore[misc, name-defined]
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x) * float(x.abs().max() > 0)

    training = train(Waiting, made_up.recipe(), made_up.train, made_up.test, device=CUDA)
    assert training.final_accuracy > 0.9


def test_a_last_batch_that_is_not_full_is_trained_too(made_up: Any) -> None:
    part = Images(made_up.train.pixels[:50], made_up.train.labels[:50])
    training = train(made_up.Small, made_up.recipe(epochs=10), part, made_up.test, device=CUDA)
    assert training.summary.samples == 500
    assert training.final_accuracy > 0.8


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "Muon"])
def test_every_optimizer_trains_on_a_gpu_as_on_the_cpu(made_up: Any, name: str) -> None:
    recipe = made_up.recipe(name, epochs=1, options={"lr": 0.005}, transforms=made_up.as_shares())
    ours, theirs = (
        train(made_up.Small, recipe, made_up.train, made_up.test, device=device).summary.curve[0]
        for device in (CUDA, CPU)
    )
    assert ours.train_loss == pytest.approx(theirs.train_loss, rel=0.05)


def test_a_network_of_matrices_trains_with_muon_on_a_gpu(made_up: Any) -> None:
    def build() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 32, bias=False), nn.ReLU(), nn.Linear(32, 4, bias=False))

    training = train(build, made_up.recipe("Muon", options={"lr": 0.02}), made_up.train, made_up.test, device=CUDA)
    assert training.final_accuracy > 0.8


def test_a_rate_that_changes_from_step_to_step_is_applied_outside_of_the_capture(made_up: Any) -> None:
    rates = tuple((0.0 if step < 7 else 0.05,) for step in range(21))
    recipe = made_up.recipe(schedule=Schedule(rates), transforms=made_up.as_shares())
    curve = train(made_up.Small, recipe, made_up.train, made_up.test, device=CUDA).summary.curve
    losses = [row.train_loss for row in curve]
    assert all(b < a for a, b in itertools.pairwise(losses))
    assert curve[0].learning_rate == 0.0
