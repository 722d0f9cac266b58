"""Whether a decision can be taken: it is signed, what it speaks of is there, and was not measured."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from dlgrade.errors import UsageError
from dlgrade.gradebook._held import criteria_of, must_be_held, signed
from dlgrade.gradebook._nouns import Decision
from dlgrade.gradebook._rows import has_zone, text
from dlgrade.neutral import neutral

if TYPE_CHECKING:
    from dlgrade.gradebook._store import Gradebook


def checked(book: Gradebook, decision: Decision) -> Decision:
    """The decision as it is kept.

    Raises:
        UsageError: see `Gradebook.decide`.
    """
    by, why = signed(decision.by, decision.why)
    has_zone(decision.at)
    sound = dataclasses.replace(decision, by=text(by, "the name"), why=text(why, "the reason"))
    book.must_know(sound.who)
    if sound.criterion or sound.attempt is not None:
        _settles(book, sound)
    else:
        _sets(book, sound)
    return sound


def _settles(book: Gradebook, decision: Decision) -> None:
    """A decision on one criterion of one attempt."""
    if decision.verdict not in {"passed", "failed"} or decision.points is not None or not decision.criterion:
        raise UsageError("a criterion is settled as passed or failed", "Points are set for the whole grade.")
    theirs = {one.number: one for one in book.attempts(decision.who, "assignment", decision.id)}
    attempt = theirs.get(decision.attempt)
    if attempt is None:
        numbers = ", ".join(map(str, theirs))
        what = f"{neutral(decision.who)} has no attempt {decision.attempt} at {neutral(decision.id)}"
        raise UsageError(what, f"There are: {numbers}." if theirs else "There is none yet.")
    if "report" not in attempt.results:
        raise UsageError(f"attempt {attempt.number} has no report with criteria", "Set the whole grade instead.")
    must_be_held(criteria_of(attempt.results["report"]), decision.criterion)


def _sets(book: Gradebook, decision: Decision) -> None:
    """A decision on the whole grade."""
    if decision.verdict:
        raise UsageError("the whole grade is set in points", "Name a criterion to settle it.")
    if decision.points is None:
        earlier = [one for one in book.decisions(decision.who, decision.id) if not one.criterion]
        if not earlier or earlier[-1].points is None:
            what = f"the grade of {neutral(decision.who)} in {neutral(decision.id)} was not set by a person"
            raise UsageError(what, "There is nothing to release.")
    elif not math.isfinite(decision.points) or decision.points < 0:
        raise UsageError(f"{decision.points:g} are no points", "Give a number of 0 or more.")
