"""Figures of questions and cards: a few lines of drawing code become an SVG.

Promises: the same code, words and values give the same bytes; text stays text; the drawing has a pale ground of
its own, so that it is legible on light and dark pages, and says its `alt` to those who do not see it; nothing of it
reaches beyond it when it stands in a page. matplotlib is imported when the first figure is drawn, and never asks
for a display.

Does not confine the code: it is the course's own and runs in this process.
"""

from dlgrade.figures._draw import draw
from dlgrade.figures._error import FigureError

__all__ = ["FigureError", "draw"]
