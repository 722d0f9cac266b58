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
    from collections.abc import Iterator

    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["GRID", "INK", "TEST", "TRAIN", "WANTED", "blank", "style", "svg"]

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
