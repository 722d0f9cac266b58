"""The drawings that the code of a figure may call, each on the axes of that figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dlgrade.errors import DlgradeError
from dlgrade.figures._error import FigureError
from dlgrade.figures._style import COLOURS, GROUND, INK, LINE, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DASHES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 1)))
_PALE = "#dbe5f4"
_MOST_NODES = 10  # of a layer, before it is drawn with a gap
_POINTS = 401
_IN_A_ROW = 4  # boxes


@dataclass(frozen=True)
class Drawings:
    """The drawings, bound to one figure."""

    axes: Axes
    values: Mapping[str, Any]

    def names(self) -> dict[str, Callable[..., None]]:
        """Each drawing by the name that the code calls."""
        return {
            "network": self.network,
            "curves": self.curves,
            "receptive_field": self.receptive_field,
            "function": self.function,
            "feature_map": self.feature_map,
            "blocks": self.blocks,
        }

    def network(self, sizes: Sequence[int], labels: bool = False) -> None:
        """A feed-forward network, layer by layer, with every edge."""
        if len(sizes) < 2 or any(not isinstance(size, int) or size < 1 for size in sizes):
            raise FigureError("network() wants the sizes of two layers or more", "Write network([3, 4, 2]).")
        places = [[(column * 1.6, y) for y in _column(size)] for column, size in enumerate(sizes)]
        for left, right in pairwise(places):
            for begin in left:
                for end in right:
                    self.axes.plot(*zip(begin, end, strict=True), color=SOFT, linewidth=0.8, alpha=0.6, zorder=1)
        for column, (size, layer) in enumerate(zip(sizes, places, strict=True)):
            colour = COLOURS[0 if column == 0 else 2 if column == len(sizes) - 1 else 1]
            xs, ys = zip(*layer, strict=True)
            self.axes.scatter(xs, ys, s=190, color=colour, edgecolor=INK, linewidth=0.8, zorder=2)
            if size > _MOST_NODES:
                self.axes.text(column * 1.6, 0, "⋮", ha="center", va="center", size=16)
        if labels:
            self._captions(sizes, min(y for layer in places for _, y in layer) - 0.75)
        self._bare(margin=0.12, equal=False)

    def _captions(self, sizes: Sequence[int], y: float) -> None:
        last = len(sizes) - 1
        for column, size in enumerate(sizes):
            role = "input" if column == 0 else "output" if column == last else "hidden"
            plural = "s" if role != "hidden" and size != 1 else ""
            self.axes.text(column * 1.6, y, f"{size:,} {role}{plural}", ha="center", va="top", color=INK)

    def curves(self, series: Mapping[str, Sequence[float]], ylabel: str = "") -> None:
        """Learning curves over the epochs, named at their ends."""
        from matplotlib.ticker import MaxNLocator

        longest = max(map(len, series.values()), default=0)
        if not longest:
            raise FigureError("curves() wants a mapping of names to lists of numbers")
        for i, (name, values) in enumerate(series.items()):
            self._line(i, range(1, len(values) + 1), values, name, marker="o" if longest <= 12 else "")
        self.axes.set_xlabel("epoch")
        self.axes.set_ylabel(ylabel)
        self.axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        self._ground()
        self._named(series)

    def function(self, expressions: str | Mapping[str, str], low: float = -4, high: float = 4) -> None:
        """The graph of an expression in x, or of several by their names."""
        from dlgrade.expressions import evaluate

        if not low < high:
            raise FigureError(f"function() cannot draw from {low:g} to {high:g}")
        several = isinstance(expressions, Mapping)
        named = dict(expressions) if isinstance(expressions, Mapping) else {"": expressions}
        places = [low + (high - low) * i / (_POINTS - 1) for i in range(_POINTS)]
        for i, (name, expression) in enumerate(named.items()):
            values, reason = [], None
            for place in places:
                try:
                    values.append(float(evaluate(expression, {**self.values, "x": place})))
                except (DlgradeError, TypeError, ValueError) as error:
                    values.append(float("nan"))  # a gap, as log has one left of 0
                    reason = error
            if reason is not None and all(value != value for value in values):
                raise FigureError(getattr(reason, "what", str(reason)), getattr(reason, "mend", ""))
            self._line(i, places, values, name)
        self.axes.axhline(0, color=SOFT, linewidth=0.8, zorder=1)
        if low <= 0 <= high:
            self.axes.axvline(0, color=SOFT, linewidth=0.8, zorder=1)
        self.axes.set_xlabel("x")
        self._ground()
        if several:
            self._named(named)

    def receptive_field(self, kernels: Sequence[int], strides: Sequence[int] | None = None) -> None:
        """Which inputs one output sees, layer by layer, in one dimension."""
        steps = list(strides) if strides is not None else [1] * len(kernels)
        if not kernels or len(steps) != len(kernels) or min(*kernels, *steps, 1) < 1:
            raise FigureError("receptive_field() wants as many strides as kernels, all 1 or more")
        rows = _seen(list(kernels), steps)
        for level, row in enumerate(rows):
            for place, seen in row.cells:
                self._cell(place, level, seen)
            name = "input" if level == 0 else f"layer {level}"
            self.axes.text(rows[0].left - 0.9, level, name, ha="right", va="center")
            self.axes.text(
                rows[0].right + 0.9, level, _told(row.count, level, len(rows)), ha="left", va="center", color=SOFT
            )
        for level, (below, above) in enumerate(pairwise(rows)):
            for begin, end in ((below.first, above.first), (below.last, above.last)):
                self.axes.plot([begin, end], [level + 0.36, level + 0.64], color=COLOURS[0], linewidth=1.2, zorder=1)
        self.axes.set_ylim(-0.7, len(rows) - 0.3)
        self._bare(margin=0.02, equal=False)

    def _cell(self, place: float, level: float, seen: bool) -> None:
        from matplotlib.patches import Rectangle

        face, edge = (_PALE, COLOURS[0]) if seen else (GROUND, LINE)
        self.axes.add_patch(
            Rectangle((place - 0.42, level - 0.3), 0.84, 0.6, facecolor=face, edgecolor=edge, linewidth=1.2, zorder=2)
        )

    def feature_map(self, rows: Sequence[Sequence[float]], title: str = "") -> None:
        """A small map with its numbers in the cells."""
        if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
            raise FigureError("feature_map() wants rows of equal length", "Write feature_map([[1, 2], [3, 4]]).")
        from matplotlib.colors import LinearSegmentedColormap

        tint = LinearSegmentedColormap.from_list("tint", [GROUND, "#9dbbe4"])
        self.axes.pcolormesh(rows, cmap=tint, edgecolor=SOFT, linewidth=1)
        for y, row in enumerate(rows):
            for x, value in enumerate(row):
                self.axes.text(x + 0.5, y + 0.5, f"{value:g}", ha="center", va="center", color=INK, size=12)
        self.axes.invert_yaxis()
        self.axes.set_title(title, loc="center")
        self._high(0.62 * max(len(rows), len(rows[0]) * len(rows) / 8) + (0.6 if title else 0.3))
        self._bare(margin=0.01, equal=True)

    def blocks(self, names: Sequence[str]) -> None:
        """A chain of named boxes, in rows that are read like lines of text."""
        if not names or isinstance(names, str):
            raise FigureError("blocks() wants a list of names", 'Write blocks(["conv 3x3", "ReLU"]).')
        count = len(names)
        longest = max(len(str(name)) for name in names)
        in_a_row = min(count, max(1, min(_IN_A_ROW, 44 // (longest + 3))))
        lines = -(-count // in_a_row)
        in_a_row = -(-count // lines)  # rows of about the same length
        wide = max(1.0, longest * 0.12 + 0.3)
        step = wide + 0.45
        for i, name in enumerate(names):
            x, y = i % in_a_row * step, -(i // in_a_row) * 1.0
            self._box(x, y, wide, str(name))
            if i + 1 < count:
                self._arrow(x, y, wide, step, turn=(i + 1) % in_a_row == 0, back=(in_a_row - 1) * step)
        self.axes.set_xlim(-wide / 2 - 0.2, (in_a_row - 1) * step + wide / 2 + 0.2)
        self.axes.set_ylim(-(lines - 1) * 1.0 - 0.6, 0.6)
        self._high(0.5 + 0.75 * lines)
        self._bare(margin=None, equal=False)

    def _box(self, x: float, y: float, wide: float, name: str) -> None:
        from matplotlib.patches import FancyBboxPatch

        self.axes.add_patch(
            FancyBboxPatch(
                (x - wide / 2, y - 0.26), wide, 0.52, boxstyle="round,pad=0,rounding_size=0.08",
                facecolor=_PALE, edgecolor=COLOURS[0], linewidth=1.2, zorder=2,
            )
        )  # fmt: skip
        self.axes.text(x, y, name, ha="center", va="center", zorder=3)

    def _arrow(self, x: float, y: float, wide: float, step: float, *, turn: bool, back: float) -> None:
        arrow = {"arrowstyle": "-|>", "color": SOFT, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
        if not turn:
            self.axes.annotate("", (x + step - wide / 2, y), (x + wide / 2, y), arrowprops=arrow)
            return
        below = y - 0.5
        self.axes.plot([x, x, x - back], [y - 0.26, below, below], color=SOFT, linewidth=1.2, zorder=1)
        self.axes.annotate("", (x - back, y - 0.74), (x - back, below + 0.01), arrowprops=arrow)

    def _line(self, i: int, x: Sequence[float], y: Sequence[float], name: str, marker: str = "") -> None:
        style = _DASHES[i % len(_DASHES)]
        self.axes.plot(x, y, color=COLOURS[i % len(COLOURS)], linestyle=style, marker=marker, markersize=4, label=name)

    def _ground(self) -> None:
        self.axes.grid(axis="y", linewidth=0.8)
        self.axes.tick_params(length=0)

    def _named(self, names: Mapping[str, object]) -> None:
        """The names of the lines above them, where no line can be."""
        columns = len(names) if sum(len(name) + 6 for name in names) < 38 else 2
        self.axes.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1.01),
            ncols=columns,
            borderaxespad=0,
            handlelength=2.4,
            columnspacing=1.4,
        )

    def _high(self, inches: float) -> None:
        figure = self.axes.get_figure(root=True)
        if figure is not None:
            figure.set_figheight(min(max(inches, 1.0), 6.0))

    def _bare(self, *, margin: float | None, equal: bool) -> None:
        """Without axes and ticks."""
        self.axes.set_axis_off()
        if margin is not None:
            self.axes.margins(margin)
        if equal:
            self.axes.set_aspect("equal")


def _column(size: int) -> list[float]:
    """The heights of a layer's nodes, around 0; of a large layer those at both ends."""
    if size <= _MOST_NODES:
        return [(size - 1) / 2 - i for i in range(size)]
    half = 3
    return [half + 0.5 - i for i in range(half)] + [-(half + 0.5) + i for i in range(half)][::-1]


