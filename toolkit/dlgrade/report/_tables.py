"""The tables and pictures of the page: rows with everything worked out, the template only lays out."""

from __future__ import annotations

import base64
import io
import math
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from dlgrade.course import Layer, Mistake, NetworkSummary, Report
from dlgrade.report._words import MOODS, Mood

if TYPE_CHECKING:
    from collections.abc import Iterator

Matrix = tuple[tuple[int, ...], ...]

_MOST_LAYERS = 400
_MOST_CLASSES = 30  # a larger table cannot be read; its worst pairs still can
_MOST_PAIRS = 5
_MOST_MISTAKES = 60
_MOST_PIXELS = 512 * 512
_DARKEST = 0.55  # of a shade: numbers on it keep their contrast in both themes
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


@dataclass(frozen=True)
class Segment:
    """A stretch of the bar of points: its share of all points in percent."""

    mood: Mood
    share: float


@dataclass(frozen=True)
class LayerRow:
    """A layer and its share of all parameters in percent."""

    layer: Layer
    share: float


@dataclass(frozen=True)
class Cell:
    """A number of the confusion matrix and how dark it stands on the page, 0 to 1."""

    number: int
    shade: float
    right: bool


@dataclass(frozen=True)
class ConfusionRow:
    """All test images of one true label; ``share`` of them were recognised."""

    label: int
    cells: tuple[Cell, ...]
    total: int
    share: float


@dataclass(frozen=True)
class Tile:
    """A misclassified image; ``source`` is empty where the report holds no pixels."""

    mistake: Mistake
    source: str


def points_bar(report: Report) -> list[Segment]:
    """One stretch per criterion, as wide as its points."""
    total = report.max_score
    if not total > 0:
        return []
    return [Segment(MOODS[result.verdict], round(100 * result.max_points / total, 3)) for result in report.criteria]


def layer_rows(network: NetworkSummary) -> tuple[list[LayerRow], int]:
    """The rows of the layer table, and how many layers are left out of it."""
    total = max(network.parameters, 1)
    rows = [LayerRow(layer, 100 * layer.parameters / total) for layer in network.layers[:_MOST_LAYERS]]
    return rows, len(network.layers) - len(rows)


def wanted_accuracies(report: Report) -> list[float]:
    """The thresholds of criteria on accuracy, as shares.

    A result carries its threshold only as text, so the percentage is read from there; criteria on other
    things have none.
    """
    found = (_PERCENT.search(result.wanted) for result in report.criteria if result.id.startswith("accuracy"))
    return sorted({float(match[1]) / 100 for match in found if match})


def confusion_rows(confusion: Matrix) -> list[ConfusionRow]:
    """The rows of the matrix, right answers and wrong ones shaded each on their own scale."""
    if not 0 < len(confusion) <= _MOST_CLASSES:
        return []
    most_right = max(1, *(row[label] for label, row in enumerate(confusion)))
    most_wrong = max((times for _, _, times in _confused(confusion)), default=1)
    rows = []
    for label, row in enumerate(confusion):
        cells = tuple(
            # The root keeps a pair that was confused once visible beside one confused a hundred times.
            Cell(
                number,
                _DARKEST * math.sqrt(number / (most_right if label == other else most_wrong)),
                label == other,
            )
            for other, number in enumerate(row)
        )
        total = sum(row)
        rows.append(ConfusionRow(label, cells, total, row[label] / total if total else math.nan))
    return rows


def worst_pairs(confusion: Matrix) -> list[str]:
    """``4 taken for 9: 12 times``, the most frequent first."""
    confused = sorted(_confused(confusion), key=lambda pair: (-pair[2], pair[:2]))
    return [
        f"{label} taken for {other}: {'once' if times == 1 else f'{times:,} times'}"
        for label, other, times in islice(confused, _MOST_PAIRS)
    ]


def mistake_tiles(mistakes: tuple[Mistake, ...]) -> list[Tile]:
    """The misclassified images in the order of the report."""
    return [Tile(mistake, _png(mistake)) for mistake in mistakes[:_MOST_MISTAKES]]


def _confused(confusion: Matrix) -> Iterator[tuple[int, int, int]]:
    for label, row in enumerate(confusion):
        for other, times in enumerate(row):
            if label != other and times > 0:
                yield label, other, times


def _png(mistake: Mistake) -> str:
    """The pixels as a ``data:`` address."""
    height, width = mistake.shape
    if not 0 < height * width <= _MOST_PIXELS or len(mistake.pixels) != height * width:
        return ""
    from PIL import Image

    buffer = io.BytesIO()
    Image.frombytes("L", (width, height), mistake.pixels).save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
