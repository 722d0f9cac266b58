"""The process that trains: the same numbers as here, under limits, one network after the other."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlgrade.graph import Graph, Network, decode, encode
from dlgrade.recipe import BadRecipe, Transform, from_plain, to_plain
from dlgrade.trainer import Images, Progress, Trainer, TrainingStopped, arranged, overfit, train


class Digits(nn.Module):
    """Batch norm and dropout over the made-up 8x8 images."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.conv, self.norm, self.head = nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.Linear(6, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(F.dropout(F.relu(self.norm(self.conv(x))), 0.1, self.training).mean((2, 3)))


class Wide(Digits):
    """A step takes some hundred megabytes."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(6, 6, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps = F.interpolate(self.conv(x), (192, 192))
        return self.head(F.relu(self.wide(F.relu(self.wide(maps)))).mean((2, 3)))


def carried(network: nn.Module) -> Graph:
    return decode(encode(network, (1, 8, 8), ["x.py"]), ["x.py"])


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    with Trainer("cpu") as found:
        yield found


def test_a_training_apart_is_the_training_here_to_the_last_digit(made_up: Any, trainer: Trainer) -> None:
    graph, recipe = carried(Digits()), made_up.recipe(transforms=(Transform("RandomRotation", {"degrees": [-9, 9]}),))
    told: list[Progress] = []
    here = train(lambda: Network(graph), recipe, made_up.train, made_up.test, seed=4)
    apart = trainer.train(graph, recipe, made_up.train, made_up.test, seed=4, on_progress=told.append)

    def figures(summary: Any) -> Any:
        return [(r.train_loss, r.train_accuracy, r.test_loss, r.test_accuracy) for r in summary.curve]

    assert figures(apart.summary) == figures(here.summary)
    assert apart.summary.confusion == here.summary.confusion
    assert apart.summary.mistakes == here.summary.mistakes
    assert apart.summary.samples == here.summary.samples == told[-1].samples
    assert apart.accuracy_on(made_up.test) == here.accuracy_on(made_up.test) == here.final_accuracy
    assert trainer.overfit(graph, made_up.train, 16) == overfit(lambda: Network(graph), made_up.train.first(16))


def test_an_identical_training_is_read_from_the_shelf_with_the_same_figures(made_up: Any, tmp_path: Path) -> None:
    class Renamed(Digits):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.stats, self.out = self.conv, self.norm, self.head
            del self.conv, self.norm, self.head

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.out(F.dropout(F.relu(self.stats(self.layer(x))), 0.1, self.training).mean((2, 3)))

    recipe, told = made_up.recipe(), []
    with Trainer("cpu", shelf=tmp_path) as trainer:
        first = trainer.train(carried(Digits()), recipe, made_up.train, made_up.test)
        shifted = Images(made_up.test.pixels.roll(1, -1), made_up.test.labels)
        on_shifted = first.accuracy_on(shifted)
        again = trainer.train(carried(Renamed()), recipe, made_up.train, made_up.test, on_progress=told.append)
        assert not told
        assert again.summary == first.summary
        assert again.accuracy_on(shifted) == on_shifted
        for other in ({"seed": 1}, {"permute": False}):
            trainer.train(carried(Digits()), recipe, made_up.train, made_up.test, on_progress=told.append, **other)
            assert told
            told.clear()
        for file in tmp_path.glob("*.training"):
            file.write_bytes(file.read_bytes()[:-9])
        trainer.train(carried(Digits()), recipe, made_up.train, made_up.test, on_progress=told.append)
        assert told


def test_trained_values_are_evaluated_as_the_training_evaluated_them(made_up: Any, trainer: Trainer) -> None:
    graph, recipe = carried(Digits()), made_up.recipe()
    here = train(lambda: Network(graph), recipe, made_up.train, made_up.test)
    values = [value.detach() for value in here.network.tensors()]
    seen, finished = trainer.evaluate(graph, values, recipe, made_up.train, made_up.test)
    assert seen.accuracy == here.final_accuracy
    assert seen.loss == pytest.approx(here.summary.curve[-1].test_loss, rel=1e-5)
    assert finished(here.summary).accuracy_on(made_up.test) == here.final_accuracy


def test_figures_of_a_network_before_the_last_are_refused_not_mixed_up(made_up: Any, trainer: Trainer) -> None:
    first = trainer.train(carried(Digits()), made_up.recipe(epochs=1), made_up.train, made_up.test)
    trainer.overfit(carried(Digits()), made_up.train, 4, steps=1)
    with pytest.raises(RuntimeError, match="another network since"):
        first.accuracy_on(made_up.test)


def test_a_recipe_for_other_images_is_the_recipes_fault(made_up: Any, trainer: Trainer) -> None:
    recipe = made_up.recipe(transforms=(Transform("Resize", {"size": 9}),))
    with pytest.raises(BadRecipe, match="9x9"):
        trainer.train(carried(Digits()), recipe, made_up.train, made_up.test)


def test_too_much_memory_and_too_much_time_stop_that_training_alone(made_up: Any) -> None:
    graph, fine = carried(Wide()), carried(Digits())
    with Trainer("cpu", memory_bytes=600 << 20) as small:
        with pytest.raises(TrainingStopped, match=r"more memory than it may \(0.585938 GB\)") as stopped:
            small.train(graph, made_up.recipe(batch_size=100), made_up.train, made_up.test)
        assert stopped.value.why == "memory"
        assert small.overfit(fine, made_up.train, 4, steps=1) <= 1
    with Trainer("cpu", seconds=6.0) as hurried:
        with pytest.raises(TrainingStopped, match="still not finished after 6 seconds") as stopped:
            hurried.train(graph, made_up.recipe(epochs=10_000), made_up.train, made_up.test)
        assert stopped.value.why == "time"


def test_a_trainer_that_was_killed_is_our_error_and_is_replaced(made_up: Any) -> None:
    graph = carried(Digits())
    with Trainer("cpu", isolation="plain") as trainer:

        def kill(progress: Progress) -> None:
            assert trainer._dialogue is not None
            os.kill(trainer._dialogue.process.pid, signal.SIGKILL)

        with pytest.raises(RuntimeError, match="the process that trains"):
            trainer.train(graph, made_up.recipe(epochs=500), made_up.train, made_up.test, on_progress=kill)
        assert trainer.train(graph, made_up.recipe(), made_up.train, made_up.test).summary.epochs == 3


def test_leaving_ends_the_process(made_up: Any) -> None:
    with Trainer("cpu") as trainer:
        trainer.overfit(carried(Digits()), made_up.train, 4, steps=1)
        assert trainer._dialogue is not None
        process = trainer._dialogue.process
    assert process.ended is not None


def test_recipes_travel_unchanged(made_up: Any) -> None:
    from dlgrade.recipe import Group, Optimizer, Plateau, Schedule

    for schedule in (None, Schedule(((0.1, 0.2), (0.3, 0.4)), ((0.9, 0.8), (0.7, 0.6)), "OneCycleLR"),
                     Schedule(((0.1,),)), Plateau({"mode": "min", "min_lr": [0.0]})):  # fmt: skip
        optimizer = Optimizer("Adam", (Group(("a", "b"), {"lr": 0.1, "betas": (0.9, 0.99)}), Group((), {"lr": 1.0})))
        recipe = made_up.recipe(schedule=schedule, transforms=(Transform("CenterCrop", {"size": [8, 8]}, 0.5),))
        recipe = type(recipe)(**{**vars(recipe), "optimizer": optimizer})
        assert from_plain(to_plain(recipe)) == recipe


# -- initial values


def test_initial_values_count_as_arranged_where_their_order_matters() -> None:
    plain = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.Conv2d(8, 16, 3), nn.Linear(64, 10), nn.LSTM(16, 8), nn.BatchNorm2d(80)
    )
    assert not arranged(plain)
    for make in (nn.init.eye_, nn.init.orthogonal_):
        layer = nn.Linear(16, 16)
        make(layer.weight)
        assert arranged(layer)
    filters = nn.Conv2d(8, 8, 3)
    nn.init.dirac_(filters.weight)
    assert arranged(filters)


def test_trained_weights_count_as_arranged(made_up: Any) -> None:
    class Larger(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.first, self.second = nn.Linear(64, 32), nn.Linear(32, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.second(F.relu(self.first(x.flatten(1))))

    assert not arranged(Larger())
    trained = train(Larger, made_up.recipe(epochs=20), made_up.train, made_up.test)
    assert arranged(trained.network)


def test_what_was_known_before_the_first_step_is_measured(made_up: Any) -> None:
    learnt = train(made_up.Small, made_up.recipe(epochs=8), made_up.train, made_up.test)
    assert learnt.summary.untrained_accuracy is not None
    assert learnt.summary.untrained_accuracy < 0.6
    again = train(lambda: learnt.network, made_up.recipe(epochs=1), made_up.train, made_up.test, permute=False)
    assert again.summary.untrained_accuracy == learnt.final_accuracy > 0.9
    permuted = train(lambda: learnt.network, made_up.recipe(epochs=1), made_up.train, made_up.test)
    assert permuted.summary.untrained_accuracy < learnt.final_accuracy - 0.1  # type: ignore[operator]


def test_first_takes_the_first_images() -> None:
    images = Images(torch.zeros(5, 2, 2, dtype=torch.uint8), torch.arange(5))
    assert images.first(3).labels.tolist() == [0, 1, 2]
    assert len(images.first(9)) == 5
