"""Times as nbgrader and Gradescope write them.

nbgrader writes ``timestamp.txt`` with ``%Y-%m-%d %H:%M:%S.%f %Z``, so that the zone is a name or, where the course says
so, a number; where there is none it reads UTC. Gradescope's export is written by Ruby: nine digits after the second and
`` Z``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

__all__ = ["moment"]

_FORM = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?\s*([A-Za-z][\w/+-]{0,40}|[+-]\d\d:?\d\d)?")
# Abbreviations that the time zone data base does not have; the rest of the world's are ambiguous.
_HOURS = {"EDT": -4, "CST": -6, "CDT": -5, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10}
_ZERO = frozenset({"", "Z", "UTC", "GMT"})


def moment(text: str) -> datetime | None:
    """The time with its zone; None where the text is none, or of a zone that is not known."""
    found = _FORM.fullmatch(text.strip()[:100])
    if found is None:
        return None
    day, clock, fraction, zone = found[1], found[2], (found[3] or ".0")[:7], found[4] or ""
    try:
        naive = datetime.fromisoformat(f"{day} {clock}{fraction:0<7}")
        return _in_zone(naive, zone)
    except (ValueError, OverflowError):
        return None


def _in_zone(naive: datetime, zone: str) -> datetime | None:
    if zone.upper() in _ZERO:
        return naive.replace(tzinfo=UTC)
    if zone[0] in "+-":
        return datetime.fromisoformat(f"{naive.isoformat()}{zone}")
    if zone in _HOURS:
        return naive.replace(tzinfo=timezone(timedelta(hours=_HOURS[zone]), zone))
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return naive.replace(tzinfo=ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
