"""How late something is and what that costs.

Days are those of the calendar in the time zone of the deadline: what is due at 23:59 has its first day over at 23:59 of
the next day, also where the clocks were changed between the two. What is shorter than a day is time that passes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from dlgrade.errors import UsageError
from dlgrade.gradebook._nouns import LatePolicy

_DAY = timedelta(days=1)
_LAST = datetime.max.replace(tzinfo=UTC)


def late_by(policy: LatePolicy, handed_in: datetime | None) -> timedelta | None:
    """How late beyond the deadline; None where in time, within the grace or unknown.

    Raises:
        UsageError: the deadline has no time zone.
    """
    if policy.due is None or handed_in is None:
        return None
    due = _due(policy)
    when = handed_in.astimezone(UTC)
    if when <= after(due, policy.grace) and not _cut_off(policy, due, when):
        return None
    late = when - due.astimezone(UTC)
    return late if late > timedelta() else None


def begun_days(policy: LatePolicy, handed_in: datetime | None) -> int:
    """How many days after the grace have begun; 0 where in time or unknown."""
    if policy.due is None or handed_in is None:
        return 0
    when, end = handed_in.astimezone(UTC), _end_of_grace(policy)
    if when <= end:
        return 0
    # A day of the calendar has 23 to 25 hours, and where a zone skipped one none: begin below and look.
    days = max(1, (when - end) // _DAY - 1)
    while when > _end_of_grace(policy, days):
        days += 1
    return days


def penalty(policy: LatePolicy, handed_in: datetime | None, points: float) -> float:
    """What lateness takes off these points, between none and all of them."""
    if policy.due is None or handed_in is None or points <= 0:
        return 0.0
    if _cut_off(policy, _due(policy), handed_in.astimezone(UTC)):
        return points
    # Decimal, so that 10 % of 45 on three days is 13.5 and not 13.499999999999998.
    share = min(_exact(policy.per_day) * begun_days(policy, handed_in), _exact(policy.most), Decimal(1))
    return float(_exact(points) * max(share, Decimal(0)))


def less(points: float, taken: float) -> float:
    """`points` less what was taken, as a person would write it down; never below 0 where points were not."""
    return float(max(_exact(points) - _exact(taken), min(_exact(points), Decimal(0))))


def after(due: datetime, passed: timedelta) -> datetime:
    """This much after the deadline, in UTC: whole days by the calendar of its zone, the rest as time that passes."""
    try:
        # Python's sum is by the clock of the zone; it forgets which of two equal clock times was meant.
        by_calendar = (due + timedelta(days=passed.days)).replace(fold=due.fold)
        return by_calendar.astimezone(UTC) + (passed - timedelta(days=passed.days))
    except OverflowError:
        return _LAST


def _end_of_grace(policy: LatePolicy, days: int = 0) -> datetime:
    return after(_due(policy), policy.grace + timedelta(days=days))


def _cut_off(policy: LatePolicy, due: datetime, when: datetime) -> bool:
    return policy.cut_off is not None and when > after(due, policy.cut_off)


def _due(policy: LatePolicy) -> datetime:
    due = policy.due
    if due is None or due.utcoffset() is None:
        raise UsageError(f"the deadline {due} has no time zone", "Give it one: 23:59 comes at another time elsewhere.")
    return due


def _exact(number: float) -> Decimal:
    return Decimal(repr(float(number)))
