"""Augmentation on whole batches puts each pixel where torchvision puts it, anew for each image and epoch."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from dlgrade.recipe import BadRecipe, Recipe, Transform, describe_transform, ensure_torchvision, read_transforms
from dlgrade.trainer import Images, train
from dlgrade.trainer._images import Batches

assert ensure_torchvision()

from torchvision import transforms as T  # noqa: E402
from torchvision.transforms import functional as TF  # noqa: E402

BILINEAR = T.InterpolationMode.BILINEAR
PLAIN = (Transform("ToTensor"), Transform("Normalize", {"mean": [0.0], "std": [1.0]}))
COUNT = 64


def pictures(height: int = 28, width: int = 28, count: int = COUNT, channels: int = 1, margin: int = 0) -> torch.Tensor:
    """Random smooth bytes; with a margin, a black frame of that width."""
    random = torch.Generator().manual_seed(height * width)
    coarse = torch.rand(count, channels, height // 4 + 1, width // 4 + 1, generator=random)
    pixels = torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear") * 255
    if margin:
        frame = torch.zeros_like(pixels)
        frame[..., margin:-margin, margin:-margin] = pixels[..., margin:-margin, margin:-margin]
        pixels = frame
    return pixels.round().to(torch.uint8)


def batches_of(pixels: torch.Tensor, steps: tuple[Transform, ...], seed: int = 0, **options: Any) -> Batches:
    recipe = Recipe(optimizer=None, epochs=1, transforms=steps, **options)  # type: ignore[arg-type]
    images = Images(pixels, torch.zeros(len(pixels), dtype=torch.int64))
    return Batches(images.on(torch.device("cpu")), recipe, torch.Generator().manual_seed(seed))


def augmented(pixels: torch.Tensor, *steps: Transform, seed: int = 0, **options: Any) -> torch.Tensor:
    """The images after the steps, in units of pixels."""
    return batches_of(pixels, (*steps, *PLAIN), seed, **options).training(torch.arange(len(pixels)))[0] * 255


def carried(transform: Any, size: tuple[int, int] = (28, 28)) -> tuple[Transform, ...]:
    return read_transforms(describe_transform(transform), size)


def close(ours: torch.Tensor, theirs: torch.Tensor, tolerance: float = 0.05) -> bool:
    return ours.shape == theirs.shape and float((ours - theirs).abs().max()) < tolerance


# -- one geometric transform, its draw fixed, against torchvision


@pytest.mark.parametrize("shape", [(28, 28), (20, 28), (29, 17)])
@pytest.mark.parametrize("angle", [0, 7, -7, 30, 90, 180, -135])
def test_rotation_is_torchvisions_in_direction_and_size(shape: tuple[int, int], angle: float) -> None:
    pixels = pictures(*shape)
    ours = augmented(pixels, *carried(T.RandomRotation((angle, angle), interpolation=BILINEAR), shape))
    assert close(ours, TF.rotate(pixels.float(), angle, BILINEAR))


def test_a_positive_angle_turns_against_the_clock() -> None:
    pixels = torch.zeros(1, 9, 9, dtype=torch.uint8)
    pixels[0, 4, 8] = 255  # three o'clock
    turned = augmented(pixels, Transform("RandomRotation", {"degrees": [90, 90]}))
    assert turned[0, 0, 0, 4] == pytest.approx(255, abs=0.01)  # twelve


def test_rotation_by_the_nearest_pixel_is_torchvisions() -> None:
    pixels = pictures()
    ours = augmented(pixels, *carried(T.RandomRotation((20, 20))))
    theirs = TF.rotate(pixels.float(), 20)
    assert ((ours - theirs).abs() < 0.01).float().mean() > 0.999


@pytest.mark.parametrize("shape", [(28, 28), (20, 28)])
@pytest.mark.parametrize(
    ("angle", "scale", "shear"),
    [(25, 1.0, (0, 0)), (-90, 1.0, (0, 0)), (0, 1.3, (0, 0)), (0, 0.7, (0, 0)), (0, 1.0, (20, 0)), (0, 1.0, (0, -15)),
     (40, 0.8, (10, -20))],
)  # fmt: skip
def test_an_affine_map_is_torchvisions(
    shape: tuple[int, int], angle: float, scale: float, shear: tuple[float, float]
) -> None:
    pixels = pictures(*shape)
    steps = carried(
        T.RandomAffine(
            (angle, angle), scale=(scale, scale), shear=(shear[0], shear[0], shear[1], shear[1]), interpolation=BILINEAR
        ),
        shape,
    )
    theirs = TF.affine(pixels.float(), angle, [0, 0], scale, list(shear), BILINEAR)
    assert close(augmented(pixels, *steps), theirs)


def test_shear_across_alone_is_torchvisions() -> None:
    pixels = pictures()
    steps = (Transform("RandomAffine", {"degrees": [0, 0], "shear": [12, 12]}),)
    assert close(augmented(pixels, *steps), TF.affine(pixels.float(), 0, [0, 0], 1.0, [12, 0], BILINEAR))


@pytest.mark.parametrize("angle", [0, 90, 33])
def test_translation_is_by_whole_pixels_after_the_rotation(angle: float) -> None:
    pixels = pictures(20, 28, count=200)
    steps = carried(T.RandomAffine((angle, angle), translate=(0.1, 0.2), interpolation=BILINEAR), (20, 28))
    ours = augmented(pixels, *steps)
    possible = {
        (x, y): TF.affine(pixels.float(), angle, [x, y], 1.0, [0.0, 0.0], BILINEAR)
        for x in range(-3, 4)
        for y in range(-4, 5)
    }
    seen = set()
    for i, image in enumerate(ours):
        fits = [shift for shift, theirs in possible.items() if close(image, theirs[i])]
        assert fits, i
        seen.add(fits[0])
    assert {x for x, _ in seen} == set(range(-3, 4))
    assert {y for _, y in seen} == set(range(-4, 5))


def test_a_shift_in_pixels_as_an_assignment_writes_it_is_uniform_in_both_directions() -> None:
    pixels = torch.zeros(2_000, 15, 15, dtype=torch.uint8)
    pixels[:, 7, 7] = 200
    ours = augmented(pixels, Transform("RandomAffine", {"degrees": [0, 0], "pixels": 3.0}))[:, 0] / 200
    place = torch.arange(15) - 7.0
    for axis in (1, 2):
        moved = (ours.sum(axis) * place).sum(1)
        assert moved.min() == pytest.approx(-3, abs=0.02)
        assert moved.max() == pytest.approx(3, abs=0.02)
        assert moved.mean() == pytest.approx(0, abs=0.1)
        assert moved.std() == pytest.approx(3 / math.sqrt(3), abs=0.05)


def windows(pixels: torch.Tensor, margins: tuple[int, int, int, int], fill: float = 0) -> list[torch.Tensor]:
    """Every crop of 28x28 out of the padded images."""
    padded = TF.pad(pixels.float(), list(margins), fill=fill)
    height, width = padded.shape[2:]
    return [padded[..., y : y + 28, x : x + 28] for y in range(height - 27) for x in range(width - 27)]


@pytest.mark.parametrize("padding", [2, (1, 3), (0, 1, 2, 3)])
@pytest.mark.parametrize("fill", [0, 77])
def test_a_padded_crop_is_an_exact_window_and_every_window_occurs(padding: Any, fill: int) -> None:
    pixels = pictures(count=300)
    ours = augmented(pixels, *carried(T.RandomCrop(28, padding=padding, fill=fill)))
    margins = {2: (2, 2, 2, 2), (1, 3): (1, 3, 1, 3)}.get(padding, padding)
    possible = windows(pixels, margins, fill)
    seen = set()
    for i, image in enumerate(ours):
        fits = [n for n, theirs in enumerate(possible) if close(image, theirs[i])]
        assert fits, i
        seen.add(fits[0])
    assert len(seen) == len(possible)


@pytest.mark.parametrize("size", [24, 23, 20])
def test_a_centre_crop_brought_back_to_size_is_a_zoom(size: int) -> None:
    pixels = pictures()
    chain = T.Compose([T.CenterCrop(size), T.Resize(28, antialias=False)])
    ours, theirs = augmented(pixels, *carried(chain)), chain(pixels.float())
    # At the rim torchvision repeats the last pixel of the crop, where the one resampling sees its neighbour.
    assert close(ours[..., 1:-1, 1:-1], theirs[..., 1:-1, 1:-1])
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.5)


def test_a_smaller_random_crop_brought_back_to_size_is_one_of_its_windows() -> None:
    pixels = pictures(count=100)
    ours = augmented(pixels, *carried(T.Compose([T.RandomCrop(25), T.Resize(28)])))
    possible = [
        TF.resize(pixels.float()[..., y : y + 25, x : x + 25], [28, 28], antialias=False)
        for y in range(4)
        for x in range(4)
    ]
    seen = set()
    for i, image in enumerate(ours):
        fits = [n for n, theirs in enumerate(possible) if close(image[..., 1:-1, 1:-1], theirs[i][..., 1:-1, 1:-1])]
        assert len(fits) == 1
        seen.add(fits[0])
    assert len(seen) == 16


@pytest.mark.parametrize("shape", [(28, 28), (20, 27)])
def test_flips_are_exact(shape: tuple[int, int]) -> None:
    pixels = pictures(*shape)
    assert close(augmented(pixels, *carried(T.RandomHorizontalFlip(1.0), shape)), pixels.float().flip(3), 0.02)
    assert close(augmented(pixels, *carried(T.RandomVerticalFlip(1.0), shape)), pixels.float().flip(2), 0.02)
    assert close(augmented(pixels, *carried(T.RandomVerticalFlip(0.0), shape)), pixels.float(), 0.02)


# -- several


@pytest.mark.parametrize(
    "chain",
    [
        T.Compose([T.RandomRotation((90, 90)), T.RandomHorizontalFlip(1.0)]),
        T.Compose([T.RandomHorizontalFlip(1.0), T.RandomRotation((90, 90))]),
        T.Compose([T.RandomRotation((90, 90)), T.RandomAffine((0, 0), shear=(20, 20), interpolation=BILINEAR)]),
        T.Compose([T.RandomAffine((0, 0), shear=(20, 20), interpolation=BILINEAR), T.RandomRotation((90, 90))]),
        T.Compose([T.CenterCrop(20), T.Resize(28, antialias=False), T.RandomRotation((180, 180))]),
    ],
)
def test_two_transforms_are_applied_in_the_order_written(chain: Any) -> None:
    # Black around, so that nothing is lost or filled in between.
    pixels = pictures(margin=9)
    ours, theirs = augmented(pixels, *carried(chain)), chain(pixels.float())
    backwards = T.Compose(list(reversed(chain.transforms)))(pixels.float())
    assert close(ours, theirs, 0.1)
    assert len(chain.transforms) == 3 or not close(ours, backwards, 10)


def test_a_rotation_then_a_shift_is_not_a_shift_then_a_rotation() -> None:
    pixels = torch.zeros(50, 21, 21, dtype=torch.uint8)
    pixels[:, 10, 10] = 255  # the centre, which a rotation does not move
    turn = Transform("RandomRotation", {"degrees": [45, 45]})
    shift = Transform("RandomAffine", {"degrees": [0, 0], "translate": [0.2, 0.0]})
    rows = torch.arange(21).reshape(1, -1, 1) - 10.0

    def height(images: torch.Tensor) -> float:
        return float((images[:, 0] / 255 * rows).sum((1, 2)).abs().max())

    assert height(augmented(pixels, turn, shift)) == pytest.approx(0, abs=0.01)
    assert height(augmented(pixels, shift, turn)) > 2


def test_one_bilinear_among_nearest_makes_the_one_resampling_bilinear() -> None:
    pixels = pictures(margin=9)
    turn = [T.RandomRotation((20, 20)), T.RandomRotation((20, 20), interpolation=BILINEAR)]
    mixed, nearest = augmented(pixels, *carried(T.Compose(turn))), augmented(pixels, *carried(turn[0]))
    whole = {float(v) for v in pixels.unique()}
    assert {round(float(v), 3) for v in nearest.unique()} <= whole
    assert len(mixed.unique()) > len(whole)
    assert len(augmented(pixels, *carried(turn[0]), interpolation="bilinear").unique()) <= len(whole)


@pytest.mark.parametrize("chance", [0.25, 0.75])
@pytest.mark.parametrize(
    "transform", [T.RandomRotation((90, 90)), T.ColorJitter(brightness=(0.5, 0.5)), T.RandomErasing(p=1.0)]
)
def test_a_transform_by_chance_is_applied_to_that_share_of_the_images(transform: Any, chance: float) -> None:
    pixels = pictures(12, 12, count=3_000)
    ours = augmented(pixels, *carried(T.RandomApply([transform], p=chance), (12, 12)))
    changed = (ours - pixels).abs().flatten(1).max(1).values > 1
    assert changed.float().mean() == pytest.approx(chance, abs=0.03)


def test_a_flip_by_chance_has_its_own_and_that_of_random_apply() -> None:
    pixels = pictures(12, 12, count=3_000)
    ours = augmented(pixels, *carried(T.RandomApply([T.RandomHorizontalFlip(0.5)], p=0.5), (12, 12)))
    changed = (ours - pixels).abs().flatten(1).max(1).values > 1
    assert changed.float().mean() == pytest.approx(0.25, abs=0.03)


# -- what is filled in


def corner(chain: Any, pixels: torch.Tensor | None = None) -> tuple[float, float]:
    """A corner after a rotation by 45 degrees: from the trainer, and from torchvision on the same image."""
    pixels = pictures() if pixels is None else pixels
    batch, _ = batches_of(pixels, carried(chain)).training(torch.arange(len(pixels)))
    theirs = chain(TF.to_pil_image(pixels[0]))
    return float(batch[0, 0, 0, 0]), float(theirs[0, 0, 0])


TURN = (45, 45)


@pytest.mark.parametrize(
    "steps",
    [
        [T.RandomRotation(TURN), T.ToTensor(), T.Normalize((0.5,), (0.25,))],
        [T.RandomRotation(TURN, fill=128), T.ToTensor(), T.Normalize((0.5,), (0.25,))],
        [T.RandomRotation(TURN, fill=(128,)), T.ToTensor(), T.Normalize((0.5,), (0.25,))],
        [T.ToTensor(), T.RandomRotation(TURN, fill=0.5), T.Normalize((0.5,), (0.25,))],
        [T.ToTensor(), T.Normalize((0.5,), (0.25,)), T.RandomRotation(TURN)],
        [T.ToTensor(), T.Normalize((0.5,), (0.25,)), T.RandomRotation(TURN, fill=-2.0)],
        [T.RandomHorizontalFlip(), T.RandomRotation(TURN, fill=255), T.ToTensor(), T.Normalize((0.5,), (0.25,))],
        [T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize((0.5,), (0.25,)), T.RandomAffine(TURN)],
        [T.ToTensor(), T.Normalize((0.5,), (0.25,)), T.RandomCrop(28, padding=28), T.RandomRotation(TURN)],
        [
            T.PILToTensor(),
            T.RandomRotation(TURN, fill=51),
            T.ConvertImageDtype(torch.float32),
            T.Normalize((0.5,), (0.25,)),
        ],
    ],
)
def test_the_fill_is_in_the_units_of_the_place_where_it_stands(steps: list[Any]) -> None:
    ours, theirs = corner(T.Compose(steps))
    assert ours == pytest.approx(theirs, abs=1e-3)


def test_a_filled_image_is_torchvisions_and_its_rim_lies_between_image_and_fill() -> None:
    pixels = pictures()
    turn = T.RandomRotation((30, 30), interpolation=BILINEAR, fill=200)
    ours = augmented(pixels, *carried(turn))
    inside = TF.rotate(torch.ones_like(pixels).float(), 30, BILINEAR)
    rim = (inside > 1e-4) & (inside < 1 - 1e-4)
    theirs = TF.rotate(pixels.float(), 30, BILINEAR, fill=[200.0])
    assert close(ours.where(~rim, 0), theirs.where(~rim, 0))
    mixed = TF.rotate(pixels.float(), 30, BILINEAR) + 200 * (1 - inside)
    assert close(ours, mixed)


# -- normalisation


def test_normalisation_is_shares_of_255_minus_the_mean_by_the_deviation() -> None:
    pixels = pictures()
    steps = carried(T.Compose([T.ToTensor(), T.Normalize((0.1307,), (0.3081,))]))
    batch, _ = batches_of(pixels, steps).training(torch.arange(COUNT))
    assert torch.allclose(batch, (pixels / 255 - 0.1307) / 0.3081, atol=1e-5)


def test_without_a_normalize_mean_and_deviation_are_those_of_the_training_images() -> None:
    pixels = pictures(channels=3)
    batches = batches_of(pixels, ())
    batch, _ = batches.training(torch.arange(COUNT))
    assert torch.allclose(batch.mean((0, 2, 3)), torch.zeros(3), atol=1e-4)
    assert torch.allclose(batch.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-4)
    other = Images(pixels[:5] // 2, torch.zeros(5, dtype=torch.int64))
    shares = pixels / 255
    mean, std = shares.mean((0, 2, 3)).reshape(1, 3, 1, 1), shares.std((0, 2, 3), correction=0).reshape(1, 3, 1, 1)
    assert torch.allclose(batches.evaluation(other, 0, 5), (other.pixels / 255 - mean) / std, atol=1e-4)


def test_a_normalize_for_images_that_were_never_scaled_is_in_pixels() -> None:
    pixels = pictures()
    steps = (Transform("ToImage"), Transform("ToDtype", {"dtype": "float32", "scale": False}))
    batch, _ = batches_of(pixels, (*steps, Transform("Normalize", {"mean": [33.0], "std": [78.0]}))).training(
        torch.arange(COUNT)
    )
    assert torch.allclose(batch, (pixels.float() - 33) / 78, atol=1e-5)


def test_each_channel_has_its_own_mean_and_deviation() -> None:
    pixels = pictures(channels=3)
    steps = carried(T.Compose([T.ToTensor(), T.Normalize((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))]))
    batch, _ = batches_of(pixels, steps).training(torch.arange(COUNT))
    assert torch.allclose(batch, T.Normalize((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))(pixels / 255), atol=1e-5)
    with pytest.raises(BadRecipe, match="for each of 1 channels"):
        batches_of(pictures(), steps)


# -- colour and erasing


def test_brightness_scales_each_image_by_its_own_factor() -> None:
    pixels = pictures(count=500).clamp(1, 120)
    factors = augmented(pixels, *carried(T.ColorJitter(brightness=(0.5, 2.0)))) / pixels
    each = factors.flatten(1)
    assert torch.allclose(each, each[:, :1].expand_as(each), atol=1e-3)
    assert each.min() == pytest.approx(0.5, abs=0.02)
    assert each.max() == pytest.approx(2.0, abs=0.02)


def test_brightness_and_contrast_of_one_image_are_torchvisions() -> None:
    pixels = pictures()
    ours = augmented(pixels, *carried(T.ColorJitter(brightness=(1.7, 1.7))))
    assert close(ours, torch.stack([TF.adjust_brightness(image, 1.7) for image in pixels / 255]) * 255, 0.1)
    ours = augmented(pixels, *carried(T.ColorJitter(contrast=(0.4, 0.4))))
    grey = pixels.float().mean((1, 2, 3), keepdim=True)
    assert close(ours, grey + (pixels - grey) * 0.4, 0.1)


def erased(transform: Any, pixels: torch.Tensor, **seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The batch, and where it was erased."""
    batch = augmented(pixels, *carried(transform, (pixels.shape[2], pixels.shape[3])), **seed)
    return batch, (batch - pixels).abs() > 1e-3


