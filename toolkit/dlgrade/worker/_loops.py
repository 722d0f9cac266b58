"""Loops in the worker: what a student's function gets where the grader named a model, a loader, an optimiser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from dlgrade.graph import raw, tensor_of
from dlgrade.recipe import OPTIMIZERS
from dlgrade.worker._problems import Problem

Exchange = Callable[[Any], Any]


class Dataset:
    """As much of a data set as a loop needs of it: its length."""

    def __init__(self, samples: int) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return self._samples


class Loader:
    """Looks like a ``DataLoader``; every batch comes from the grader, which counts."""

    def __init__(self, exchange: Exchange, number: int, samples: int, batch_size: int, batches: int) -> None:
        self._exchange, self._number, self._batches = exchange, number, batches
        self.dataset = Dataset(samples)
        self.batch_size = batch_size

    def __len__(self) -> int:
        return self._batches

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        begun = self._asked({"do": "pass"})["number"]
        while "batch" in (given := self._asked({"do": "next", "pass": begun})):
            x, labels = (tensor_of(tensor) for tensor in given["batch"])
            yield x, labels

    def _asked(self, request: dict[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = self._exchange({**request, "number": self._number})
        if "refused" in given:
            raise Problem("budget", given["refused"])
        return given


def given(item: Any, model: nn.Module | None, exchange: Exchange) -> Any:
    """What stands for `item` in the arguments of the student's function."""
    kind = item.get("$given") if isinstance(item, dict) else None
    if kind is None:
        return tensor_of(item) if hasattr(item, "dtype") else item
    if kind == "loader":
        return Loader(exchange, *(item[key] for key in ("number", "samples", "batch_size", "batches")))
    if model is None:
        raise Problem("unsupported", "no network is loaded")
    return model if kind == "model" else optimizer_of(model, item["name"], item["options"])


def optimizer_of(model: nn.Module, name: str, options: dict[str, Any]) -> torch.optim.Optimizer:
    """An optimiser of torch over all parameters of the model."""
    if name not in OPTIMIZERS:
        raise Problem("unsupported", f"torch.optim has no {name}")
    pairs = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    made: torch.optim.Optimizer = getattr(torch.optim, name)(model.parameters(), **pairs)
    return made


def observed_optimizer(model: nn.Module, stated: dict[str, Any]) -> torch.optim.Optimizer:
    """The optimiser of the grader's recipe; a group without names takes all parameters."""
    names = dict(model.named_parameters(remove_duplicate=False))
    taken: dict[nn.Parameter, None] = {}
    groups = []
    for group in stated["groups"]:
        wanted = [names[name] for name in group["parameters"]] or list(model.parameters())
        members = [p for p in dict.fromkeys(wanted) if p not in taken]  # one parameter may have two names
        taken.update(dict.fromkeys(members))
        options = {k: tuple(v) if isinstance(v, list) else v for k, v in group["options"].items()}
        groups.append({"params": members, **options})
    # To the class too: Adagrad fills its sums when it is made, before it looks at the groups.
    first = {key: value for key, value in groups[0].items() if key != "params"}
    made: torch.optim.Optimizer = getattr(torch.optim, stated["name"])(groups, **first)
    return made


def place(model: nn.Module, values: dict[str, Any]) -> None:
    """Put values into the model's parameters and buffers, by name."""
    held = _named(model)
    with torch.no_grad():
        for name, value in values.items():
            if name in held:
                held[name].copy_(tensor_of(value))


def weights(model: nn.Module) -> dict[str, Any]:
    """All parameters and buffers by every name they go by."""
    return {name: raw(tensor) for name, tensor in _named(model).items()}


def _named(model: nn.Module) -> dict[str, torch.Tensor]:
    return {
        **dict(model.named_parameters(remove_duplicate=False)), **dict(model.named_buffers(remove_duplicate=False))
    }  # fmt: skip


def step(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: Any, labels: Any, groups: list[dict[str, Any]]
) -> dict[str, float]:
    """One step of the grader's recipe on the student's own network: mean loss of the batch, right answers."""
    for group, changed in zip(optimizer.param_groups, groups, strict=True):
        group.update({key: tuple(value) if isinstance(value, list) else value for key, value in changed.items()})
    batch, targets = tensor_of(x), tensor_of(labels)
    model.train()
    optimizer.zero_grad(set_to_none=True)
    logits = model(batch)
    loss = nn.functional.cross_entropy(logits, targets)
    if loss.requires_grad:
        loss.backward()
        optimizer.step()
    return {"loss": float(loss.detach()), "right": int((logits.argmax(1) == targets).sum())}
