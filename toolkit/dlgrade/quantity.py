"""Numbers that remember their unit and report what they were compared with.

A check is plain pytest: ``assert network.parameter_count <= assignment.budget.parameters``. For the report to
say "10,940 parameters, wanted at most 8,000" nothing needs to be written twice: `Count`, `Share` and `Shape`
are an int, a float and a tuple whose comparisons are noted in the log that is open at the time. Outside an
open log they are just numbers. Arithmetic gives plain numbers back.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

__all__ = ["Comparison", "Count", "Shape", "Share", "comparisons", "shape_text", "share_text"]


@dataclass(frozen=True)
class Comparison:
    """One comparison that a check made: both sides in words, and how it came out.

    Attributes:
        short: by how much a share is below the number that it should reach, negative above it; None for anything else.
    """

    measured: str
    wanted: str
    holds: bool
    short: float | None = None


_LOG: ContextVar[list[Comparison] | None] = ContextVar("comparisons", default=None)


@contextlib.contextmanager
def comparisons() -> Iterator[list[Comparison]]:
    """Open a log: comparisons made inside the block are appended to the list, in order."""
    log: list[Comparison] = []
    token = _LOG.set(log)
    try:
        yield log
    finally:
        _LOG.reset(token)


def share_text(value: float) -> str:
    """A share as percent with two decimals: 0.9841 is ``98.41 %``."""
    return f"{100 * value:.2f} %"


def shape_text(shape: tuple[Any, ...]) -> str:
    """A shape of one item with the batch axis in front: (1, 28, 28) is ``(N, 1, 28, 28)``."""
    return "(" + ", ".join(["N", *map(str, shape)]) + ")"


def _plain(value: Any) -> Any:
    return value.plain() if isinstance(value, _Compared) else value


class _Compared:
    """Mixin for a subclass of int, float or tuple: notes every comparison.

    Compared are the plain values, so that a comparison which Python answers from the other side (a whole
    number with a float) is noted too, and once.
    """

    def plain(self) -> Any:
        """The int, float or tuple that it is."""
        raise NotImplementedError

    def _words(self) -> str:
        return repr(self)

    def _other_words(self, other: Any) -> str:
        return repr(other)

    def _short(self, how: str, other: Any) -> float | None:
        return None

    def _noted(self, how: str, other: Any, compare: Callable[[Any, Any], Any]) -> Any:
        holds = compare(self.plain(), _plain(other))
        log = _LOG.get()
        if log is not None:
            wanted = f"{how} {self._other_words(_plain(other))}".strip()
            log.append(Comparison(self._words(), wanted, bool(holds), self._short(how, _plain(other))))
        return holds

    def __le__(self, other: Any) -> Any:
        return self._noted("at most", other, operator.le)

    def __lt__(self, other: Any) -> Any:
        return self._noted("less than", other, operator.lt)

    def __ge__(self, other: Any) -> Any:
        return self._noted("at least", other, operator.ge)

    def __gt__(self, other: Any) -> Any:
        return self._noted("more than", other, operator.gt)

    def __eq__(self, other: object) -> Any:
        return self._noted("", other, operator.eq)

    def __ne__(self, other: object) -> Any:
        return self._noted("not", other, operator.ne)


class Count(_Compared, int):
    """A whole number of something: ``Count(10940, "parameters")``."""

    unit: str

    def __new__(cls, value: int, unit: str = "") -> Count:
        """`unit` is the plural noun that stands behind the number."""
        self = super().__new__(cls, value)
        self.unit = unit
        return self

    __hash__ = int.__hash__

    def plain(self) -> int:
        """The number without its unit."""
        return int(self)

    def _words(self) -> str:
        return f"{int(self):,} {self.unit}".rstrip()

    def _other_words(self, other: Any) -> str:
        if isinstance(other, float) and other.is_integer():
            other = int(other)  # a threshold from YAML is 8000.0
        return f"{other:,}" if isinstance(other, int | float) else repr(other)


class Share(_Compared, float):
    """A share between 0 and 1, shown in percent: an accuracy."""

    __hash__ = float.__hash__

    def plain(self) -> float:
        """The share as a float."""
        return float(self)

    def _short(self, how: str, other: Any) -> float | None:
        reached = how in {"at least", "more than"} and isinstance(other, int | float)
        return float(other) - float(self) if reached else None

    def _words(self) -> str:
        return share_text(self)

    def _other_words(self, other: Any) -> str:
        return share_text(other) if isinstance(other, int | float) else repr(other)


class Shape(_Compared, tuple):  # type: ignore[type-arg]
    """Shape of one item; shown with the batch axis N in front."""

    __hash__ = tuple.__hash__

    def plain(self) -> tuple[Any, ...]:
        """The shape as a tuple."""
        return tuple(self)

    def _words(self) -> str:
        return shape_text(self)

    def _other_words(self, other: Any) -> str:
        return shape_text(other) if isinstance(other, tuple) else repr(other)