def test_an_erased_rectangle_has_the_area_and_the_sides_asked_for() -> None:
    pixels = torch.full((2_000, 1, 40, 40), 200, dtype=torch.uint8)
    _, where = erased(T.RandomErasing(p=1.0, scale=(0.05, 0.2), ratio=(0.5, 2.0)), pixels)
    rows, columns = where.any(3).sum((1, 2)), where.any(2).sum((1, 2))
    area = where.sum((1, 2, 3))
    assert torch.equal(area, rows * columns), "one full rectangle each"
    share = area / 1600
    assert share.min() > 0.04
    assert share.max() < 0.22
    assert share.mean() == pytest.approx(0.125, abs=0.005)
    ratio = rows / columns
    assert ratio.min() > 0.45
    assert ratio.max() < 2.2
    assert ratio.log().mean() == pytest.approx(0, abs=0.05)
    # It reaches every place.
    assert where.any(0).all()


def test_erasing_occurs_with_its_probability() -> None:
    _, where = erased(T.RandomErasing(p=0.3), pictures(12, 12, count=3_000).clamp(5))
    assert where.flatten(1).any(1).float().mean() == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize(
    ("chain", "value"),
    [
        ([T.ToTensor(), T.RandomErasing(1.0), T.Normalize((0.5,), (0.25,))], -2.0),
        ([T.ToTensor(), T.RandomErasing(1.0, value=0.75), T.Normalize((0.5,), (0.25,))], 1.0),
        ([T.ToTensor(), T.Normalize((0.5,), (0.25,)), T.RandomErasing(1.0)], 0.0),
        ([T.ToTensor(), T.Normalize((0.5,), (0.25,)), T.RandomErasing(1.0, value=3)], 3.0),
        ([T.ToTensor(), T.Normalize((0.5,), (0.25,)), T.RandomErasing(1.0, value=(3,))], 3.0),
    ],
)
def test_the_erased_value_is_in_the_units_of_the_place_where_it_stands(chain: list[Any], value: float) -> None:
    pixels = torch.full((50, 1, 28, 28), 200, dtype=torch.uint8)
    batch, _ = batches_of(pixels, carried(T.Compose(chain))).training(torch.arange(50))
    kept = (200 / 255 - 0.5) / 0.25
    assert {round(float(v), 4) for v in batch.unique()} == {round(kept, 4), value}


