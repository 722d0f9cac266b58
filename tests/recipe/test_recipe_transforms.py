"""Transforms of torchvision are carried by name and arguments; what would be carried wrongly is refused."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from dlgrade.recipe import BadRecipe, NotDescribed, Transform, describe_transform, read_transforms

TOOLKIT = Path(__file__).resolve().parents[2] / "toolkit"

# Each in both versions of torchvision's transforms; `t` is one of them.
CARRIED: dict[str, tuple[Callable[[Any], Any], list[Transform]]] = {
    "rotation": (
        lambda t: t.RandomRotation(7),
        [Transform("RandomRotation", {"degrees": [-7, 7], "interpolation": "nearest", "fill": 0})],
    ),
    "rotation to one side, bilinear, filled": (
        lambda t: t.RandomRotation((3, 9), interpolation=t.InterpolationMode.BILINEAR, fill=128),
        [Transform("RandomRotation", {"degrees": [3, 9], "interpolation": "bilinear", "fill": 128})],
    ),
    "affine": (
        lambda t: t.RandomAffine(5, translate=(0.1, 0.2), scale=(0.9, 1.1), shear=(-3, 3, -4, 4)),
        [
            Transform(
                "RandomAffine",
                {"degrees": [-5, 5], "translate": [0.1, 0.2], "scale": [0.9, 1.1], "shear": [-3, 3, -4, 4]},
            )
        ],
    ),
    "affine of nothing but translation": (
        lambda t: t.RandomAffine(0, translate=(0.1, 0)),
        [Transform("RandomAffine", {"degrees": [0, 0], "translate": [0.1, 0], "scale": None, "shear": None})],
    ),
    "crop": (
        lambda t: t.RandomCrop(28, padding=2),
        [Transform("RandomCrop", {"size": [28, 28], "padding": [2, 2, 2, 2]})],
    ),
    "crop with two margins": (
        lambda t: t.RandomCrop((28, 28), padding=(1, 3)),
        [Transform("RandomCrop", {"padding": [1, 3, 1, 3]})],
    ),
    "crop with four margins": (
        lambda t: t.RandomCrop(28, padding=(1, 2, 3, 4)),
        [Transform("RandomCrop", {"padding": [1, 2, 3, 4]})],
    ),
    "zoom": (
        lambda t: t.Compose([t.CenterCrop(24), t.Resize(28)]),
        [Transform("CenterCrop", {"size": [24, 24]}), Transform("Resize", {"interpolation": "bilinear"})],
    ),
    "smaller crop, enlarged": (
        lambda t: t.Compose([t.RandomCrop(24), t.Resize((28, 28))]),
        [Transform("RandomCrop", {"padding": None}), Transform("Resize", {"size": [28, 28]})],
    ),
    "flips": (
        lambda t: t.Compose([t.RandomHorizontalFlip(), t.RandomVerticalFlip(0.25)]),
        [Transform("RandomHorizontalFlip", {"p": 0.5}), Transform("RandomVerticalFlip", {"p": 0.25})],
    ),
    "jitter": (
        lambda t: t.ColorJitter(brightness=0.2, contrast=(0.5, 2)),
        [Transform("ColorJitter", {"brightness": [0.8, 1.2], "contrast": [0.5, 2], "hue": None})],
    ),
    "normalisation": (
        lambda t: t.Normalize((0.1307,), (0.3081,)),
        [Transform("Normalize", {"mean": [0.1307], "std": [0.3081]})],
    ),
    "erasing": (lambda t: t.RandomErasing(0.3), [Transform("RandomErasing", {"p": 0.3, "scale": [0.02, 0.33]})]),
    "erasing with noise": (
        lambda t: t.RandomErasing(value="random"),
        [Transform("RandomErasing", {"value": "random"})],
    ),
    "grey": (lambda t: t.Grayscale(), [Transform("Grayscale", {"num_output_channels": 1})]),
    "by chance": (
        lambda t: t.RandomApply([t.RandomRotation(3), t.ColorJitter(0.5)], p=0.25),
        [Transform("RandomRotation", {"degrees": [-3, 3]}, 0.25), Transform("ColorJitter", {}, 0.25)],
    ),
    "chance in chance": (
        lambda t: t.Compose([t.RandomApply([t.Compose([t.RandomApply([t.RandomRotation(3)], 0.5)])], p=0.5)]),
        [Transform("RandomRotation", {}, 0.25)],
    ),
    "a list of modules": (
        lambda t: t.RandomApply(nn.ModuleList([t.RandomRotation(3)]), p=0.5),
        [Transform("RandomRotation", {}, 0.5)],
    ),
}


def read(carried: Any, transform: Any, size: tuple[int, int] | None = (28, 28)) -> tuple[Transform, ...]:
    return read_transforms(carried(describe_transform(transform)), size)


@pytest.mark.parametrize("version", [0, 1], ids=["v1", "v2"])
@pytest.mark.parametrize("name", CARRIED)
def test_a_transform_is_carried_with_its_arguments(carried: Any, transforms: Any, name: str, version: int) -> None:
    make, expected = CARRIED[name]
    result = read(carried, make(transforms[version]))
    assert [(step.name, step.chance) for step in result] == [(step.name, step.chance) for step in expected]
    for step, wanted in zip(result, expected, strict=True):
        assert {key: step.arguments[key] for key in wanted.arguments} == wanted.arguments


def test_mean_and_deviation_may_be_tensors(carried: Any, transforms: Any) -> None:
    for version in transforms:
        (step,) = read(carried, version.Normalize(torch.tensor([0.5]), torch.tensor([0.25])))
        assert step.arguments["mean"] in (0.5, [0.5])
        assert step.arguments["std"] in (0.25, [0.25])
    (step,) = read(carried, transforms[0].Normalize(torch.tensor([0.5, 0.25, 0.5]), torch.ones(3)))
    assert step.arguments["mean"] == [0.5, 0.25, 0.5]


def test_the_usual_chains_of_both_versions_are_carried(carried: Any, transforms: Any) -> None:
    first, second = transforms
    chain = first.Compose([first.RandomRotation(7), first.ToTensor(), first.Normalize((0.1307,), (0.3081,))])
    assert [step.name for step in read(carried, chain)] == ["RandomRotation", "ToTensor", "Normalize"]
    chain = second.Compose(
        [
            second.ToImage(),
            second.ToDtype(torch.uint8, scale=True),
            second.RandomRotation(7),
            second.ToDtype(torch.float32, scale=True),
            second.Normalize((0.1307,), (0.3081,)),
        ]
    )
    result = read(carried, chain)
    assert [step.name for step in result] == ["ToImage", "ToDtype", "RandomRotation", "ToDtype", "Normalize"]
    assert result[3].arguments == {"dtype": "float32", "scale": True}
    chain = first.Compose([first.PILToTensor(), first.ConvertImageDtype(torch.float32), first.ToPILImage()])
    assert len(read(carried, chain)) == 3


# -- in the student's process


class Own(nn.Module):
    def forward(self, x: Any) -> Any:
        return x


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda t: Own(), "the transform Own is your own; the grader carries those of torchvision.transforms"),
        (lambda t: lambda x: x, "the transform function is your own"),
        (lambda t: None, "the transform NoneType is your own"),
        (lambda t: nn.Sequential(t.RandomRotation(3)), "the transform Sequential is your own"),
        (lambda t: t.Lambda(lambda x: x), "a Lambda is code of your own"),
        (lambda t: t.Compose([t.RandomRotation(3), t.Lambda(lambda x: x)]), "a Lambda is code of your own"),
        (lambda t: t.Compose([t.RandomApply([Own()])]), "the transform Own is your own"),
    ],
)
def test_a_transform_of_ones_own_is_refused_with_a_sentence(transforms: Any, make: Any, sentence: str) -> None:
    for version in transforms:
        with pytest.raises(NotDescribed) as caught:
            describe_transform(make(version))
        assert str(caught.value).startswith(sentence)


# -- what would be carried wrongly


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda t: t.RandomRotation(7, expand=True), "RandomRotation with expand=True is not carried"),
        (lambda t: t.RandomRotation(7, center=(0, 0)), r"RandomRotation with center=\[0, 0\] is not carried"),
        (lambda t: t.RandomCrop(28, padding=2, padding_mode="reflect"), "RandomCrop with padding_mode='reflect'"),
        (lambda t: t.RandomCrop(28, pad_if_needed=True), "RandomCrop with pad_if_needed=True"),
        (lambda t: t.Resize(28, max_size=30), "Resize with max_size=30"),
        (lambda t: t.Grayscale(3), "Grayscale with num_output_channels=3"),
        (lambda t: t.GaussianBlur(3), "the transform GaussianBlur is not carried; use RandomRotation, "),
        (lambda t: t.RandomResizedCrop(28), "the transform RandomResizedCrop is not carried"),
        (lambda t: t.RandomPerspective(), "the transform RandomPerspective is not carried"),
        (lambda t: t.RandomApply([t.Normalize((0.5,), (0.5,))]), "Normalize inside RandomApply is not carried"),
        (lambda t: t.RandomApply([t.CenterCrop(24), t.Resize(28)]), "CenterCrop inside RandomApply is not carried"),
        (lambda t: t.Compose([t.Normalize((0.5,), (0.5,)), t.Normalize((0.5,), (0.5,))]), "normalises twice"),
        (lambda t: t.Compose([t.RandomRotation(3, fill=1), t.RandomRotation(3)]), "fill in with different values"),
        (
            lambda t: t.Compose([t.RandomRotation(3), t.Normalize((0.5,), (0.5,)), t.RandomAffine(3)]),
            "different values",
        ),
    ],
)
def test_what_the_trainer_would_do_otherwise_is_refused_with_a_sentence(
    carried: Any, transforms: Any, make: Any, sentence: str
) -> None:
    for version in transforms:
        with pytest.raises(BadRecipe, match=sentence):
            read(carried, make(version))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda t: t.Resize(32), "makes images of 32x32; the network takes 28x28"),
        (lambda t: t.CenterCrop(20), "makes images of 20x20"),
        (lambda t: t.RandomCrop(24), "makes images of 24x24"),
        (lambda t: t.RandomCrop(32, padding=1), "RandomCrop cuts 32x32 out of images of 30x30"),
        (lambda t: t.Compose([t.CenterCrop((28, 20)), t.Resize(28)]), "makes images of 39x28"),
    ],
)
def test_images_must_come_out_as_large_as_they_go_in(carried: Any, transforms: Any, make: Any, sentence: str) -> None:
    for version in transforms:
        with pytest.raises(BadRecipe, match=sentence):
            read(carried, make(version))
        read(carried, make(version), size=None)


def test_equal_fills_in_different_units_are_the_same(carried: Any, transforms: Any) -> None:
    t = transforms[0]
    chain = t.Compose([t.RandomRotation(3, fill=255), t.ToTensor(), t.RandomAffine(3, fill=1)])
    assert len(read(carried, chain)) == 3


# -- lies, in the grader's process


STILL: dict[str, Any] = {"degrees": [0, 0]}


def step(name: str = "RandomRotation", chance: Any = 1.0, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments or {"degrees": [-3.0, 3.0]}, "chance": chance}


@pytest.mark.parametrize(
    "stated",
    [
        None, 1, {}, "RandomRotation", [None], [1], [{}], [[]], [step() | {"more": 1}], [step(chance=1)],
        [step(chance=True)], [step(chance=1.5)], [step(chance=-0.5)], [step(chance=math.nan)], [step(chance="1")],
        [step(name="os.system")], [step(name=["a"])], [step(name={"a": 1})], [step(name=None)], [step(name="__init__")],
        [step() | {"arguments": None}], [step() | {"arguments": []}], [step() | {"arguments": {}}],
        [step(degrees=[-3.0, 3.0], more=1)], [step()] * 51, [step(degrees=3.0)], [step(degrees=[3.0])],
        [step(degrees=[3.0, -3.0])], [step(degrees=["a", "b"])], [step(degrees=[math.nan, 1.0])],
        [step(degrees=[-math.inf, math.inf])], [step(degrees=[True, True])], [step(degrees=None)],
        [step("RandomAffine", **STILL, scale=[0.0, 0.0])], [step("RandomAffine", **STILL, shear=[90, 90])],
        [step("RandomAffine", **STILL, translate=[2.0, 0.0])], [step("RandomAffine", **STILL, translate=[0.1])],
        [step("RandomAffine", **STILL, pixels=3)],
        [step("RandomCrop", size=0)], [step("RandomCrop", size=10**9)], [step("RandomCrop", size=[28, 28], padding=2)],
        [step("RandomCrop", size=[28, 28], padding=[-1, 0, 0, 0])], [step("RandomCrop", padding=[0, 0, 0, 0])],
        [step("RandomCrop", size=[28.0, 28.0])], [step("CenterCrop", size=[])], [step("CenterCrop", size=True)],
        [step("Normalize", mean=0.5)], [step("Normalize", mean=0.5, std=0.0)],
        [step("Normalize", mean=math.nan, std=1.0)],
        [step("Normalize", mean=[], std=[])], [step("Normalize", mean=[0.5] * 100, std=[0.5] * 100)],
        [step("RandomErasing", ratio=[0.0, 1.0])], [step("RandomErasing", ratio=[-1.0, 1.0])],
        [step("RandomErasing", scale=[0.0, 2.0])], [step("RandomErasing", value="noise")],
        [step("RandomErasing", p=None)],
        [step("RandomHorizontalFlip", p="0.5")], [step("ColorJitter", brightness=[-1.0, 1.0])],
        [step("ColorJitter", brightness=0.5)], [step("ToTensor", x=1)],
        [step("Resize", size=28, interpolation=["nearest"])],
        [step("RandomRotation", **STILL, fill="a")], [step("RandomRotation", **STILL, fill=[])],
        [step("RandomRotation", **STILL, interpolation="n" * 10**6)],
    ],
)  # fmt: skip
def test_transforms_that_are_not_described_as_agreed_are_a_bad_recipe(stated: Any) -> None:
    with pytest.raises(BadRecipe) as caught:
        read_transforms(stated, (28, 28))
    assert len(str(caught.value)) < 300


# -- torchvision beside a torch without CUDA


def fresh(code: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(TOOLKIT), "OMP_NUM_THREADS": "1"}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)


def test_torchvision_is_made_importable_in_a_fresh_process() -> None:
    ran = fresh(
        "from dlgrade.recipe import ensure_torchvision\n"
        "assert ensure_torchvision() and ensure_torchvision()\n"
        "import torch, torchvision\n"
        "from torchvision import datasets, models, transforms\n"
        "from torchvision.transforms import v2\n"
        "image = torch.zeros(1, 28, 28)\n"
        "print(transforms.RandomRotation(7)(image).shape, v2.RandomRotation(7)(image).shape)\n"
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "torch.Size([1, 28, 28]) torch.Size([1, 28, 28])\n"
    assert ran.stderr == ""


def test_recipes_do_without_torchvision() -> None:
    ran = fresh(
        "import sys\n"
        "sys.modules['torchvision'] = None\n"
        "import importlib.util\n"
        "importlib.util.find_spec = lambda name: None\n"
        "from dlgrade.recipe import ensure_torchvision\n"
        "assert ensure_torchvision() is False\n"
        "from dlgrade.course import TrainingRecipe\n"
        "from dlgrade.recipe import from_assignment\n"
        "print(from_assignment(TrainingRecipe(rotation=7), 1, 1).title)\n"
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "SGD, learning rate 0.05, batch 128, rotation ±7°\n"
