"""Grader's side: the transforms that the trainer has in batched form, and what they may be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from dlgrade.recipe._nouns import BadRecipe, Transform

Check = Callable[[Any], bool]


def _one_of(*allowed: Any) -> Check:
    return lambda value: any(type(value) is type(item) and value == item for item in allowed)


def _number(low: float, high: float, *, whole: bool = False) -> Check:
    kinds = (int,) if whole else (int, float)
    return lambda value: type(value) in kinds and low <= value <= high


def _list(item: Check, *counts: int) -> Check:
    return lambda value: isinstance(value, list) and len(value) in counts and all(map(item, value))


def _range(low: float, high: float) -> Check:
    pair = _list(_number(low, high), 2)
    return lambda value: pair(value) and value[0] <= value[1]


def _any_of(*checks: Check) -> Check:
    return lambda value: any(check(value) for check in checks)


_NONE = _one_of(None)
_FLAG = _one_of(True, False)
_ANGLES = _range(-1e4, 1e4)
_MODE = _one_of("nearest", "nearest-exact", "bilinear", "bicubic", "box", "hamming", "lanczos")
_LEVEL = _number(-1e6, 1e6)
_FILL = _any_of(_NONE, _LEVEL, _list(_LEVEL, 1, 2, 3, 4))
_SIDE = _number(1, 4096, whole=True)
_SIZE = _any_of(_SIDE, _list(_SIDE, 1, 2))
_MARGIN = _number(0, 4096, whole=True)
_FACTOR = _any_of(_NONE, _range(0, 1e3))
_CHANCE = _number(0, 1)

# What each may be told; anything else would be left out in silence, and is refused.
_ARGUMENTS: dict[str, dict[str, Check]] = {
    "RandomRotation": {
        "degrees": _ANGLES,
        "interpolation": _MODE,
        "fill": _FILL,
        "expand": _one_of(False),
        "center": _NONE,
    },
    "RandomAffine": {
        "degrees": _ANGLES,
        "translate": _any_of(_NONE, _list(_number(0, 1), 2)),
        "scale": _any_of(_NONE, _range(1e-2, 1e2)),
        "shear": _any_of(_NONE, _list(_number(-80, 80), 2, 4)),
        "interpolation": _MODE,
        "fill": _FILL,
        "center": _NONE,
    },
    "RandomCrop": {
        "size": _SIZE,
        "padding": _any_of(_NONE, _list(_MARGIN, 4)),
        "fill": _FILL,
        "pad_if_needed": _one_of(False),
        "padding_mode": _one_of("constant"),
    },
    "CenterCrop": {"size": _SIZE},
    "Resize": {"size": _SIZE, "interpolation": _MODE, "max_size": _NONE, "antialias": _any_of(_NONE, _FLAG)},
    "RandomHorizontalFlip": {"p": _CHANCE},
    "RandomVerticalFlip": {"p": _CHANCE},
    "ColorJitter": dict.fromkeys(("brightness", "contrast", "saturation"), _FACTOR)
    | {"hue": _any_of(_NONE, _range(-0.5, 0.5))},
    "RandomErasing": {
        "p": _CHANCE,
        "scale": _range(0, 1),
        "ratio": _range(1e-3, 1e3),
        "value": _any_of(_LEVEL, _list(_LEVEL, 1, 2, 3, 4), _one_of("random")),
        "inplace": _FLAG,
    },
    "Normalize": {
        "mean": _any_of(_LEVEL, _list(_LEVEL, 1, 2, 3, 4)),
        "std": _any_of(_number(1e-6, 1e6), _list(_number(1e-6, 1e6), 1, 2, 3, 4)),
        "inplace": _FLAG,
    },
    "Grayscale": {"num_output_channels": _one_of(1)},
    "ToTensor": {},
    "PILToTensor": {},
    "ToPILImage": {"mode": _one_of(None, "L", "RGB")},
    "ToImage": {},
    "ToDtype": {"dtype": _one_of("float32", "uint8"), "scale": _FLAG},
    "ConvertImageDtype": {"dtype": _one_of("float32", "uint8")},
}
_NEEDED = {"degrees", "size", "mean", "std", "dtype"}
_BY_CHANCE = {
    "RandomRotation",
    "RandomAffine",
    "RandomHorizontalFlip",
    "RandomVerticalFlip",
    "ColorJitter",
    "RandomErasing",
}
_NAMED = ("RandomRotation", "RandomAffine", "RandomCrop", "CenterCrop", "Resize", "RandomHorizontalFlip",
          "RandomVerticalFlip", "ColorJitter", "RandomErasing", "Normalize", "ToTensor")  # fmt: skip


def read_transforms(stated: Any, size: tuple[int, int] | None = None) -> tuple[Transform, ...]:
    """The transforms that `describe_transform` wrote, checked.

    Args:
        size: height and width of the images; where given, they must come out as large as they go in.

    Raises:
        BadRecipe: a transform that the trainer does not have in batched form, or not with these arguments.
    """
    if not isinstance(stated, list) or len(stated) > 50:
        raise BadRecipe("the augmentation is not a short list of transforms")
    result = tuple(_transform(entry) for entry in stated)
    if sum(step.name == "Normalize" for step in result) > 1:
        raise BadRecipe("an augmentation that normalises twice is not carried")
    filled(result)
    if size is not None:
        check_size(result, size)
    return result


def _transform(entry: Any) -> Transform:
    if not isinstance(entry, dict) or set(entry) != {"name", "arguments", "chance"}:
        raise BadRecipe("a transform is not described as agreed")
    name, arguments, chance = entry["name"], entry["arguments"], entry["chance"]
    if not isinstance(name, str) or name not in _ARGUMENTS:
        raise BadRecipe(f"the transform {str(name)[:40]} is not carried; use {', '.join(_NAMED)}")
    checks = _ARGUMENTS[name]
    if type(chance) is not float or not 0 <= chance <= 1 or not isinstance(arguments, dict):
        raise BadRecipe(f"the transform {name} is not described as agreed")
    if not (_NEEDED & set(checks)) <= set(arguments) <= set(checks):
        raise BadRecipe(f"the transform {name} is not described as agreed")
    if chance < 1 and name not in _BY_CHANCE:
        raise BadRecipe(f"the transform {name} inside RandomApply is not carried")
    for key, value in arguments.items():
        if not checks[key](value):
            raise BadRecipe(f"the transform {name} with {key}={_shown(value)} is not carried")
    return Transform(name, arguments, chance)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "..."


def check_size(steps: Iterable[Transform], size: tuple[int, int]) -> None:
    """Refuse transforms after which the images are larger or smaller than before.

    Raises:
        BadRecipe: they are, or a crop is larger than the image.
    """
    height, width = size
    for step in steps:
        room = padded(step, height, width)
        height, width = size_after(step, height, width)
        if step.name == "RandomCrop" and (height > room[0] or width > room[1]):
            raise BadRecipe(f"RandomCrop cuts {height}x{width} out of images of {room[0]}x{room[1]}")
    if (height, width) != size:
        raise BadRecipe(f"the augmentation makes images of {height}x{width}; the network takes {size[0]}x{size[1]}")


def padded(step: Transform, height: int, width: int) -> tuple[int, int]:
    """Height and width of the images with the padding of a `RandomCrop`."""
    left, top, right, bottom = step.arguments.get("padding") or (0, 0, 0, 0)
    return height + top + bottom, width + left + right


def size_after(step: Transform, height: int, width: int) -> tuple[int, int]:
    """Height and width of the images after this transform."""
    size = step.arguments.get("size")
    if step.name not in {"RandomCrop", "CenterCrop", "Resize"} or size is None:
        return height, width
    sides: Sequence[int] = size if isinstance(size, list) else [size]
    if len(sides) == 2:
        return sides[0], sides[1]
    side = sides[0]
    if step.name != "Resize":
        return side, side
    # One number is the shorter side; the other keeps the proportion, as torchvision rounds it.
    return (side, int(side * width / height)) if height <= width else (int(side * height / width), side)


Units = Literal["pixels", "shares", "normalised"]


def units_at(steps: Sequence[Transform], place: int) -> Units:
    """In what units the images are when the transform at `place` gets them: 0 to 255, 0 to 1, or normalised."""
    units: Units = "pixels"
    for step in steps[:place]:
        if step.name == "Normalize":
            return "normalised"
        floats = step.arguments.get("dtype", "float32") == "float32" and step.arguments.get("scale", True)
        if step.name == "ToTensor" or (step.name in {"ToDtype", "ConvertImageDtype"} and floats):
            units = "shares"
    return units


def filled(steps: Sequence[Transform]) -> tuple[float, Units]:
    """What the geometric transforms put where there is no image, in pixels or normalised.

    Raises:
        BadRecipe: not all the same, which one resampling for all of them cannot do.
    """
    found: set[tuple[float, Units]] = set()
    for place, step in enumerate(steps):
        if step.name in {"RandomRotation", "RandomAffine"} or (
            step.name == "RandomCrop" and step.arguments.get("padding")
        ):
            fill = step.arguments.get("fill") or 0
            value, units = float(fill[0] if isinstance(fill, list) else fill), units_at(steps, place)
            found.add((value * 255, "pixels") if units == "shares" else (value, units))
    if len(found) > 1:
        raise BadRecipe("the transforms fill in with different values; give all the same, before Normalize")
    return found.pop() if found else (0.0, "pixels")
