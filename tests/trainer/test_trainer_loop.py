"""A training shows each image once an epoch, steps as plain torch does, and can be repeated."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlgrade import data
from dlgrade.course import TrainingRecipe
from dlgrade.errors import MachineError
from dlgrade.recipe import Group, Optimizer, Plateau, Schedule, describe_schedule, from_assignment, read_schedule
from dlgrade.trainer import Images, Progress, Training, choose_device, describe_device, overfit, shifted, train
from dlgrade.trainer._initial import permute_initial


def without_time(training: Training) -> Any:
    summary = dataclasses.replace(training.summary, seconds=0)
    return dataclasses.replace(summary, curve=tuple(dataclasses.replace(row, seconds=0) for row in summary.curve))


def weights(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return set(a) == set(b) and all(torch.equal(a[name], b[name]) for name in a)


# -- repeatable, and learning


def test_two_runs_with_one_seed_give_identical_numbers(made_up: Any) -> None:
    build = lambda: made_up.Small(dropout=0.3)  # noqa: E731
    recipe = made_up.recipe(transforms=())
    first = train(build, recipe, made_up.train, made_up.test, seed=5)
    torch.manual_seed(99)  # what the process drew before does not matter
    second = train(build, recipe, made_up.train, made_up.test, seed=5)
    assert without_time(first) == without_time(second)
    assert same(weights(first.network), weights(second.network))
    other = train(build, recipe, made_up.train, made_up.test, seed=6)
    assert without_time(other) != without_time(first)


def test_a_network_that_can_learn_does(made_up: Any) -> None:
    training = train(made_up.Small, made_up.recipe(), made_up.train, made_up.test)
    assert training.final_accuracy > 0.95
    assert training.summary.notes == ()
    assert training.summary.device == "cpu"
    assert not training.network.training
    losses = [row.train_loss for row in training.summary.curve]
    assert losses == sorted(losses, reverse=True)


def test_digits_are_learnt_from_two_thousand_images() -> None:
    digits = data.load("mnist")
    split = data.balanced(digits.train, 2_000, seed=0)
    test = Images.of(digits.test)
    test = Images(test.pixels[:1_000], test.labels[:1_000])

    def build() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2),
            nn.BatchNorm2d(16), nn.ReLU(), nn.Flatten(), nn.Linear(16 * 36, 10),
        )  # fmt: skip

    recipe = from_assignment(TrainingRecipe(options={"momentum": 0.9}, rotation=7), 2, 16)
    training = train(build, recipe, Images.of(split), test)
    assert training.final_accuracy > 0.8
    assert training.summary.samples == 4_000


# -- samples and steps


@pytest.mark.parametrize(("count", "batch_size"), [(200, 32), (200, 200), (200, 7), (5, 32), (200, 199)])
def test_each_epoch_shows_each_image_once_and_no_more(made_up: Any, seen: Any, count: int, batch_size: int) -> None:
    # The first pixel is the image's number.
    pixels = made_up.train.pixels[:count].clone()
    pixels[:, 0, 0] = torch.arange(count)
    network = made_up.Small()
    batches = seen(network)
    recipe = made_up.recipe(batch_size=batch_size, transforms=made_up.as_shares())
    training = train(lambda: network, recipe, Images(pixels, made_up.train.labels[:count]), made_up.test)
    assert training.summary.samples == 3 * count
    assert training.summary.epochs == len(training.summary.curve) == 3
    numbers = [(x[:, 0, 0, 0] * 255).round().int().tolist() for training_mode, x in batches if training_mode]
    assert {len(batch) for batch in numbers[:-1]} <= {batch_size, count % batch_size}
    flat = list(itertools.chain(*numbers))
    epochs = [flat[i : i + count] for i in range(0, len(flat), count)]
    assert len(epochs) == 3
    assert all(sorted(epoch) == list(range(count)) for epoch in epochs)
    if count > 5:
        assert epochs[0] != epochs[1] != epochs[2]


def by_hand(
    network: nn.Module, batches: list[tuple[torch.Tensor, torch.Tensor]], optimizer: Any, scheduler: Any = None
) -> list[float]:
    network.train()
    losses = []
    for step, (x, labels) in enumerate(batches):
        optimizer.zero_grad()
        loss = F.cross_entropy(network(x), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if scheduler is not None and step + 1 < len(batches):
            scheduler.step()
    return losses


def with_labels(made_up: Any, batches: list[tuple[bool, torch.Tensor]]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The training batches with the labels that belong to them, found by the pixels."""
    known = {
        image.numpy().tobytes(): label for image, label in zip(made_up.train.pixels, made_up.train.labels, strict=True)
    }
    result = []
    for training_mode, x in batches:
        if training_mode:
            raw = (x * 255).round().to(torch.uint8).squeeze(1).contiguous()
            result.append((x, torch.stack([known[image.numpy().tobytes()] for image in raw])))
    return result


