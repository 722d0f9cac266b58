"""Late policies from a file: one default, and what differs for an assignment.

Every complaint names file and line and says how to mend it. Times are those of the file's time zone, given once.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Literal, TypeVar

from dlgrade.course import Located, read_yaml, validated
from dlgrade.errors import CourseError
from dlgrade.gradebook._nouns import LatePolicy

T = TypeVar("T")
_NOTHING = LatePolicy()
_NEVER = "never"
_LONGEST = timedelta(days=3660)
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(second|minute|hour|day|week)s?\b[\s,]*(?:and\s+)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]+\d?\d:\d\d(:\d\d)?\s*(Z|[+-]\d\d:\d\d)?\Z")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?\Z")


class Policies(Mapping[str, LatePolicy]):
    """Late policies by assignment: ``policies[id]`` is the default where an assignment is not named.

    Only those that are named are listed, counted and said to be ``in`` it.
    """

    def __init__(self, named: Mapping[str, LatePolicy] | None = None, default: LatePolicy = _NOTHING) -> None:
        """See the class."""
        self._named = dict(named or {})
        self.default = default

    def __getitem__(self, id: str) -> LatePolicy:  # noqa: A002 - as it is called everywhere
        """The policy of an assignment."""
        return self._named.get(id, self.default)

    def __contains__(self, id: object) -> bool:  # noqa: A002
        """Whether it is named."""
        return id in self._named

    def __iter__(self) -> Iterator[str]:
        """Those that are named."""
        return iter(self._named)

    def __len__(self) -> int:
        """How many are named."""
        return len(self._named)


@dataclass(frozen=True)
class _Block:
    due: str | None = None
    grace: str | float | None = None
    per_day: str | float | None = None
    most: str | float | None = None
    cut_off: str | float | None = None
    counts: Literal["best", "last"] | None = None


@dataclass(frozen=True)
class _File:
    time_zone: str | None = None
    default: _Block = field(default_factory=_Block)
    assignments: Mapping[str, _Block] = field(default_factory=dict)


def read_policies(path: Path) -> Policies:
    """The late policies of a file (docs/gradebook.md).

    Raises:
        CourseError: the file is missing or wrong; with file, line and the mend.
    """
    located = read_yaml(path)
    validated(_File, located)
    reader = _Reader(located)
    named = {name: reader.policy(("assignments", name)) for name in located.data.get("assignments", {})}
    return Policies(named, reader.policy(("default",)))


class _Reader:
    """From checked YAML to policies; what a block does not say, the default says."""

    def __init__(self, located: Located) -> None:
        self.located = located
        self.zone = self._zone()

    def policy(self, block: tuple[str, ...]) -> LatePolicy:
        grace = self._value(block, "grace", self._duration, _NOTHING.grace)
        cut_off = self._value(block, "cut_off", self._or_never(self._duration), None)
        if cut_off is not None and cut_off < grace:
            place = self._place(block, "cut_off") or block
            raise self._wrong(place, "the cut-off comes before the grace ends", "Make cut_off longer.")
        return LatePolicy(
            due=self._value(block, "due", self._or_never(self._moment), None),
            grace=grace,
            per_day=self._value(block, "per_day", self._share, _NOTHING.per_day),
            most=self._value(block, "most", self._share, _NOTHING.most),
            cut_off=cut_off,
            counts=self._value(block, "counts", lambda value, _: value, _NOTHING.counts),
        )

    def _value(self, block: tuple[str, ...], key: str, read: Callable[[Any, tuple[str, ...]], T], otherwise: T) -> T:
        place = self._place(block, key)
        if place is None:
            return otherwise
        value: Any = self.located.data
        for step in place:
            value = value[step]
        if value is None:
            raise self._wrong(place, f"'{key}' is empty", "Give it a value, or leave the line out.")
        return read(value, place)

    def _place(self, block: tuple[str, ...], key: str) -> tuple[str, ...] | None:
        """Where the value stands: in the block, else in the default."""
        for place in (block, ("default",)):
            found: Any = self.located.data
            for step in place:
                found = found.get(step, {})
            if key in found:
                return (*place, key)
        return None

    def _wrong(self, place: tuple[str, ...], what: str, mend: str = "") -> CourseError:
        return CourseError(self.located.where(place), what, mend)

    def _zone(self) -> tzinfo | None:
        name = self.located.data.get("time_zone")
        if name is None:
            return None
        try:
            return zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            known = zoneinfo.available_timezones()
            if not known:
                mend = "This machine has no table of time zones: pip install tzdata"
            else:
                mend = f"Did you mean {_nearest_zone(name, known)}?"
            raise self._wrong(("time_zone",), f"there is no time zone '{name}'", mend) from None

    def _moment(self, value: Any, place: tuple[str, ...]) -> datetime:
        text = str(value).strip()
        if _DATE.match(text):
            mend = f"Add the time of day, such as {text} 23:59."
            raise self._wrong(place, f"'due' is a date without a time: {text}", mend)
        try:
            if not _MOMENT.match(text):
                raise ValueError
            moment = datetime.fromisoformat(re.sub(r"[T ]+(\d:)", r" 0\1", re.sub(r"\s+(?=[Z+-])", "", text)))
        except ValueError:
            raise self._wrong(place, f"'due' is no date with a time: {text}", "Write it as 2026-11-30 23:59.") from None
        if moment.tzinfo is not None:
            return moment
        if self.zone is None:
            mend = "Say once for the file: time_zone: Europe/Berlin"
            raise self._wrong(place, f"{text} comes at another time elsewhere, and no time zone is given", mend)
        local = moment.replace(tzinfo=self.zone)
        if local.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != moment:
            mend = "The clocks are put forward over it; write an hour later."
            raise self._wrong(place, f"{text} does not exist in {self.zone}", mend)
        later = local.replace(fold=1)  # of a time that comes twice
        return later if later.utcoffset() != local.utcoffset() else local

    def _duration(self, value: Any, place: tuple[str, ...]) -> timedelta:
        text = str(value).strip().lower()
        parts = _DURATION.findall(text)
        if value != 0 and (not parts or _DURATION.sub("", text) or isinstance(value, bool)):
            mend = "Write it as 15 minutes, 2 days or 1 day 12 hours."
            raise self._wrong(place, f"'{place[-1]}' is no length of time: {value}", mend)
        length = timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
        if length > _LONGEST:
            raise self._wrong(place, f"'{place[-1]}' is longer than ten years", f"Write {_NEVER} where none is meant.")
        return length

    def _or_never(self, read: Callable[[Any, tuple[str, ...]], T]) -> Callable[[Any, tuple[str, ...]], T | None]:
        return lambda value, place: None if value == _NEVER else read(value, place)

    def _share(self, value: Any, place: tuple[str, ...]) -> float:
        text = str(value).strip()
        percent = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", text)
        share = float(percent[1]) / 100 if percent else value
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            mend = (
                f"Write {value:g} %." if isinstance(value, int | float) and 1 < value <= 100 else "Write 10 % or 0.1."
            )
            raise self._wrong(place, f"'{place[-1]}' is no share: {value}", mend)
        return float(share)


def _nearest_zone(name: str, known: set[str]) -> str:
    """By the city first: `Berlin` for Europe/Berlin."""
    city = name.rpartition("/")[2].replace(" ", "_").lower()
    same = sorted(zone for zone in known if zone.rpartition("/")[2].lower() == city)
    near = same or difflib.get_close_matches(name, sorted(known), n=1) or ["Europe/Berlin"]
    return near[0]
