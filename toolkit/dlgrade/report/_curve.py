"""The learning curve as inline SVG: text stays text, and the page's theme chooses the colours.

matplotlib draws in placeholder colours that become CSS variables afterwards; that is how one drawing is
legible on light paper, on a dark screen and in print. Two small drawings, since a
wide one is unreadable on a phone.
"""

from __future__ import annotations

import io
import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dlgrade.course import EpochFigures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _TEST, _TRAIN, _WANTED, _GRID = "#010101", "#020202", "#030303", "#040404", "#050505"
_COLOURS = {
    _INK: "currentColor",
    _TEST: "var(--test)",
    _TRAIN: "var(--train)",
    _WANTED: "var(--good)",
    _GRID: "var(--line)",
}
_RC: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dlgrade",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _GRID,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _GRID,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}
_SIZE = (5.0, 3.1)
_FEW = 20  # points that can still be told apart


@contextmanager
def _style() -> Iterator[None]:
    """Our style from matplotlib's own defaults, whatever the user's matplotlibrc says."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        yield


@_style()
def accuracy_curve(curve: tuple[EpochFigures, ...], wanted: list[float]) -> Markup:
    """Accuracy per epoch on test and training images, in percent, with the accuracies that were wanted."""
    test = [100 * point.test_accuracy for point in curve]
    train = [100 * point.train_accuracy for point in curve]
    figure, axes = _figure("Accuracy, %")
    _lines(axes, curve, test, train)
    for share in wanted:
        label = f"wanted {100 * share:g} %"
        axes.axhline(100 * share, color=_WANTED, linestyle=":", linewidth=1.6, label=label)
    # The training line may come in from below: what is judged is the test line, and it gets the room.
    lowest = min((value for value in [*test, *(100 * share for share in wanted)] if math.isfinite(value)), default=0)
    axes.set_ylim(max(0.0, lowest - 0.1 * (100 - lowest) - 0.2), 100.2)
    axes.legend(loc="lower right")
    return _svg(figure, "accuracy", f"Accuracy per epoch; test images: {_told(test, '{:.2f} %')}.")


@_style()
def loss_curve(curve: tuple[EpochFigures, ...]) -> Markup:
    """Loss per epoch on test and training images."""
    test = [point.test_loss for point in curve]
    train = [point.train_loss for point in curve]
    figure, axes = _figure("Loss")
    _lines(axes, curve, test, train)
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper right")
    return _svg(figure, "loss", f"Loss per epoch; test images: {_told(test, '{:.3f}')}.")


def _figure(title: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=_SIZE, layout="tight")
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(axis="y", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    return figure, axes


def _lines(axes: Axes, curve: tuple[EpochFigures, ...], test: list[float], train: list[float]) -> None:
    epochs = [point.epoch for point in curve]
    marker = "o" if len(epochs) <= _FEW else ""
    axes.plot(epochs, _drawable(test), color=_TEST, marker=marker, markersize=4, label="test")
    axes.plot(epochs, _drawable(train), color=_TRAIN, linestyle="--", label="training")


def _drawable(values: list[float]) -> list[float]:
    """Values with a gap where a loss became infinite, which no axis can hold."""
    return [value if math.isfinite(value) else math.nan for value in values]


def _told(values: list[float], form: str) -> str:
    first, last = (form.format(v) if math.isfinite(v) else "no number" for v in (values[0], values[-1]))
    return f"{first} after the first epoch, {last} after the last"


def _svg(figure: Figure, name: str, told: str) -> Markup:
    from markupsafe import Markup, escape

    buffer = io.StringIO()
    # Without the four fields no metadata is written at all, and with it no date.
    nothing = dict.fromkeys(["Creator", "Date", "Format", "Type"])
    figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    drawing = buffer.getvalue()
    drawing = drawing[drawing.index("<svg") :]  # XML declaration and doctype have no place inside HTML
    view = re.search(r'viewBox="[^"]*"', drawing)
    body = drawing[drawing.index(">") + 1 :]
    # A style element inside SVG holds for the whole page; the page's own sheet says the same for curves only.
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    # Both drawings count their parts from 1, and an id must be unique on a page.
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'(?:xlink:)?href="#', f'href="#{name}-', body).replace("url(#", f"url(#{name}-")
    for placeholder, colour in _COLOURS.items():
        body = body.replace(placeholder, colour)
    head = f'<svg class="curve" role="img" aria-label="{escape(told)}" {view[0] if view else ""}>'
    return Markup(head + body.strip())  # noqa: S704 - drawn from numbers and our own words
