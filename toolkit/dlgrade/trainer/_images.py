"""Images that stay on the device as bytes, and batches of them: normalised and augmented at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

from dlgrade.recipe import BadRecipe, Recipe, Transform, Units, check_size, filled, padded, size_after, units_at


@dataclass(frozen=True)
class Images:
    """Labelled images: `pixels` uint8 (N, H, W) or (N, C, H, W), `labels` int64 (N,)."""

    pixels: torch.Tensor
    labels: torch.Tensor

    @classmethod
    def of(cls, split: Any) -> Images:
        """From a `data.Split` or anything with numpy `images` and `labels`."""
        return cls(torch.from_numpy(split.images), torch.from_numpy(split.labels).long())

    def __len__(self) -> int:
        """Number of images."""
        return len(self.labels)

    def first(self, count: int) -> Images:
        """The first `count` of them, or all."""
        return Images(self.pixels[:count], self.labels[:count])

    def on(self, device: torch.device) -> Images:
        """The same images on `device`, with a channel axis."""
        pixels = self.pixels if self.pixels.dim() == 4 else self.pixels.unsqueeze(1)
        return Images(pixels.contiguous().to(device), self.labels.to(device))


def shifted(images: Images, pixels: int, generator: torch.Generator, *, fill: int = 0) -> Images:
    """Copies moved by exactly `pixels` in one of four directions each, filled with the background."""
    batch = images.pixels if images.pixels.dim() == 4 else images.pixels.unsqueeze(1)
    moved = torch.full_like(batch, fill)
    way = torch.randint(4, (len(images),), generator=generator).to(batch.device)
    height, width = batch.shape[2:]
    down, right = max(0, height - pixels), max(0, width - pixels)
    moved[way == 0, :, height - down :] = batch[way == 0, :, :down]
    moved[way == 1, :, :down] = batch[way == 1, :, height - down :]
    moved[way == 2, :, :, width - right :] = batch[way == 2, :, :, :right]
    moved[way == 3, :, :, :right] = batch[way == 3, :, :, width - right :]
    return Images(moved, images.labels)


@dataclass(frozen=True)
class Scale:
    """Per-channel mean and standard deviation of the pixels as shares of 255, each (1, C, 1, 1)."""

    mean: torch.Tensor
    std: torch.Tensor

    @classmethod
    def of(cls, images: Images, recipe: Recipe) -> Scale:
        """That of a `Normalize` in the recipe, else measured on the images.

        Raises:
            BadRecipe: the `Normalize` is for another number of channels.
        """
        for place, step in enumerate(recipe.transforms):
            if step.name == "Normalize":
                unit = 255.0 if units_at(recipe.transforms, place) == "pixels" else 1.0
                mean, std = (_channels(step.arguments[key]).to(images.pixels.device) / unit for key in ("mean", "std"))
                channels = images.pixels.shape[1]
                if not {mean.numel(), std.numel()} <= {1, channels}:
                    raise BadRecipe(f"Normalize has not one mean and std for each of {channels} channels")
                return cls(mean, std)
        shares = images.pixels.float().div_(255)
        mean = shares.mean((0, 2, 3)).reshape(1, -1, 1, 1)
        return cls(mean, shares.sub_(mean).square_().mean((0, 2, 3)).sqrt_().reshape(1, -1, 1, 1))

    def pixels(self, value: float, units: Units) -> float:
        """`value` in units of pixels, from 0 to 255 (of the first channel)."""
        if units == "normalised":
            value = float((value * self.std + self.mean).flatten()[0])
        return value if units == "pixels" else 255 * value

    def normalised(self, value: torch.Tensor, units: Units) -> torch.Tensor:
        """`value` as it stands in a normalised image."""
        if units == "normalised":
            return value
        return ((value / 255 if units == "pixels" else value) - self.mean) / self.std


def _channels(value: Any) -> torch.Tensor:
    numbers = value if isinstance(value, list) else [value]
    return torch.tensor([float(number) for number in numbers]).reshape(1, -1, 1, 1)


class Batches:
    """Makes training batches on the device: gather, to float, one resampling for all geometry, normalise.

    Args:
        images: on the device, with a channel axis.
        generator: draws the augmentation; on the CPU, so that all devices draw the same.

    Raises:
        BadRecipe: the augmentation makes images of another size, or is not one that is done here.
    """

    def __init__(self, images: Images, recipe: Recipe, generator: torch.Generator) -> None:
        """Keep the images resident and prepare the scale."""
        check_size(recipe.transforms, (images.pixels.shape[2], images.pixels.shape[3]))
        self.images = images
        self.scale = Scale.of(images, recipe)
        self._steps = recipe.transforms
        self._generator = generator
        # One fused multiply-add instead of a subtraction and a division per batch.
        self._factor = 1 / (255 * self.scale.std)
        self._offset = -self.scale.mean / self.scale.std
        self._mode = _interpolation(recipe)
        self._geometric = any(step.name in _GEOMETRY for step in self._steps)
        self._fill = self.scale.pixels(*filled(recipe.transforms))
        self.layout = torch.channels_last  # the faster one for convolutions on a CPU (DESIGN 9)

    def training(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The augmented, normalised images at `index`, (n, C, H, W) in memory order `layout`, and their labels."""
        labels = self.images.labels.index_select(0, index)
        x = self.images.pixels.index_select(0, index).float()
        if self._geometric:
            grid = _grid(self._matrices(len(index)).to(x.device), x.shape[2], x.shape[3])
            if self._fill:
                x -= self._fill
            x = F.grid_sample(x, grid, mode=self._mode, padding_mode="zeros", align_corners=False)
            if self._fill:
                x += self._fill
        for step in self._steps:
            if step.name == "ColorJitter":
                x = _jittered(x, step, self._generator)
        x = torch.addcmul(self._offset, x, self._factor).contiguous(memory_format=self.layout)
        for place, step in enumerate(self._steps):
            if step.name == "RandomErasing":
                x = self._erased(x, place, step)
        return x, labels

    def _erased(self, x: torch.Tensor, place: int, step: Transform) -> torch.Tensor:
        inside = _rectangles(x, step, self._generator).to(x.device)
        if step.arguments.get("value") == "random":
            return torch.where(inside, torch.randn(x.shape, generator=self._generator).to(x.device), x)
        value = _channels(step.arguments.get("value", 0.0)).to(x.device)
        return torch.where(inside, self.scale.normalised(value, units_at(self._steps, place)), x)

    def evaluation(self, images: Images, start: int, stop: int) -> torch.Tensor:
        """Images `start` to `stop` of another set, normalised alike, without augmentation."""
        x = images.pixels[start:stop].float()
        return torch.addcmul(self._offset, x, self._factor).contiguous(memory_format=self.layout)

    def _matrices(self, count: int) -> torch.Tensor:
        """One (2, 3) matrix per image that maps output positions to input positions, all transforms composed."""
        height, width = self.images.pixels.shape[2:]
        total = torch.eye(3).expand(count, 3, 3)
        for step in self._steps:
            make = _GEOMETRY.get(step.name)
            if make is not None:
                matrix = make(step, count, height, width, self._generator)
                if step.chance < 1:
                    keep = torch.rand(count, generator=self._generator) < step.chance
                    matrix = torch.where(keep.reshape(-1, 1, 1), matrix, torch.eye(3))
                # Output to input: the transform applied last is the first on the way back.
                total = total @ matrix
            height, width = size_after(step, height, width)
        return total[:, :2]


