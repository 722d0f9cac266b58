"""Run the code of a figure and write what it drew as SVG."""

from __future__ import annotations

import hashlib
import io
import re
import traceback
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from dlgrade.figures._error import FigureError
from dlgrade.figures._style import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAME = "<figure>"
_SIZE = (5.0, 3.1)  # inches
_PIXELS = 96 / 72  # of a screen, for each point
_FONT = re.compile(r"font-family: [^;\"]*")


def draw(code: str, alt: str, values: Mapping[str, Any] | None = None) -> str:
    """The figure that `code` draws on ``axes``, as an SVG element.

    Args:
        alt: what the figure shows, in words.
        values: further names that the code may use.

    Raises:
        FigureError: the code fails, or draws nothing.
    """
    key = hashlib.sha256("\0".join([code, alt, repr(sorted((values or {}).items()))]).encode()).hexdigest()
    with style():
        figure = _drawn(code, dict(values or {}))
        buffer = io.StringIO()
        # Without the four fields no metadata is written at all, and with it no date.
        nothing = dict.fromkeys(["Creator", "Date", "Format", "Type"])
        try:
            figure.savefig(buffer, format="svg", metadata=nothing)
        except Exception as error:  # text that is no mathtext fails only here
            raise FigureError(f"the figure cannot be written: {_first_line(error)}") from None
    return _element(buffer.getvalue(), alt, f"figure-{key[:8]}-")


def _drawn(code: str, values: dict[str, Any]) -> Figure:
    import numpy
    from matplotlib.figure import Figure

    from dlgrade.figures._drawings import Drawings

    figure = Figure(figsize=_SIZE, layout="tight")
    axes = figure.add_subplot()
    names = {"__name__": _NAME, "axes": axes, "np": numpy, **Drawings(axes, values).names(), **values}
    try:
        exec(compile(code, _NAME, "exec"), names)  # noqa: S102 - the course's own code, see the package's promise
    except SyntaxError as error:
        raise FigureError(f"the figure's code is not Python: {error.msg}", line=error.lineno) from None
    except FigureError as error:
        raise FigureError(error.what, error.mend, _line(error)) from None
    except (Exception, SystemExit) as error:
        raise FigureError(f"the figure's code fails: {_first_line(error)}", line=_line(error)) from None
    if not any(one.has_data() or one.texts or one.patches for one in figure.axes):
        raise FigureError("the figure's code draws nothing on `axes`")
    return figure


def _line(error: BaseException) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _NAME]
    return lines[-1] if lines else None


def _first_line(error: BaseException) -> str:
    said = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _element(drawing: str, alt: str, prefix: str) -> str:
    """The drawing as one element that can stand alone, or beside others in a page."""
    start = drawing.index("<svg")  # XML declaration and doctype have no place inside HTML
    body = drawing[drawing.index(">", start) + 1 :]
    view = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawing)
    width, height = (float(side) for side in view.groups()) if view else _SIZE
    # A style element inside SVG holds for the whole page; its one rule becomes attributes of the root.
    body = re.sub(r"\s*<defs>\s*<style.*?</style>\s*</defs>", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{prefix}', body)
    body = re.sub(r'xlink:href="#', f'href="#{prefix}', body).replace("url(#", f"url(#{prefix}")
    body = _FONT.sub("font-family: sans-serif", body)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width * _PIXELS:.0f}" '
        f'height="{height * _PIXELS:.0f}" role="img" aria-label="{escape(alt)}" class="figure" '
        'style="max-width: 100%; height: auto" stroke-linejoin="round" stroke-linecap="butt">'
    )
    return f"{head}<title>{escape(alt, quote=False)}</title>{body.strip()}\n"