MAKERS: dict[str, tuple[dict[str, Any], Callable[[Any], Any]]] = {
    "SGD": ({"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3}, torch.optim.SGD),
    "Adam": ({"lr": 0.01, "betas": (0.8, 0.99)}, torch.optim.Adam),
}


@pytest.mark.parametrize("scheduled", [False, True], ids=["fixed rate", "one cycle"])
@pytest.mark.parametrize("name", MAKERS)
def test_the_steps_are_those_of_a_plain_loop_on_the_same_batches(
    made_up: Any, seen: Any, name: str, scheduled: bool
) -> None:
    options, cls = MAKERS[name]
    epochs, per_epoch = 2, math.ceil(200 / 32)

    def one_cycle(optimizer: Any) -> Any:
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=epochs * per_epoch)

    schedule = None
    if scheduled:
        probe = cls(made_up.Small().parameters(), **options)
        stated = describe_schedule(probe, one_cycle(probe), "batch", epochs, per_epoch)
        schedule = read_schedule(stated, epochs * per_epoch, 1)
    network = made_up.Small()
    batches = seen(network)
    recipe = made_up.recipe(name, epochs, options=options, schedule=schedule, transforms=made_up.as_shares())
    training = train(lambda: network, recipe, made_up.train, made_up.test, seed=3)

    plain = made_up.Small()
    permute_initial(plain, 3)
    optimizer = cls(plain.parameters(), **options)
    pairs = with_labels(made_up, batches)
    losses = by_hand(plain, pairs, optimizer, one_cycle(optimizer) if scheduled else None)
    for (key, ours), theirs in zip(training.network.state_dict().items(), plain.state_dict().values(), strict=True):
        assert torch.allclose(ours.float(), theirs.float(), atol=1e-5), key

    # The curve tells what happened: means over samples, not over batches.
    for epoch, row in enumerate(training.summary.curve):
        part = slice(epoch * per_epoch, (epoch + 1) * per_epoch)
        sizes = [len(x) for x, _ in pairs[part]]
        mean = sum(n * loss for n, loss in zip(sizes, losses[part], strict=True)) / 200
        assert row.train_loss == pytest.approx(mean, abs=1e-5)
    plain.eval()
    with torch.no_grad():
        logits = plain(made_up.test.pixels.unsqueeze(1) / 255)
    last = training.summary.curve[-1]
    assert last.test_loss == pytest.approx(F.cross_entropy(logits, made_up.test.labels).item(), abs=1e-4)
    assert last.test_accuracy == pytest.approx(
        (logits.argmax(1) == made_up.test.labels).float().mean().item(), abs=0.011
    )


def test_a_schedule_is_applied_step_by_step(made_up: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[tuple[float, float]] = []
    step = torch.optim.SGD.step

    def recorded(self: Any, *args: Any) -> Any:
        used.append((self.param_groups[0]["lr"], self.param_groups[0]["momentum"]))
        return step(self, *args)

    monkeypatch.setattr(torch.optim.SGD, "step", recorded)
    rates = tuple((0.001 * (i + 1),) for i in range(21))
    momenta = tuple((0.9 - 0.01 * i,) for i in range(21))
    recipe = made_up.recipe(schedule=Schedule(rates, momenta))
    training = train(made_up.Small, recipe, made_up.train, made_up.test)
    assert used == [(rate[0], momentum[0]) for rate, momentum in zip(rates, momenta, strict=True)]
    assert [row.learning_rate for row in training.summary.curve] == [rates[6][0], rates[13][0], rates[20][0]]


def test_each_group_gets_its_own_rate_and_adam_its_first_beta(made_up: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[list[tuple[float, Any]]] = []
    step = torch.optim.Adam.step

    def recorded(self: Any, *args: Any) -> Any:
        used.append([(group["lr"], group["betas"]) for group in self.param_groups])
        return step(self, *args)

    monkeypatch.setattr(torch.optim.Adam, "step", recorded)
    groups = (
        Group(("conv.weight", "norm.bias"), {"betas": (0.5, 0.7)}),
        Group(("head.weight",), {"betas": (0.5, 0.8)}),
    )
    rates, momenta = ((0.1, 0.2),) * 7, ((0.6, 0.4),) * 7
    recipe = dataclasses.replace(
        made_up.recipe(epochs=1, schedule=Schedule(rates, momenta)), optimizer=Optimizer("Adam", groups)
    )
    train(made_up.Small, recipe, made_up.train, made_up.test)
    assert used == [[(0.1, (0.6, 0.7)), (0.2, (0.4, 0.8))]] * 7


PLATEAU = {
    "mode": "min", "factor": 0.5, "patience": 0, "threshold": 0.9, "threshold_mode": "rel", "cooldown": 0,
    "min_lr": [0.0], "eps": 1e-8,
}  # fmt: skip


def test_a_plateau_rule_lowers_the_rate_when_the_test_loss_does_not_fall(made_up: Any) -> None:
    # A loss never falls by 90 % here: after the first epoch every one is "no better".
    recipe = made_up.recipe(epochs=4, options={"lr": 1e-4}, schedule=Plateau(PLATEAU))
    curve = train(made_up.Small, recipe, made_up.train, made_up.test).summary.curve
    assert [row.learning_rate for row in curve] == [1e-4, 1e-4, 0.5e-4, 0.25e-4]


def test_a_plateau_rule_with_mode_max_watches_the_accuracy(made_up: Any) -> None:
    # The accuracy rises from epoch to epoch while the loss falls; watching the loss would lower the rate.
    rule = Plateau(PLATEAU | {"mode": "max", "threshold": 0.0})
    recipe = made_up.recipe(epochs=4, options={"lr": 0.002}, schedule=rule)
    curve = train(made_up.Small, recipe, made_up.train, made_up.test).summary.curve
    rises = [b.test_accuracy > a.test_accuracy for a, b in itertools.pairwise(curve[:-1])]
    falls = [b.test_loss < a.test_loss for a, b in itertools.pairwise(curve[:-1])]
    assert all(rises)
    assert all(falls)
    assert {row.learning_rate for row in curve} == {0.002}


# -- initial parameters


def test_permuting_keeps_the_entries_of_each_parameter_and_moves_them(made_up: Any) -> None:
    network, again = made_up.Small(), made_up.Small()
    before = weights(network)
    permute_initial(network, 1)
    permute_initial(again, 1)
    assert same(weights(network), weights(again))
    for name, value in network.named_parameters():
        assert torch.equal(value.flatten().sort().values, before[name].flatten().sort().values)
    assert not torch.equal(network.conv.weight, before["conv.weight"])
    assert not torch.equal(network.head.weight, before["head.weight"])
    other = made_up.Small()
    permute_initial(other, 2)
    assert not torch.equal(network.head.weight, other.head.weight)


def test_permuting_moves_tied_parameters_once_and_keeps_them_tied(made_up: Any) -> None:
    first, second = nn.Linear(8, 8), nn.Linear(8, 8)
    second.weight = first.weight
    permute_initial(nn.Sequential(first, second), 0)
    assert second.weight is first.weight


def test_parameters_in_channels_last_order_are_permuted_like_others(made_up: Any) -> None:
    plain, other = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)
    other.load_state_dict(plain.state_dict())
    other = other.to(memory_format=torch.channels_last)
    permute_initial(plain, 0)
    permute_initial(other, 0)
    assert torch.equal(plain.weight, other.weight)


def test_knowledge_put_into_the_initial_parameters_is_gone(made_up: Any) -> None:
    learnt = train(made_up.Small, made_up.recipe(), made_up.train, made_up.test)
    state = weights(learnt.network)

    def build() -> nn.Module:
        network = made_up.Small()
        network.load_state_dict(state)
        return network

    tiny = made_up.recipe(epochs=1, options={"lr": 1e-9})
    left = [train(build, tiny, made_up.train, made_up.test, seed=seed).final_accuracy for seed in range(12)]
    assert learnt.final_accuracy > 0.95
    assert sum(left) / len(left) < 0.4


# -- parameters that stay, statistics that move


def test_frozen_parameters_stay_and_batch_norm_statistics_move(made_up: Any) -> None:
    def build() -> nn.Module:
        network = made_up.Small()
        network.conv.weight.requires_grad_(False)
        return network

    reference = build()
    permute_initial(reference, 0)
    training = train(build, made_up.recipe(), made_up.train, made_up.test)
    after, before = weights(training.network), weights(reference)
    assert torch.equal(after["conv.weight"], before["conv.weight"])
    assert not torch.equal(after["head.weight"], before["head.weight"])
    assert not torch.equal(after["norm.running_mean"], before["norm.running_mean"])
    assert int(after["norm.num_batches_tracked"]) == 21


def test_parameters_outside_of_the_students_groups_stay(made_up: Any) -> None:
    optimizer = Optimizer("SGD", (Group(("head.weight",), {"lr": 0.05}),))
    recipe = dataclasses.replace(made_up.recipe(), optimizer=optimizer)
    training = train(made_up.Small, recipe, made_up.train, made_up.test)
    reference = made_up.Small()
    permute_initial(reference, 0)
    assert torch.equal(training.network.get_parameter("head.bias"), reference.head.bias)
    assert not torch.equal(training.network.get_parameter("head.weight"), reference.head.weight)


def test_one_parameter_under_two_names_is_trained_once(made_up: Any) -> None:
    class Tied(made_up.Small):  # type: ignore[misc, name-defined]
        def named(self, name: str) -> nn.Parameter:
            return self.head.weight if name == "again" else self.get_parameter(name)

    groups = (Group(("head.weight", "again"), {"lr": 0.05}), Group(("again", "head.bias"), {"lr": 0.5}))
    recipe = dataclasses.replace(made_up.recipe(epochs=1), optimizer=Optimizer("SGD", groups))
    assert train(Tied, recipe, made_up.train, made_up.test).summary.samples == 200


@pytest.mark.parametrize("kind", ["frozen", "without parameters", "detached"])
def test_a_network_that_cannot_be_trained_is_evaluated_all_the_same(made_up: Any, kind: str) -> None:
    def build() -> nn.Module:
        if kind == "without parameters":
            return nn.Sequential(nn.AdaptiveAvgPool2d((1, made_up.classes)), nn.Flatten())
        network = made_up.Small()
        if kind == "frozen":
            return network.requires_grad_(False)
        network.register_forward_hook(lambda module, args, out: out.detach())
        return network

    training = train(build, made_up.recipe(), made_up.train, made_up.test)
    assert training.final_accuracy < 0.7
    assert training.summary.samples == 600
    assert overfit(build, Images(made_up.train.pixels[:16], made_up.train.labels[:16])) < 0.8


# -- dead runs


class Poisoned(nn.Module):
    """A network that is dead in the way asked for."""

    def __init__(self, network: nn.Module, how: str) -> None:
        super().__init__()
        self.network, self.how = network, how
        if how == "nan":
            with torch.no_grad():
                next(network.parameters()).fill_(math.inf)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits = self.network(x)
        if self.how == "constant":
            return logits * 0
        if self.how == "one class impossible":
            return logits.masked_fill(torch.arange(logits.shape[1]) == 0, -math.inf)
        return logits


def builds(made_up: Any, *hows: str) -> tuple[Callable[[], nn.Module], list[str]]:
    done: list[str] = []

    def build() -> nn.Module:
        done.append(hows[len(done)])
        return Poisoned(made_up.Small(), done[-1])

    return build, done


def test_a_run_that_becomes_nan_is_started_once_more_and_named(made_up: Any) -> None:
    build, done = builds(made_up, "nan", "fine")
    training = train(build, made_up.recipe(), made_up.train, made_up.test, seed=4)
    assert done == ["nan", "fine"]
    assert training.summary.notes == (
        "the loss was not a number in epoch 1 with seed 4; started once more with seed 1004",
    )
    assert training.final_accuracy > 0.9
    assert len(training.summary.curve) == 3
    assert training.summary.samples == 600


def test_a_run_that_only_guesses_is_started_once_more_and_named(made_up: Any) -> None:
    build, done = builds(made_up, "constant", "fine")
    training = train(build, made_up.recipe(), made_up.train, made_up.test)
    assert done == ["constant", "fine"]
    (note,) = training.summary.notes
    assert note == (
        "the loss was 1.386 in the first epoch, no better than guessing (1.386), with seed 0; "
        "started once more with seed 1000"
    )
    assert training.final_accuracy > 0.9


def test_the_second_attempt_is_the_run_with_that_seed(made_up: Any) -> None:
    build, _ = builds(made_up, "constant", "fine")
    again = train(build, made_up.recipe(), made_up.train, made_up.test, seed=1)
    build, _ = builds(made_up, "fine")
    alone = train(build, made_up.recipe(), made_up.train, made_up.test, seed=1001)
    assert same(weights(again.network), weights(alone.network))


def test_a_run_that_is_nan_twice_stops_and_says_so(made_up: Any) -> None:
    build, done = builds(made_up, "nan", "nan")
    training = train(build, made_up.recipe(), made_up.train, made_up.test)
    assert done == ["nan", "nan"]
    assert len(training.summary.notes) == 2
    assert training.summary.notes[1] == "the loss was not a number in epoch 1 again; stopped there"
    assert training.summary.epochs == 1
    assert training.final_accuracy == 0
    assert sum(map(sum, training.summary.confusion)) == 0
    assert training.summary.mistakes == ()


def test_a_run_that_guesses_twice_goes_on_to_the_end(made_up: Any) -> None:
    build, done = builds(made_up, "constant", "constant")
    training = train(build, made_up.recipe(), made_up.train, made_up.test)
    assert done == ["constant", "constant"]
    assert training.summary.epochs == 3


def test_a_rate_that_is_far_too_high_ends_in_nan_and_not_in_an_exception(made_up: Any) -> None:
    training = train(made_up.Small, made_up.recipe(options={"lr": 1e30}), made_up.train, made_up.test)
    assert len(training.summary.notes) == 2
    assert not math.isfinite(training.summary.curve[-1].train_loss)


def test_a_bad_beginning_that_is_overcome_is_no_reason_to_start_again(made_up: Any) -> None:
    def build() -> nn.Module:
        network = made_up.Small()
        with torch.no_grad():
            network.head.weight.mul_(8)
        return network

    training = train(build, made_up.recipe(options={"lr": 0.05, "momentum": 0.9}), made_up.train, made_up.test)
    first = training.summary.curve[0]
    assert first.train_loss > math.log(made_up.classes)
    assert first.test_accuracy > 0.5
    assert training.summary.notes == ()


def test_an_infinite_loss_alone_does_not_end_a_run(made_up: Any) -> None:
    build, done = builds(made_up, "one class impossible")
    training = train(build, made_up.recipe(), made_up.train, made_up.test)
    assert done == ["one class impossible"]
    assert training.summary.epochs == 3
    assert training.summary.curve[-1].train_loss == math.inf


# -- what a training says of itself


def test_progress_rises_to_the_end_and_its_estimate_is_finite(made_up: Any) -> None:
    said: list[Progress] = []
    training = train(made_up.Small, made_up.recipe(), made_up.train, made_up.test, on_progress=said.append)
    assert all(a.samples <= b.samples and a.epoch <= b.epoch for a, b in itertools.pairwise(said))
    assert all(a.seconds <= b.seconds for a, b in itertools.pairwise(said))
    assert {step.total_samples for step in said} == {600}
    assert {step.epochs for step in said} == {3}
    assert said[0].samples == 32
    assert said[-1].samples == 600
    assert all(math.isfinite(step.seconds_left) and step.seconds_left >= 0 for step in said)
    assert said[-1].seconds_left == 0
    assert said[0].last is None
    assert said[-1].last == training.summary.curve[-1]
    # Every batch and every end of an epoch is told.
    assert len(said) == 3 * 7 + 3


def test_an_exception_of_the_callback_stops_the_training(made_up: Any) -> None:
    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(made_up.Small, made_up.recipe(), made_up.train, made_up.test, on_progress=stop)


def test_the_confusion_and_the_mistakes_are_those_of_the_last_evaluation(made_up: Any) -> None:
    # Hardly trained, so that there is something to confuse.
    training = train(made_up.Small, made_up.recipe(epochs=1, options={"lr": 0.01}), made_up.train, made_up.test)
    test = made_up.test
    with torch.no_grad():
        shares = training.network(training._batches.evaluation(test.on(torch.device("cpu")), 0, 100)).softmax(1)
    predicted = shares.argmax(1)
    confusion = training.summary.confusion
    for label, answer in itertools.product(range(made_up.classes), repeat=2):
        assert confusion[label][answer] == int(((test.labels == label) & (predicted == answer)).sum())
    right = sum(confusion[i][i] for i in range(made_up.classes))
    assert 0 < right < 100
    assert training.final_accuracy == right / 100

    mistakes = training.summary.mistakes
    assert {m.index for m in mistakes} == set((predicted != test.labels).nonzero().flatten().tolist())
    assert [m.confidence for m in mistakes] == sorted((m.confidence for m in mistakes), reverse=True)
    for m in mistakes:
        assert (m.label, m.predicted) == (int(test.labels[m.index]), int(predicted[m.index]))
        assert m.confidence == pytest.approx(float(shares[m.index].max()), abs=1e-5)
        assert m.pixels == test.pixels[m.index].numpy().tobytes()
        assert m.shape == (8, 8)


def test_at_most_sixty_mistakes_are_kept(made_up: Any) -> None:
    wrong = Images(made_up.test.pixels, (made_up.test.labels + 1) % made_up.classes)
    training = train(made_up.Small, made_up.recipe(), made_up.train, wrong)
    assert training.final_accuracy < 0.1
    assert len(training.summary.mistakes) == 60


def test_accuracy_on_other_images_is_measured_like_that_on_the_test_images(made_up: Any) -> None:
    training = train(made_up.Small, made_up.recipe(), made_up.train, made_up.test)
    assert training.accuracy_on(made_up.test) == training.final_accuracy
    with_channel = Images(made_up.test.pixels.unsqueeze(1), made_up.test.labels)
    assert training.accuracy_on(with_channel) == training.final_accuracy
    wrong = Images(made_up.test.pixels, (made_up.test.labels + 1) % made_up.classes)
    assert training.accuracy_on(wrong) <= 1 - training.final_accuracy


def test_first_final_and_worst_accuracy_are_read_from_the_curve(made_up: Any) -> None:
    training = train(made_up.Small, made_up.recipe(), made_up.train, made_up.test)
    accuracies = [row.test_accuracy for row in training.summary.curve]
    assert training.first_accuracy == accuracies[0]
    assert training.final_accuracy == accuracies[-1]
    assert training.worst_of_last(2) == min(accuracies[-2:])
    assert training.worst_of_last(99) == min(accuracies)


# -- one batch by heart


def test_one_batch_is_learnt_by_heart_and_repeatably(made_up: Any) -> None:
    batch = Images(made_up.train.pixels[:32], made_up.train.labels[:32])
    assert overfit(made_up.Small, batch) == 1.0
    hard = lambda: made_up.Small(dropout=0.8)  # noqa: E731
    assert overfit(hard, batch, steps=5, seed=3) == overfit(hard, batch, steps=5, seed=3)


def test_a_network_of_nan_knows_nothing(made_up: Any) -> None:
    batch = Images(made_up.train.pixels[:32], made_up.train.labels[:32])
    assert overfit(lambda: Poisoned(made_up.Small(), "nan"), batch) == 0.0


def test_the_last_step_counts(made_up: Any) -> None:
    batch = Images(made_up.train.pixels[:1], made_up.train.labels[:1])
    network = made_up.Small()
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.zero_()
        network.head.bias[(int(batch.labels[0]) + 1) % made_up.classes] = 1e-3

    def build() -> nn.Module:
        return network

    assert overfit(build, batch, steps=1) == 1.0


# -- images and devices


def test_images_are_shifted_by_exactly_so_many_pixels_in_four_directions(made_up: Any) -> None:
    original = made_up.test.pixels
    for pixels in (0, 2, 7, 8, 20):
        moved = shifted(made_up.test, pixels, torch.Generator().manual_seed(0))
        assert torch.equal(moved.labels, made_up.test.labels)
        padded = F.pad(original, (pixels,) * 4)
        found = set()
        for i, image in enumerate(moved.pixels[:, 0]):
            ways = {"down": (0, pixels), "up": (2 * pixels, pixels), "right": (pixels, 0), "left": (pixels, 2 * pixels)}
            fits = [way for way, (y, x) in ways.items() if torch.equal(image, padded[i, y : y + 8, x : x + 8])]
            assert fits
            found.update(fits)
        assert found == {"down", "up", "right", "left"}


def test_what_an_image_leaves_behind_is_filled_with_its_background(made_up: Any) -> None:
    inverted = Images(255 - made_up.test.pixels, made_up.test.labels)
    dark = shifted(made_up.test, 2, torch.Generator().manual_seed(0))
    bright = shifted(inverted, 2, torch.Generator().manual_seed(0), fill=255)
    assert torch.equal(bright.pixels, 255 - dark.pixels)


def test_a_device_that_is_not_there_is_refused_with_the_mend() -> None:
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device().type in {"cpu", "cuda", "mps"}
    with pytest.raises(MachineError, match=r"torch sees no tpu device here\n.*--device cpu"):
        choose_device("tpu")
    assert describe_device(torch.device("cpu"))


# -- the order of a batch in memory


class Viewing(nn.Module):
    """Reads its maps through a view that only the usual memory order has."""

    def __init__(self, how: str) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.how, self.conv, self.head = how, nn.Conv2d(1, 4, 3, padding=1), nn.Linear(4 * 64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps = self.conv(x)
        if self.how == "view":
            return self.head(F.relu(maps).view(len(x), -1))
        maps.reshape(len(x), -1)[:, ::2] *= 0  # a reshape that is a view in one order and a copy in the other
        return self.head(F.relu(maps).flatten(1))


@pytest.mark.parametrize("how", ["view", "write through a reshape"])
def test_a_network_for_the_usual_memory_order_alone_is_trained_in_that(made_up: Any, how: str) -> None:
    batch = Images(made_up.train.pixels[:16], made_up.train.labels[:16])
    training = train(lambda: Viewing(how), made_up.recipe(), made_up.train, made_up.test)
    assert training._batches.layout == torch.contiguous_format
    assert training.summary.epochs == 3
    assert overfit(lambda: Viewing(how), batch) > 0.5


def test_other_networks_are_trained_in_channels_last_order_and_left_as_they_were(made_up: Any, seen: Any) -> None:
    network = made_up.Small()
    batches = seen(network)
    training = train(lambda: network, made_up.recipe(), made_up.train, made_up.test)
    assert training._batches.layout == torch.channels_last
    assert all(x.is_contiguous(memory_format=torch.channels_last) for _, x in batches)
    # Choosing moved no batch-norm statistics: as many batches were counted as were trained on.
    counted = [v for k, v in network.state_dict().items() if k.endswith("num_batches_tracked")]
    assert all(int(value) == 3 * math.ceil(200 / made_up.recipe().batch_size) for value in counted)