def _grid(matrices: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """`F.affine_grid` for (n, 2, 3) matrices, as a sum of a row and a column: a tenth of its product's time."""
    device = matrices.device
    across = (torch.arange(width, device=device) * 2 + 1) / width - 1
    down = (torch.arange(height, device=device) * 2 + 1) / height - 1
    rows = matrices[:, :, 0, None] * across + matrices[:, :, 2, None]
    columns = matrices[:, :, 1, None] * down
    return (rows.unsqueeze(2) + columns.unsqueeze(3)).permute(0, 2, 3, 1)


def _uniform(low: float, high: float, count: int, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


def _range(value: Any) -> tuple[float, float]:
    if isinstance(value, list) and len(value) >= 2:
        return float(value[0]), float(value[1])
    number = float(value[0] if isinstance(value, list) else value or 0)
    return -number, number


def _affine(step: Transform, count: int, height: int, width: int, generator: torch.Generator) -> torch.Tensor:
    """Rotation in degrees, translation as a share of the sides (`translate`) or in `pixels`, scale, shear.

    Inverted by torchvision's formula, M = T C (R S Shy Shx) C^-1 with C the centre of the image.
    """
    arguments = step.arguments
    # torchvision turns counter-clockwise in RandomRotation and clockwise in RandomAffine.
    turn = -1.0 if step.name == "RandomRotation" else 1.0
    angle = turn * torch.deg2rad(_uniform(*_range(arguments.get("degrees", 0)), count, generator))
    across, down = _translation(arguments, count, height, width, generator)
    ratio = _uniform(*_range(arguments["scale"]), count, generator) if arguments.get("scale") else torch.ones(count)
    shear_x, shear_y = (torch.deg2rad(shear) for shear in _shear(arguments.get("shear"), count, generator))
    a = (angle - shear_y).cos() / shear_y.cos()
    b = -a * shear_x.tan() - angle.sin()
    c = (angle - shear_y).sin() / shear_y.cos()
    d = -c * shear_x.tan() + angle.cos()
    back = torch.stack([d, -b, -c, a], 1).reshape(count, 2, 2) / ratio.reshape(-1, 1, 1)
    offset = -(back @ torch.stack([across, down], 1).unsqueeze(2)).squeeze(2)
    # In the coordinates of grid_sample each side is 2 long.
    side = torch.tensor([float(width), float(height)])
    matrix = torch.eye(3).repeat(count, 1, 1)
    matrix[:, :2, :2] = back * side / side.reshape(2, 1)
    matrix[:, :2, 2] = offset * 2 / side
    return matrix


def _translation(
    arguments: Any, count: int, height: int, width: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    share, pixels = arguments.get("translate"), float(arguments.get("pixels") or 0.0)
    if share:
        # Whole pixels, as torchvision rounds them.
        return (
            _uniform(-share[0] * width, share[0] * width, count, generator).round(),
            _uniform(-share[1] * height, share[1] * height, count, generator).round(),
        )
    if pixels:
        return _uniform(-pixels, pixels, count, generator), _uniform(-pixels, pixels, count, generator)
    return torch.zeros(count), torch.zeros(count)


def _shear(limits: Any, count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    if not limits:
        return torch.zeros(count), torch.zeros(count)
    across = _uniform(limits[0], limits[1], count, generator)
    return across, _uniform(limits[2], limits[3], count, generator) if len(limits) == 4 else torch.zeros(count)


def _crop(step: Transform, count: int, height: int, width: int, generator: torch.Generator) -> torch.Tensor:
    """A window anywhere in the padded image, by whole pixels."""
    (rows, columns), (tall, wide) = size_after(step, height, width), padded(step, height, width)
    left, top = (step.arguments.get("padding") or [0, 0])[:2]
    y = torch.randint(tall - rows + 1, (count,), generator=generator) - top
    x = torch.randint(wide - columns + 1, (count,), generator=generator) - left
    return _window(y, x, rows, columns, height, width)


def _centre(step: Transform, count: int, height: int, width: int, generator: torch.Generator) -> torch.Tensor:
    rows, columns = size_after(step, height, width)
    # Rounded as torchvision rounds where the margin is not even.
    y, x = torch.full((count,), round((height - rows) / 2)), torch.full((count,), round((width - columns) / 2))
    return _window(y, x, rows, columns, height, width)


def _window(y: torch.Tensor, x: torch.Tensor, rows: int, columns: int, height: int, width: int) -> torch.Tensor:
    """The part of the image that begins at row `y` and column `x`, stretched over the whole output."""
    matrix = torch.eye(3).repeat(len(y), 1, 1)
    matrix[:, 0, 0], matrix[:, 1, 1] = columns / width, rows / height
    matrix[:, 0, 2] = (2 * x + columns - width) / width
    matrix[:, 1, 2] = (2 * y + rows - height) / height
    return matrix


def _flip(axis: int) -> Any:
    def made(step: Transform, count: int, height: int, width: int, generator: torch.Generator) -> torch.Tensor:
        matrix = torch.eye(3).repeat(count, 1, 1)
        matrix[torch.rand(count, generator=generator) < step.arguments.get("p", 0.5), axis, axis] = -1
        return matrix

    return made


# Resize does not occur here: these coordinates run from -1 to 1 whatever the size.
_GEOMETRY = {
    "RandomRotation": _affine,
    "RandomAffine": _affine,
    "RandomCrop": _crop,
    "CenterCrop": _centre,
    "RandomHorizontalFlip": _flip(0),
    "RandomVerticalFlip": _flip(1),
}


def _interpolation(recipe: Recipe) -> str:
    named = [step.arguments["interpolation"] for step in recipe.transforms if "interpolation" in step.arguments]
    return "nearest" if named and all(name == "nearest" for name in named) else recipe.interpolation


def _jittered(x: torch.Tensor, step: Transform, generator: torch.Generator) -> torch.Tensor:
    """Brightness and contrast of each image; its saturation and hue would change nothing in shades of grey."""
    chosen = torch.rand(len(x), generator=generator) < step.chance if step.chance < 1 else torch.ones(len(x)).bool()
    for name, centre in (("brightness", None), ("contrast", "mean")):
        low, high = _range(step.arguments.get(name) or [1.0, 1.0])
        factor = torch.where(chosen, _uniform(low, high, len(x), generator), 1.0).reshape(-1, 1, 1, 1).to(x.device)
        base = x.mean((1, 2, 3), keepdim=True) if centre else torch.zeros_like(factor)
        x = (base + (x - base) * factor).clamp_(0, 255)
    return x


def _rectangles(x: torch.Tensor, step: Transform, generator: torch.Generator) -> torch.Tensor:
    """True inside of one rectangle per chosen image, its area and its ratio of sides drawn as in torchvision."""
    count, _, height, width = x.shape
    chance = float(step.arguments.get("p", 0.5)) * step.chance
    area = _uniform(*_range(step.arguments.get("scale") or [0.02, 0.33]), count, generator) * height * width
    low, high = _range(step.arguments.get("ratio") or [0.3, 3.3])
    ratio = _uniform(math.log(low), math.log(high), count, generator).exp()
    # torchvision draws again where a side would not fit; here such a rectangle is cut to fit.
    rows, columns = ((area * ratio).sqrt().round(), (area / ratio).sqrt().round())
    rows, columns = rows.clamp(1, height - 1), columns.clamp(1, width - 1)
    top = (torch.rand(count, generator=generator) * (height - rows + 1)).floor().reshape(-1, 1, 1)
    left = (torch.rand(count, generator=generator) * (width - columns + 1)).floor().reshape(-1, 1, 1)
    y, z = torch.arange(height).reshape(1, -1, 1), torch.arange(width).reshape(1, 1, -1)
    inside = (y >= top) & (y < top + rows.reshape(-1, 1, 1)) & (z >= left) & (z < left + columns.reshape(-1, 1, 1))
    chosen = (torch.rand(count, generator=generator) < chance).reshape(-1, 1, 1)
    return (inside & chosen).unsqueeze(1)
