"""Student's side: what an optimiser, a scheduler, a transform is, as plain data."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Mapping
from typing import Any

import torch

from dlgrade.recipe._nouns import OPTIMIZERS
from dlgrade.wire import RawTensor


class NotDescribed(Exception):  # noqa: N818 - reads better where it is caught
    """It has no data form; the text is one sentence for the student."""


def _number(value: Any, what: str) -> Any:
    if isinstance(value, torch.Tensor) and value.dim() <= 1:
        value = value.item() if value.numel() == 1 else value.tolist()
    if value is None or type(value) in (bool, int, float, str):
        return value
    # Numbers of numpy and their like.
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, tuple | list):
        return [_number(item, what) for item in value]
    raise NotDescribed(f"{what} is a {type(value).__name__}, which cannot be carried as a number")


def _filled(optimizer: Any) -> list[Any]:
    # A group without parameters is allowed (no batch norm, hence none in its group), and does nothing.
    return [group for group in optimizer.param_groups if group["params"]]


def describe_optimizer(optimizer: Any, names: Mapping[int, str]) -> dict[str, Any]:
    """Class, and per group the names of its parameters and its options; groups without parameters are left out.

    Args:
        names: name of each parameter by its ``id``.

    Raises:
        NotDescribed: not an optimiser that is carried, or one over parameters that are not the network's.
    """
    cls = type(optimizer)
    if getattr(torch.optim, cls.__name__, None) is not cls:
        raise NotDescribed(f"the optimiser is a {cls.__name__}, not one of torch.optim")
    if cls.__name__ not in OPTIMIZERS:
        raise NotDescribed(f"the optimiser {cls.__name__} is not carried; use one of {', '.join(OPTIMIZERS)}")
    groups = []
    for group in _filled(optimizer):
        unknown = [p for p in group["params"] if id(p) not in names]
        if unknown:
            raise NotDescribed("the optimiser was built over parameters that are not the network's")
        # What schedulers keep in a group (initial_lr, max_momentum) is no option of the class.
        options = {key: _number(group[key], key) for key in optimizer.defaults if key in group}
        groups.append({"parameters": [names[id(p)] for p in group["params"]], "options": options})
    return {"name": cls.__name__, "groups": groups}


def describe_schedule(optimizer: Any, scheduler: Any, per: str, epochs: int, steps_per_epoch: int) -> dict[str, Any]:
    """The learning rate of every step, found by stepping the real scheduler through the whole budget.

    The optimiser's parameters must have no gradients, so that its steps change nothing.

    Args:
        per: ``batch`` or ``epoch``, when the scheduler steps.

    Raises:
        NotDescribed: the object has no ``step``, or belongs to another optimiser.
    """
    groups = _filled(optimizer)
    if getattr(scheduler, "optimizer", optimizer) is not optimizer:
        raise NotDescribed("the scheduler moves another optimiser than the one that make_optimizer returned")
    if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
        names = ("mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "eps")
        settings = {name: _number(getattr(scheduler, name), name) for name in names}
        pairs = zip(optimizer.param_groups, scheduler.min_lrs, strict=True)
        return {"plateau": settings | {"min_lr": [float(least) for group, least in pairs if group["params"]]}}
    if not callable(getattr(scheduler, "step", None)):
        raise NotDescribed(f"make_scheduler returns a {type(scheduler).__name__} without step()")
    rates: list[list[float]] = []
    momenta: list[list[float]] = []
    for step in range(1, epochs * steps_per_epoch + 1):
        rates.append([float(group["lr"]) for group in groups])
        momenta.append([_momentum(group) for group in groups])
        optimizer.step()
        # No step behind the last: it would set a rate for nothing, and OneCycleLR refuses it.
        if step < epochs * steps_per_epoch and (per == "batch" or step % steps_per_epoch == 0):
            scheduler.step()
    has_momentum = bool({"momentum", "betas"} & set(optimizer.defaults))
    return {
        "name": type(scheduler).__name__,
        "rates": _table(rates),
        "momenta": _table(momenta) if has_momentum else None,
    }


def _momentum(group: Mapping[str, Any]) -> float:
    return float(group["betas"][0] if "betas" in group else group.get("momentum", 0.0))


def _table(rows: list[list[float]]) -> RawTensor:
    table = torch.tensor(rows, dtype=torch.float64)
    return RawTensor("float64", tuple(table.shape), table.numpy().tobytes())


def describe_transform(transform: Any) -> list[dict[str, Any]]:
    """A torchvision transform, or a composition of them, as names and arguments.

    Of several transforms inside one `RandomApply` each is later drawn by itself.

    Raises:
        NotDescribed: something that is not a transform of torchvision.
    """
    cls = type(transform)
    name = cls.__name__
    if cls.__module__.partition(".")[0] != "torchvision":
        raise NotDescribed(f"the transform {name} is your own; the grader carries those of torchvision.transforms")
    if name == "Compose":
        return [part for inner in transform.transforms for part in describe_transform(inner)]
    if name == "RandomApply":
        chance = float(transform.p)
        parts = [part for inner in transform.transforms for part in describe_transform(inner)]
        return [part | {"chance": part["chance"] * chance} for part in parts]
    if name == "Lambda":
        raise NotDescribed("a Lambda is code of your own; the grader carries the transforms of torchvision.transforms")
    arguments = {}
    for parameter in inspect.signature(cls.__init__).parameters:
        if parameter != "self" and hasattr(transform, parameter):
            arguments[parameter] = _argument(getattr(transform, parameter), f"{name}.{parameter}")
    if name == "RandomCrop" and arguments.get("padding") is not None:
        arguments["padding"] = _margins(arguments["padding"], ".v2." in cls.__module__)
    if name == "RandomErasing" and arguments.get("value") is None:
        arguments["value"] = "random"  # v2 keeps the word as None
    return [{"name": name, "arguments": arguments, "chance": 1.0}]


def _argument(value: Any, what: str) -> Any:
    if isinstance(value, torch.dtype):
        return str(value).removeprefix("torch.")
    return _number(getattr(value, "value", value), what)  # InterpolationMode is an enum of words


def _margins(padding: Any, second: bool) -> list[int]:
    """Left, top, right, bottom; torchvision's second version keeps left, right, top, bottom."""
    sides = padding if isinstance(padding, list) else [padding]
    if len(sides) == 4:
        return [sides[0], sides[2], sides[1], sides[3]] if second else sides
    return [sides[0], sides[-1]] * 2
