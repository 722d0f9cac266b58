"""A recipe of the grader's own for the wire, from its process to the one that trains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from dlgrade.recipe._nouns import Group, Optimizer, Plateau, Recipe, Schedule, Transform
from dlgrade.wire import RawTensor


def to_plain(recipe: Recipe) -> dict[str, Any]:
    """Plain data and raw tensors that `from_plain` makes the same recipe of."""
    groups = [{"parameters": list(g.parameters), "options": dict(g.options)} for g in recipe.optimizer.groups]
    return {
        "optimizer": {"name": recipe.optimizer.name, "groups": groups},
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "schedule": _schedule(recipe.schedule),
        "transforms": [{"name": t.name, "arguments": dict(t.arguments), "chance": t.chance} for t in recipe.transforms],
        "interpolation": recipe.interpolation,
        "title": recipe.title,
    }


def from_plain(stated: Any) -> Recipe:
    """The recipe that `to_plain` wrote. For what comes from the grader itself; nothing is checked again."""
    groups = tuple(Group(tuple(g["parameters"]), _options(g["options"])) for g in stated["optimizer"]["groups"])
    return Recipe(
        optimizer=Optimizer(stated["optimizer"]["name"], groups),
        epochs=stated["epochs"],
        batch_size=stated["batch_size"],
        schedule=_read_schedule(stated["schedule"]),
        transforms=tuple(Transform(t["name"], t["arguments"], t["chance"]) for t in stated["transforms"]),
        interpolation=stated["interpolation"],
        title=stated["title"],
    )


def _options(options: dict[str, Any]) -> dict[str, Any]:
    # torch wants pairs such as betas as tuples; the wire knows lists.
    return {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}


def _schedule(schedule: Schedule | Plateau | None) -> Any:
    if schedule is None:
        return None
    if isinstance(schedule, Plateau):
        return {"plateau": dict(schedule.settings)}
    return {"name": schedule.name, "rates": _table(schedule.rates), "momenta": _table(schedule.momenta)}


def _read_schedule(stated: Any) -> Schedule | Plateau | None:
    if stated is None:
        return None
    if "plateau" in stated:
        return Plateau(stated["plateau"])
    return Schedule(_rows(stated["rates"]), _rows(stated["momenta"]), stated["name"])


def _table(rows: Sequence[Sequence[float]]) -> RawTensor:
    table = torch.tensor(rows, dtype=torch.float64).reshape(len(rows), -1 if rows else 0)
    return RawTensor("float64", tuple(table.shape), table.numpy().tobytes())


def _rows(table: RawTensor) -> tuple[tuple[float, ...], ...]:
    if not table.data:
        return ()
    values = torch.frombuffer(bytearray(table.data), dtype=torch.float64).reshape(table.shape)
    return tuple(tuple(row) for row in values.tolist())