def test_erasing_may_fill_with_noise() -> None:
    pixels = torch.full((200, 1, 28, 28), 200, dtype=torch.uint8)
    chain = T.Compose([T.ToTensor(), T.Normalize((0.0,), (1.0,)), T.RandomErasing(1.0, value="random")])
    batch, _ = batches_of(pixels, carried(chain)).training(torch.arange(200))
    noise = batch[(batch - 200 / 255).abs() > 1e-6]
    assert noise.mean() == pytest.approx(0, abs=0.05)
    assert noise.std() == pytest.approx(1, abs=0.05)


# -- when


def test_each_image_and_each_epoch_is_drawn_anew_and_a_seed_repeats_it() -> None:
    pixels = pictures(count=1).expand(8, -1, -1, -1).contiguous()
    steps = (Transform("RandomAffine", {"degrees": [-7, 7], "pixels": 1.0}), *PLAIN)
    batches, again = batches_of(pixels, steps, seed=3), batches_of(pixels, steps, seed=3)
    index = torch.arange(8)
    first, second = batches.training(index)[0], batches.training(index)[0]
    assert len({image.numpy().tobytes() for image in torch.cat([first, second])}) == 16
    assert torch.equal(first, again.training(index)[0])
    assert torch.equal(second, again.training(index)[0])
    assert not torch.equal(first, batches_of(pixels, steps, seed=4).training(index)[0])


