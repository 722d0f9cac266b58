"""Grader's side: check what arrived, and turn an assignment's own recipe into the same nouns."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from typing import Any

import torch

from dlgrade.course import TrainingRecipe
from dlgrade.recipe._describe import describe_schedule
from dlgrade.recipe._nouns import OPTIMIZERS, BadRecipe, Group, Optimizer, Plateau, Recipe, Schedule, Transform
from dlgrade.wire import RawTensor


def _options(stated: Any, cls: Any) -> dict[str, Any]:
    if not isinstance(stated, dict):
        raise BadRecipe("the optimiser's options are not a mapping")
    known = set(inspect.signature(cls).parameters) - {"params"}
    options: dict[str, Any] = {}
    for key, value in stated.items():
        if key not in known or key in _SPEED:
            continue
        items = value if isinstance(value, list) else [value]
        if len(items) > 8 or not all(map(_is_option, items)):
            raise BadRecipe(f"the option {key} is not a finite number")
        options[key] = tuple(items) if isinstance(value, list) else value
    return options


# Switches for the student's machine; the trainer chooses its own.
_SPEED = frozenset({"foreach", "fused", "capturable", "differentiable"})


def _is_option(item: Any) -> bool:
    if type(item) in (int, float):
        return bool(-1e15 < item < 1e15)
    return item is None or type(item) is bool or (type(item) is str and len(item) < 40)


def _tried(cls: Any, options: Mapping[str, Any]) -> torch.optim.Optimizer:
    """An optimiser of this class that has made a step: torch's own checks, those in ``step()`` included.

    Raises:
        BadRecipe: it refuses the options, whichever way.
    """
    parameter = torch.nn.Parameter(torch.zeros(2, 2))
    try:
        optimizer: torch.optim.Optimizer = cls([parameter], **options)
        for _ in range(2):
            parameter.grad = torch.ones(2, 2)
            optimizer.step()
    except Exception as error:
        raise BadRecipe(f"{cls.__name__}: {str(error)[:200] or type(error).__name__}") from None
    parameter.grad = None
    return optimizer


def read_optimizer(stated: Any, names: Collection[str]) -> Optimizer:
    """The optimiser that `describe_optimizer` wrote, checked.

    Raises:
        BadRecipe: an unknown class, unknown parameters, options that are not numbers or that torch refuses.
    """
    name = stated.get("name") if isinstance(stated, dict) else None
    if not isinstance(name, str) or name not in OPTIMIZERS:
        raise BadRecipe(f"the optimiser {str(name)[:40]} is not one that is carried ({', '.join(OPTIMIZERS)})")
    cls = getattr(torch.optim, name)
    groups: list[Group] = []
    seen: set[str] = set()
    if not isinstance(stated.get("groups"), list) or not stated["groups"]:
        raise BadRecipe("the optimiser has no parameter groups")
    for group in stated["groups"]:
        members = group.get("parameters") if isinstance(group, dict) else None
        # An empty group would be taken for "all parameters".
        if not isinstance(members, list) or not members:
            raise BadRecipe("a group of the optimiser has no parameters")
        if not all(isinstance(m, str) and m in names for m in members):
            raise BadRecipe("the optimiser holds parameters that the network does not have")
        if seen & set(members):
            raise BadRecipe("a parameter stands in two groups of the optimiser")
        seen |= set(members)
        options = _options(group.get("options"), cls)
        _tried(cls, options)
        groups.append(Group(tuple(members), options))
    return Optimizer(name, tuple(groups))


def read_schedule(stated: Any, steps: int, groups: int) -> Schedule | Plateau:
    """The schedule that `describe_schedule` wrote, checked to have one finite rate per step and group.

    Raises:
        BadRecipe: a trace of another length, or rates that are negative or not finite.
    """
    if isinstance(stated, dict) and "plateau" in stated:
        return _plateau(stated["plateau"], groups)
    if not isinstance(stated, dict) or not isinstance(stated.get("name"), str):
        raise BadRecipe("the schedule is not described as agreed")
    rates = _rows(stated.get("rates"), steps, groups)
    momenta = _rows(stated["momenta"], steps, groups) if stated.get("momenta") is not None else ()
    if any(momentum >= 1 for row in momenta for momentum in row):
        raise BadRecipe("the schedule sets a momentum that is not below 1")
    return Schedule(rates, momenta, stated["name"][:60])


def _plateau(settings: Any, groups: int) -> Plateau:
    def number(value: Any, *kinds: type) -> bool:
        return type(value) in (int, *kinds) and bool(0 <= value < 1e15)

    good = (
        isinstance(settings, dict)
        and set(settings) == {"mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps"}
        and settings["mode"] in ("min", "max")
        and settings["threshold_mode"] in ("rel", "abs")
        and all(number(settings[key], float) for key in ("factor", "threshold", "eps"))
        and all(number(settings[key]) for key in ("patience", "cooldown"))
        and isinstance(settings["min_lr"], list)
        and len(settings["min_lr"]) == groups
        and all(number(least, float) for least in settings["min_lr"])
        and settings["factor"] < 1
    )
    if not good:
        raise BadRecipe("the plateau rule is not described as agreed")
    return Plateau(dict(settings))


def _rows(table: Any, steps: int, groups: int) -> tuple[tuple[float, ...], ...]:
    if not isinstance(table, RawTensor) or table.dtype != "float64" or table.shape != (steps, groups):
        raise BadRecipe(f"the schedule has no rate for each of {steps} steps and {groups} groups")
    values = torch.frombuffer(bytearray(table.data), dtype=torch.float64).reshape(steps, groups)
    if not bool(torch.isfinite(values).all()) or bool((values < 0).any()):
        raise BadRecipe("the schedule sets a rate that is negative or not finite")
    return tuple(tuple(row) for row in values.tolist())


def from_assignment(written: TrainingRecipe, epochs: int, steps_per_epoch: int) -> Recipe:
    """The recipe that an assignment gives, for this many epochs and steps.

    Raises:
        BadRecipe: a class that torch does not have, or options that it does not take.
    """
    cls = getattr(torch.optim, written.optimizer, None)
    if written.optimizer not in OPTIMIZERS or cls is None:
        raise BadRecipe(f"torch.optim has no {written.optimizer}; known: {', '.join(OPTIMIZERS)}")
    options = {"lr": written.lr, **written.options}
    optimizer = _tried(cls, options)
    schedule = _scheduled(written, optimizer, epochs, steps_per_epoch)
    transforms: list[Transform] = []
    if written.rotation or written.translation:
        transforms.append(Transform("RandomAffine", {"degrees": [-written.rotation, written.rotation],
                                                     "pixels": written.translation}))  # fmt: skip
    return Recipe(
        optimizer=Optimizer(written.optimizer, (Group((), options),)),
        epochs=epochs,
        batch_size=written.batch_size,
        schedule=schedule,
        transforms=tuple(transforms),
        title=_title(written),
    )


def _scheduled(written: TrainingRecipe, optimizer: Any, epochs: int, steps_per_epoch: int) -> Schedule | Plateau | None:
    if written.scheduler is None:
        return None
    cls = getattr(torch.optim.lr_scheduler, written.scheduler, None)
    if not (isinstance(cls, type) and issubclass(cls, torch.optim.lr_scheduler.LRScheduler)):
        raise BadRecipe(f"torch.optim.lr_scheduler has no {written.scheduler}")
    turns = epochs * steps_per_epoch if written.schedule_per == "batch" else epochs
    takes = inspect.signature(cls).parameters
    arguments: dict[str, Any] = {name: turns for name in ("total_steps", "T_max") if name in takes}
    arguments |= {k: list(v) if isinstance(v, tuple) else v for k, v in written.scheduler_options.items()}
    try:
        scheduler = cls(optimizer, **arguments)
        described = describe_schedule(optimizer, scheduler, written.schedule_per, epochs, steps_per_epoch)
    except Exception as error:
        raise BadRecipe(f"{written.scheduler}: {str(error)[:200] or type(error).__name__}") from None
    return read_schedule(described, epochs * steps_per_epoch, 1)


def _title(written: TrainingRecipe) -> str:
    parts = [f"{written.optimizer}, learning rate {written.lr:g}"]
    parts += [f"{name.replace('_', ' ')} {value:g}" for name, value in written.options.items()
              if type(value) in (int, float) and value]  # fmt: skip
    if written.scheduler:
        parts.append(written.scheduler)
    parts.append(f"batch {written.batch_size}")
    if written.rotation:
        parts.append(f"rotation ±{written.rotation:g}°")
    if written.translation:
        parts.append(f"shift ±{written.translation:g} px")
    return ", ".join(parts)
