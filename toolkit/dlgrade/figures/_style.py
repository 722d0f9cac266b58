"""How figures look: dark ink on a pale ground of their own, and a few colours that are told apart by dashes too."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

INK, SOFT, LINE, GROUND = "#1d2129", "#565d69", "#dedbd3", "#fbfaf7"
COLOURS = ("#2557a7", "#b25a12", "#1a6b3c", "#8a2f8f", "#a32420", "#565d69")
_RC: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dlgrade",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "figure.facecolor": GROUND,
    "axes.facecolor": GROUND,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "grid.color": LINE,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
}


@contextmanager
def style() -> Iterator[None]:
    """Our style from matplotlib's own defaults, whatever the user's matplotlibrc says."""
    import matplotlib
    from cycler import cycler

    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        matplotlib.rcParams["axes.prop_cycle"] = cycler(color=list(COLOURS))
        yield