def _told(count: int, level: int, levels: int) -> str:
    if level == levels - 1:
        return "1 output"
    return f"{count} {'input' if level == 0 else 'place'}{'s' if count > 1 else ''}"


@dataclass(frozen=True)
class _Row:
    """The cells of one layer: their places in the input, and whether the output sees them."""

    cells: tuple[tuple[float, bool], ...]
    count: int

    @property
    def first(self) -> float:
        return next(place for place, seen in self.cells if seen)

    @property
    def last(self) -> float:
        return next(place for place, seen in reversed(self.cells) if seen)

    @property
    def left(self) -> float:
        return self.cells[0][0]

    @property
    def right(self) -> float:
        return self.cells[-1][0]


def _seen(kernels: list[int], strides: list[int]) -> list[_Row]:
    """From the input up, the cells that the one output on top sees, and a neighbour on each side."""
    counts = [1]
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        counts.append((counts[-1] - 1) * stride + kernel)
    counts.reverse()
    jumps = [1]
    for stride in strides:
        jumps.append(jumps[-1] * stride)
    rows = []
    for level, (count, jump) in enumerate(zip(counts, jumps, strict=True)):
        around = 1 if level < len(kernels) else 0
        places = [((i - (count - 1) / 2) * jump, 0 <= i < count) for i in range(-around, count + around)]
        rows.append(_Row(tuple(places), count))
    widest = rows[0].right
    return [_Row(tuple(cell for cell in row.cells if cell[1] or abs(cell[0]) <= widest), row.count) for row in rows]