def test_the_images_themselves_stay_as_they_are() -> None:
    pixels = pictures()
    kept = pixels.clone()
    augmented(pixels, *carried(T.Compose([T.RandomRotation(30, fill=9), T.ColorJitter(0.5), T.RandomErasing(1.0)])))
    assert torch.equal(pixels, kept)


def test_labels_and_images_keep_together() -> None:
    pixels = torch.arange(10, dtype=torch.uint8).reshape(10, 1, 1, 1).expand(-1, -1, 4, 4).contiguous()
    images = Images(pixels, torch.arange(10))
    recipe = Recipe(optimizer=None, epochs=1, transforms=PLAIN)  # type: ignore[arg-type]
    batch, labels = Batches(images, recipe, torch.Generator()).training(torch.tensor([7, 2, 2, 9]))
    assert labels.tolist() == [7, 2, 2, 9]
    assert (batch[:, 0, 0, 0] * 255).round().tolist() == [7, 2, 2, 9]


def test_test_images_are_normalised_and_not_augmented(made_up: Any, seen: Any) -> None:
    network = made_up.Small()
    batches = seen(network)
    turn = Transform("RandomRotation", {"degrees": [90, 90]})
    recipe = made_up.recipe(epochs=2, transforms=made_up.as_shares(turn))
    training = train(lambda: network, recipe, made_up.train, made_up.test)
    training.accuracy_on(made_up.test)
    shown = [x for in_training, x in batches if not in_training]
    assert len(shown) == 3
    for x in shown:
        assert torch.allclose(x, made_up.test.pixels.unsqueeze(1) / 255, atol=1e-6)
    originals = {image.numpy().tobytes() for image in made_up.train.pixels}
    turned = [image for in_training, x in batches if in_training for image in (x * 255).round().to(torch.uint8)[:, 0]]
    assert not any(image.contiguous().numpy().tobytes() in originals for image in turned)
    assert all(image.rot90(-1).contiguous().numpy().tobytes() in originals for image in turned)


def test_an_augmentation_that_changes_the_size_is_refused_before_training(made_up: Any) -> None:
    recipe = made_up.recipe(transforms=(Transform("Resize", {"size": 9}),))
    with pytest.raises(BadRecipe, match="makes images of 9x9; the network takes 8x8"):
        train(made_up.Small, recipe, made_up.train, made_up.test)
