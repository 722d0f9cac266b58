"""What can go wrong on the student's side, and what may be given to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dlgrade.course import Problem, Verdict

Isolation = Literal["auto", "required", "plain"]

MODEL: Mapping[str, str] = {"$given": "model"}
"""Stands in the arguments of `Student.run` for the network that was carried last, as the student built it."""


class StudentError(Exception):
    """The student's side could not do what was asked.

    Attributes:
        verdict: ``crashed``, ``timeout``, ``failed`` or ``review``.
        kind: ``stub``, ``missing``, ``crashed``, ``not_carried``, ``too_large``, ``timeout``, ``memory``,
            ``disagrees``, ``budget`` (a loop wanted more than it may) or ``overtime`` (it took longer than its
            batches explain).
        problem: what happened, in the student's terms.
    """

    def __init__(self, verdict: Verdict, kind: str, problem: Problem) -> None:
        """See the attributes."""
        super().__init__(problem.what)
        self.verdict: Verdict = verdict
        self.kind = kind
        self.problem = problem


@dataclass(frozen=True)
class Patience:
    """Seconds of wall time that a question may take, and what the worker may use in all.

    `training` and `training_bytes` are for one training, wherever it runs.
    """

    load: float = 20.0
    call: float = 10.0
    network: float = 60.0
    memory_bytes: int = 4 << 30
    life: float = 600.0
    training: float = 6 * 3600.0
    training_bytes: int = 8 << 30


@dataclass(frozen=True)
class Optimizer:
    """Stands in the arguments of `Student.run` for an optimiser of ``torch.optim`` over the model's parameters."""

    name: str = "SGD"
    options: Mapping[str, Any] = field(default_factory=lambda: {"lr": 0.01})

    def plain(self) -> dict[str, Any]:
        """As it travels."""
        return {"$given": "optimizer", "name": self.name, "options": dict(self.options)}
