"""The learning curve: two small drawings, since a wide one is unreadable on a phone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dlgrade.course import EpochFigures
from dlgrade.report.drawing import TEST, TRAIN, WANTED, blank, style, svg

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FEW = 20  # points that can still be told apart


@style()
def accuracy_curve(curve: tuple[EpochFigures, ...], wanted: list[float]) -> Markup:
    """Accuracy per epoch on test and training images, in percent, with the accuracies that were wanted."""
    test = [100 * point.test_accuracy for point in curve]
    train = [100 * point.train_accuracy for point in curve]
    figure, axes = _figure("Accuracy, %")
    _lines(axes, curve, test, train)
    for share in wanted:
        label = f"wanted {100 * share:g} %"
        axes.axhline(100 * share, color=WANTED, linestyle=":", linewidth=1.6, label=label)
    # The training line may come in from below: what is judged is the test line, and it gets the room.
    lowest = min((value for value in [*test, *(100 * share for share in wanted)] if math.isfinite(value)), default=0)
    axes.set_ylim(max(0.0, lowest - 0.1 * (100 - lowest) - 0.2), 100.2)
    axes.legend(loc="lower right")
    return svg(figure, "accuracy", f"Accuracy per epoch; test images: {_told(test, '{:.2f} %')}.")


@style()
def loss_curve(curve: tuple[EpochFigures, ...]) -> Markup:
    """Loss per epoch on test and training images."""
    test = [point.test_loss for point in curve]
    train = [point.train_loss for point in curve]
    figure, axes = _figure("Loss")
    _lines(axes, curve, test, train)
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper right")
    return svg(figure, "loss", f"Loss per epoch; test images: {_told(test, '{:.3f}')}.")


def _figure(title: str) -> tuple[Figure, Axes]:
    from matplotlib.ticker import MaxNLocator

    figure, axes = blank(title, "epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    return figure, axes


def _lines(axes: Axes, curve: tuple[EpochFigures, ...], test: list[float], train: list[float]) -> None:
    epochs = [point.epoch for point in curve]
    marker = "o" if len(epochs) <= _FEW else ""
    axes.plot(epochs, _drawable(test), color=TEST, marker=marker, markersize=4, label="test")
    axes.plot(epochs, _drawable(train), color=TRAIN, linestyle="--", label="training")


def _drawable(values: list[float]) -> list[float]:
    """Values with a gap where a loss became infinite, which no axis can hold."""
    return [value if math.isfinite(value) else math.nan for value in values]


def _told(values: list[float], form: str) -> str:
    first, last = (form.format(v) if math.isfinite(v) else "no number" for v in (values[0], values[-1]))
    return f"{first} after the first epoch, {last} after the last"
