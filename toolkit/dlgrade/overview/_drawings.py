"""The drawings of a class: how the points spread, and accuracy against parameters.

No text of a student's goes in here: only numbers, and names that are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlgrade.overview._tally import Bin
from dlgrade.report.drawing import GRID, TEST, WANTED, WIDE, blank, legend, marks, parameters, style, svg

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Dot:
    """One network: its profile decides the shape of its mark.

    Attributes:
        front: whether it is on the Pareto front; ``label`` is written beside it, empty for nothing.
    """

    parameters: int
    accuracy: float
    profile: str
    front: bool = False
    label: str = ""


@style()
def histogram(bins: Sequence[Bin]) -> Markup:
    """How many have how many points."""
    from matplotlib.ticker import MaxNLocator

    figure, axes = blank("Students", "points", WIDE)
    axes.bar([place + 0.5 for place in range(len(bins))], [one.count for one in bins], width=0.92, color=TEST)
    for place, one in enumerate(bins):
        if one.count:
            said = f"{one.count:,}\n{one.says}" if one.outside else f"{one.count:,}"
            axes.annotate(said, (place + 0.5, one.count), ha="center", va="bottom", xytext=(0, 2),
                          textcoords="offset points")  # fmt: skip
    # The edges are named once, between the bars.
    edges = [*(f"{one.low:g}" for one in bins), f"{bins[-1].high:g}"]
    edges[0] = "" if bins[0].outside else edges[0]
    edges[-1] = "" if bins[-1].outside else edges[-1]
    axes.set_xticks(range(len(edges)), edges)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axes.set_ylim(0, 1.2 * max(1, *(one.count for one in bins)))
    told = "; ".join(f"{one.says}: {one.count}" for one in bins)
    return svg(figure, "points", f"Students by points. {told}.")


@style()
def scatter(dots: Sequence[Dot], allowed: int | None, *, what: str = "Accuracy on the test images, %") -> Markup:
    """Accuracy against parameters, with the Pareto front where dots are on one.

    Args:
        allowed: parameters that the assignment allows, None where it sets no limit.
        what: the accuracy that is shown, in words.
    """
    figure, axes = blank(what, "parameters", WIDE)
    points = [(dot.parameters, 100 * dot.accuracy, dot.profile) for dot in dots]
    marks(axes, points, alpha=0.75, markeredgewidth=0)
    front = sorted((dot for dot in dots if dot.front), key=lambda dot: (dot.parameters, dot.accuracy))
    if front:
        # A step: between two networks of the front nothing better than the smaller one is known.
        axes.plot([dot.parameters for dot in front], [100 * dot.accuracy for dot in front], color=WANTED,
                  drawstyle="steps-post", marker="o", markersize=10, markerfacecolor="none", linewidth=1.4,
                  label="Pareto front")  # fmt: skip
    for dot in dots:
        if dot.label:
            axes.annotate(dot.label, (dot.parameters, 100 * dot.accuracy), xytext=(0, 8), ha="center",
                          textcoords="offset points", fontsize=9)  # fmt: skip
    _sides(axes, [dot.parameters for dot in dots], [100 * dot.accuracy for dot in dots], allowed)
    legend(axes)
    return svg(figure, "networks", f"{what} against parameters of {_networks(len(dots))}{_told(front)}.")


def _sides(axes: Axes, across: list[int], up: list[float], allowed: int | None) -> None:
    parameters(axes, [*across, *([allowed] if allowed else [])])
    if allowed:
        axes.axvline(allowed, color=WANTED, linestyle=":", linewidth=1.6, label=f"budget {allowed:,}")
    room = 0.12 * (max(up) - min(up)) or 0.5
    axes.set_ylim(max(0.0, min(up) - room), min(100.0 + room / 2, max(up) + 1.5 * room))
    axes.grid(axis="x", linewidth=0.8, color=GRID)


def _networks(number: int) -> str:
    return "1 network" if number == 1 else f"{number:,} networks"


def _told(front: Sequence[Dot]) -> str:
    if not front:
        return ""
    listed = ", ".join(f"{dot.parameters:,} parameters with {100 * dot.accuracy:.2f} %" for dot in front)
    return f"; on the Pareto front: {listed}"
