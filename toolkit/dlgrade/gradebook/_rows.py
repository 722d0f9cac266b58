"""Nouns to rows and back."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from dlgrade.errors import MachineError, UsageError
from dlgrade.gradebook._file import DAMAGED
from dlgrade.gradebook._nouns import Attempt, Decision
from dlgrade.gradebook._people import Enrolled
from dlgrade.neutral import neutral

T = TypeVar("T")

ATTEMPT = "number, who, kind, id, seed, started, finished, points, max, results, handed_in, key"
FIRST_ATTEMPT = "number, who, kind, id, seed, started, finished, points, max, results, null, ''"
DECISION = "number, who, id, attempt, criterion, verdict, points, by_whom, why, at"


def of_attempt(attempt: Attempt) -> dict[str, Any]:
    """The row of an attempt, without its number.

    Raises:
        UsageError: the student's id is blank or no text.
        ValueError: a time without time zone, points that are no number.
    """
    if not (math.isfinite(attempt.points) and math.isfinite(attempt.max)):
        raise ValueError(f"points are numbers: {attempt.points} of {attempt.max}")
    if attempt.handed_in is not None:
        has_zone(attempt.handed_in)
    return {
        "who": student(attempt.who),
        "kind": attempt.kind,
        "id": attempt.id,
        "seed": attempt.seed,
        "started": attempt.started.isoformat(),
        "finished": attempt.finished.isoformat(),
        "points": attempt.points,
        "max": attempt.max,
        "results": to_json(attempt.results),
        "handed_in": attempt.handed_in.isoformat() if attempt.handed_in else None,
        "key": attempt.key,
    }


def to_attempt(row: tuple[Any, ...]) -> Attempt:
    """An attempt from the columns `ATTEMPT`."""
    number, who, kind, name, seed, started, finished, points, most, results, handed_in, key = row
    times = datetime.fromisoformat(started), datetime.fromisoformat(finished)
    when = datetime.fromisoformat(handed_in) if handed_in is not None else None
    return Attempt(who, kind, name, seed, *times, points, most, json.loads(results), number, when, key)


def of_decision(decision: Decision) -> dict[str, Any]:
    """The row of a decision, without its number."""
    return {
        "who": decision.who,
        "id": decision.id,
        "attempt": decision.attempt,
        "criterion": decision.criterion,
        "verdict": decision.verdict,
        "points": decision.points,
        "by_whom": decision.by,
        "why": decision.why,
        "at": decision.at.isoformat(),
    }


def to_decision(row: tuple[Any, ...]) -> Decision:
    """A decision from the columns `DECISION`."""
    number, who, name, attempt, criterion, verdict, points, by, why, at = row
    return Decision(who, name, by, why, datetime.fromisoformat(at), attempt, criterion, verdict, points, number)


def to_person(row: tuple[Any, ...]) -> Enrolled:
    """A person from the columns who, name, other."""
    who, name, other = row
    return Enrolled(who, name, json.loads(other))


def decoded(make: Callable[[tuple[Any, ...]], T], row: tuple[Any, ...], path: Path) -> T:
    """What `make` makes of a row.

    Raises:
        MachineError: it holds what was never written there.
    """
    try:
        return make(row)
    except (ValueError, TypeError, RecursionError):
        raise MachineError(f"{path} is damaged: the row of {neutral(str(row[0]))} cannot be read", DAMAGED) from None


def student(who: str) -> str:
    """A student's id as it can be kept.

    Raises:
        UsageError: it is blank or no text.
    """
    if not who.strip():
        raise UsageError("a student's id is blank", "Give every student an id.")
    return text(who, "the student's id")


def text(said: str, what: str) -> str:
    """A text as it can be kept.

    Raises:
        UsageError: bytes that are no text got into it.
    """
    try:
        said.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{what} is not text: {neutral(said)}", "Write it in UTF-8.") from None
    return said


def spelled(name: str) -> str:
    """A name with what is no text in it spelled out: one odd file name must not stop a class."""
    return name.encode(errors="backslashreplace").decode()


def has_zone(moment: datetime) -> None:
    """Times are compared across zones.

    Raises:
        ValueError: it has no time zone.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} has no time zone")


def to_json(plain: Any) -> str:
    """Plain data as text; half a character, which a student can write and SQLite cannot keep, is spelled out."""
    written = json.dumps(plain, ensure_ascii=False, allow_nan=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.dumps(plain, allow_nan=False)
    return written
