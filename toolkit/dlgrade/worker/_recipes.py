"""The student's optimiser, schedule and augmentation, described for the wire."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

from torch import nn

from dlgrade import recipe
from dlgrade.worker._problems import Problem

_PER_BATCH = ("OneCycleLR", "CyclicLR")


def carried(
    module: types.ModuleType, network: nn.Module | None, wanted: list[str], epochs: int, steps_per_epoch: int
) -> dict[str, Any]:
    """What the submission defines of ``make_optimizer``, ``make_scheduler`` and ``train_transform``.

    Each is None where the submission does not define it.
    """
    answer: dict[str, Any] = {"optimizer": None, "schedule": None, "transforms": None, "schedule_per": None}
    optimizer = None
    if "make_optimizer" in wanted and network is not None and hasattr(module, "make_optimizer"):
        names = {id(p): name for name, p in network.named_parameters()}
        optimizer = _called(module.make_optimizer, network=network, model=network, params=list(network.parameters()),
                            parameters=list(network.parameters()))  # fmt: skip
        answer["optimizer"] = _described(recipe.describe_optimizer, optimizer, names)
    if "make_scheduler" in wanted and optimizer is not None and hasattr(module, "make_scheduler"):
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = None
        scheduler = _called(module.make_scheduler, optimizer=optimizer, opt=optimizer, epochs=epochs,
                            steps_per_epoch=steps_per_epoch)  # fmt: skip
        per = getattr(module, "SCHEDULE_PER", "batch" if type(scheduler).__name__ in _PER_BATCH else "epoch")
        if per not in ("batch", "epoch"):
            raise Problem("crashed", f'SCHEDULE_PER is {per!r}; write "batch" or "epoch"')
        answer["schedule_per"] = per
        answer["schedule"] = _described(recipe.describe_schedule, optimizer, scheduler, per, epochs, steps_per_epoch)
    if "train_transform" in wanted and hasattr(module, "train_transform"):
        transform = _called(module.train_transform)
        answer["transforms"] = _described(recipe.describe_transform, transform)
    return answer


def _described(describe: Callable[..., Any], *args: Any) -> Any:
    try:
        return describe(*args)
    except recipe.NotDescribed as error:
        raise Problem("not_carried", str(error)) from error


def _called(function: Callable[..., Any], **known: Any) -> Any:
    """Call with the arguments it names; an unnamed first one gets the first that is known."""
    parameters = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    given = {p.name: known[p.name] for p in parameters if p.name in known}
    missing = [p.name for p in parameters if p.name not in known]
    if missing and known:
        raise Problem("crashed", f"{function.__name__} asks for {missing[0]}; it is given {', '.join(known)}")
    return function(**given)
