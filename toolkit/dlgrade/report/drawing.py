"""Drawings as inline SVG: text stays text, and the page's theme chooses the colours.

matplotlib draws in placeholder colours that become CSS variables afterwards; that is how one drawing is
legible on light paper, on a dark screen and in print.
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["GRID", "INK", "TEST", "TRAIN", "WANTED", "WIDE", "blank", "legend", "marks", "parameters", "style", "svg"]

INK, TEST, TRAIN, WANTED, GRID = "#010101", "#020202", "#030303", "#040404", "#050505"
"""What is drawn in these takes the page's colour of that name."""

_COLOURS = {
    INK: "currentColor",
    TEST: "var(--test)",
    TRAIN: "var(--train)",
    WANTED: "var(--good)",
    GRID: "var(--line)",
}
_RC: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dlgrade",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": GRID,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}
_SIZE = (5.0, 3.1)
WIDE = (7.6, 3.6)
"""Inches of a drawing that takes a page's width alone."""
_FAR = 12.0  # largest over smallest number of parameters from which on a linear axis would hide the small ones
_MARKS = {"full": ("o", TEST), "quick": ("^", TRAIN)}
_OTHER = ("s", INK)


@contextmanager
def style() -> Iterator[None]:
    """Our style from matplotlib's own defaults, whatever the user's matplotlibrc says."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        yield


def blank(title: str, across: str, size: tuple[float, float] = _SIZE) -> tuple[Figure, Axes]:
    """An empty drawing of that size in inches, its axes with a title and a name for what goes across."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="tight")
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.set_xlabel(across)
    axes.grid(axis="y", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    return figure, axes


def marks(axes: Axes, points: Sequence[tuple[int, float, str]], **how: Any) -> None:
    """One mark per network, given as its parameters, accuracy in % and profile, which decides shape and colour."""
    for profile in dict.fromkeys(profile for _, _, profile in points):
        marker, colour = _MARKS.get(profile, _OTHER)
        some = [(across, up) for across, up, of in points if of == profile]
        axes.plot([across for across, _ in some], [up for _, up in some], linestyle="", marker=marker, markersize=6,
                  color=colour, label=profile, **how)  # fmt: skip


def parameters(axes: Axes, known: Sequence[int]) -> None:
    """Puts numbers of parameters across, logarithmically where the largest is far from the smallest."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    if max(known) > _FAR * max(1, min(known)) and min(known) > 0:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        room = 0.08 * (max(known) - min(known)) or 0.1 * max(known) or 1.0
        axes.set_xlim(max(0.0, min(known) - room), max(known) + room)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def legend(axes: Axes) -> None:
    """Says what the marks mean, on the line of the title: inside it would cover somebody's mark."""
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.98), ncols=4, borderaxespad=0.0, columnspacing=1.2)


def svg(figure: Figure, name: str, told: str) -> Markup:
    """The drawing as an element of a page.

    Args:
        name: begins the ids of its parts, so that several drawings can stand on one page.
        told: what a reader hears who does not see it.
    """
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
    # All drawings count their parts from 1, and an id must be unique on a page.
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'(?:xlink:)?href="#', f'href="#{name}-', body).replace("url(#", f"url(#{name}-")
    for placeholder, colour in _COLOURS.items():
        body = body.replace(placeholder, colour)
    head = f'<svg class="curve" role="img" aria-label="{escape(told)}" {view[0] if view else ""}>'
    return Markup(head + body.strip())  # noqa: S704 - drawn from numbers and our own words
