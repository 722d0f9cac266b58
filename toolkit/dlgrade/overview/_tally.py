"""A class in numbers: how many of what, how the points spread, which criteria fail, what comes up again and again."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dlgrade.gradebook import HELD
from dlgrade.overview._work import Work
from dlgrade.report.page import MOODS, Mood

_UNDECIDED = (*HELD, "open")
# To a student what comes later waits; in a class it is told from what waits for a person.
_MOODS = {**MOODS, "blocked": replace(MOODS["blocked"], label="blocked")}
_BINS = 10


@dataclass(frozen=True)
class Headline:
    """How many there are of each, and what they have; ``mean`` and ``median`` are None where nothing was handed in.

    Attributes:
        handed_in: everyone with an attempt; ``graded`` and ``review`` add up to it where nobody's grade was set by a
            person without one.
        stopped: whose code crashed or took too long somewhere.
    """

    people: int
    handed_in: int
    graded: int
    review: int
    missing: int
    late: int
    stopped: int
    max: float
    mean: float | None
    median: float | None


@dataclass(frozen=True)
class Bin:
    """Scores from ``low`` on and below ``high``, in words, and how many have them; ``outside``: none that was meant."""

    low: float
    high: float
    says: str
    count: int
    outside: bool = False


@dataclass(frozen=True)
class Tally:
    """What came of one criterion in the whole class.

    Attributes:
        verdicts: how many of each, in the order of `MOODS`, none with zero.
        decided: submissions whose verdict stands; ``rate``: share of them that passed, None where there are none.
        settled: how many verdicts a person gave.
    """

    id: str
    says: str
    verdicts: tuple[tuple[Mood, int], ...]
    passed: int
    decided: int
    settled: int

    @property
    def rate(self) -> float | None:
        """Share of the decided that passed."""
        return self.passed / self.decided if self.decided else None


def headline(works: Sequence[Work]) -> Headline:
    """The numbers at the top."""
    handed_in = [one for one in works if one.grade.attempt is not None]
    status = Counter(one.grade.status for one in works)
    scores = [one.grade.score for one in works if one.grade.status != "missing"]
    return Headline(
        people=len(works),
        handed_in=len(handed_in),
        graded=status["graded"],
        review=status["review"],
        missing=status["missing"],
        late=sum(one.late is not None for one in works),
        stopped=sum(bool(one.stopped) for one in works),
        max=max((one.grade.max for one in works), default=0.0),
        mean=statistics.fmean(scores) if scores else None,
        median=statistics.median(scores) if scores else None,
    )


def distribution(scores: Sequence[float], most: float) -> tuple[Bin, ...]:
    """Ten equal stretches from nothing to all points; what lies outside of them has a stretch of its own."""
    if not scores:
        return ()
    width = most / _BINS if most > 0 else 1.0
    edges = [*(width * step for step in range(_BINS)), most] if most > 0 else [0.0, 1.0]
    bins = []
    for low, high in pairwise(edges):
        last = high == edges[-1]
        says = f"{low:g} to {high:g}" if last else f"{low:g} to under {high:g}"
        bins.append(Bin(low, high, says, sum(low <= one < high or (last and one == high) for one in scores)))
    under, over = sum(one < 0 for one in scores), sum(one > edges[-1] for one in scores)
    if under:
        bins.insert(0, Bin(-width, 0.0, "below 0", under, outside=True))
    if over:
        bins.append(Bin(edges[-1], edges[-1] + width, f"over {edges[-1]:g}", over, outside=True))
    return tuple(bins)


def criteria(works: Iterable[Work]) -> tuple[Tally, ...]:
    """Every criterion, the one that fewest pass first; those that nobody's verdict stands for come last."""
    verdicts: dict[str, Counter[str]] = {}
    says: dict[str, str] = {}
    settled: Counter[str] = Counter()
    for work in works:
        for one in work.criteria:
            verdicts.setdefault(one.id, Counter())[one.verdict] += 1
            says.setdefault(one.id, one.says)
            settled[one.id] += one.settled
    tallies = [_tally(name, says[name], counted, settled[name]) for name, counted in verdicts.items()]
    return tuple(sorted(tallies, key=lambda one: math.inf if one.rate is None else one.rate))


def _tally(name: str, says: str, counted: Counter[str], settled: int) -> Tally:
    told = tuple((mood, counted[verdict]) for verdict, mood in _MOODS.items() if counted[verdict])
    undecided = sum(counted[verdict] for verdict in _UNDECIDED)
    return Tally(name, says, told, counted["passed"], counted.total() - undecided, settled)


def beliefs(works: Iterable[Work]) -> tuple[tuple[str, int], ...]:
    """Misconceptions that answers betray, and how many students hold each; the most frequent first."""
    return _ranked(Counter(text for work in works for text in {t for one in work.criteria for t in one.beliefs}))


def cards(works: Iterable[Work]) -> tuple[tuple[str, int], ...]:
    """Cards that students are sent to, and how many of them; the most frequent first."""
    return _ranked(Counter(card for work in works for card in {c for one in work.criteria for c in one.cards}))


def _ranked(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
