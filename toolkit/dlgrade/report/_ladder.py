"""The ladder of the course: a student's own steps so far, parameters against accuracy.

A step is read from the JSON form of its report; what has not that form is no step. Rehearsals and marks stand side by
side and are told apart, since a rehearsal trains on fewer images.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlgrade.report.drawing import GRID, WANTED, WIDE, blank, legend, marks, parameters, style, svg

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True)
class Step:
    """One step of the course as it was last measured.

    Attributes:
        accuracy: on the test images after the last epoch; None where nothing was trained.
        gap: training accuracy minus test accuracy after that epoch.
        field: the largest receptive field of a layer, in pixels.
    """

    assignment: str
    title: str
    parameters: int
    accuracy: float | None
    gap: float | None
    field: int | None
    profile: str
    now: bool = False


def step_of(plain: Mapping[str, Any], *, now: bool = False) -> Step | None:
    """The step that a report in its JSON form is about; None where it counted no network or has another form."""
    try:
        return _read(plain, now)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def _read(plain: Mapping[str, Any], now: bool) -> Step:
    training = plain.get("training") or {}
    curve = training.get("curve") or []
    accuracy = float(curve[-1]["test_accuracy"]) if curve else None
    fields = [layer["receptive_field"] for layer in plain["network"]["layers"] if layer.get("receptive_field")]
    step = Step(
        assignment=str(plain["assignment"]), title=str(plain["title"]),
        parameters=int(plain["network"]["parameters"]), accuracy=accuracy,
        gap=float(curve[-1]["train_accuracy"]) - float(curve[-1]["test_accuracy"]) if curve else None,
        field=max((int(one) for one in fields), default=None), profile=str(plain["profile"]), now=now,
    )  # fmt: skip
    for number in (step.parameters, step.accuracy or 0.0, step.gap or 0.0):
        if not math.isfinite(number):
            raise ValueError(number)
    return step


@style()
def ladder(steps: Sequence[Step]) -> Markup | None:
    """Accuracy against parameters of the steps that were trained; None for fewer than two, which show no way."""
    trained = [step for step in steps if step.accuracy is not None and step.parameters > 0]
    if len(trained) < 2:
        return None
    across, up = [step.parameters for step in trained], [100 * (step.accuracy or 0.0) for step in trained]
    figure, axes = blank("Accuracy on the test images, %", "parameters", WIDE)
    axes.plot(across, up, color=GRID, linewidth=1.4, zorder=1)
    marks(axes, [(x, y, step.profile) for step, x, y in zip(trained, across, up, strict=True)])
    for step, x, y in zip(trained, across, up, strict=True):
        if step.now:
            axes.plot([x], [y], linestyle="", marker="o", markersize=12, markerfacecolor="none", color=WANTED,
                      label="this run")  # fmt: skip
        axes.annotate(step.assignment, (x, y), xytext=(0, 9), ha="center", textcoords="offset points", fontsize=9)
    parameters(axes, across)
    axes.margins(x=0.12, y=0.2)
    legend(axes)
    told = "; ".join(
        f"{step.assignment}: {x:,} parameters, {y:.2f} % ({step.profile})"
        for step, x, y in zip(trained, across, up, strict=True)
    )
    return svg(figure, "ladder", f"Accuracy against parameters, step by step. {told}.")
