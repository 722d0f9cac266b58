"""What the gradebook keeps and what is read out of it; frozen, without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Kind = Literal["quiz", "assignment"]


@dataclass(frozen=True)
class Attempt:
    """One finished attempt.

    Attributes:
        who: a student, or `ME`.
        id: of the quiz or assignment.
        points, max: what was earned as measured, and what could be. Never altered.
        results: per question or criterion, and per objective; plain data that JSON can hold. For a quiz:
            ``questions`` [{``id``, ``objective``, ``points``, ``max``, ``misconceptions``, ``cards``, ``answer``}],
            ``objectives`` {key: {``says``, ``points``, ``max``}}, ``cards`` [all cards to review, each once]. For an
            assignment: ``report``, the report's JSON form (docs/report-schema.md) with the instructor's details, and
            ``fingerprint``, the network's, where there is one.
        number: given by the gradebook, rising; None before the attempt is added.
        handed_in: when the student handed it in, where that is known.
        key: hash of all that the result depends on (submission, graders, environment, profile, seed); the same key
            need not be graded again. Empty for a quiz.
    """

    who: str
    kind: Kind
    id: str
    seed: int
    started: datetime
    finished: datetime
    points: float
    max: float
    results: Mapping[str, Any] = field(default_factory=dict)
    number: int | None = None
    handed_in: datetime | None = None
    key: str = ""


@dataclass(frozen=True)
class Decision:
    """What a person decided, beside what was measured; the last one on the same matter counts.

    Attributes:
        criterion: the criterion of `attempt` that is settled (``verdict`` says how); empty where the whole grade of a
            student in an assignment is set to ``points``, or released again with ``points`` None.
        attempt: number of the attempt whose criterion is settled; None where the whole grade is set.
        by, why, at: who decided, for what reason, when. Neither text is blank.
    """

    who: str
    id: str
    by: str
    why: str
    at: datetime
    attempt: int | None = None
    criterion: str = ""
    verdict: Literal["passed", "failed", ""] = ""
    points: float | None = None
    number: int | None = None


@dataclass(frozen=True)
class LatePolicy:
    """What lateness costs, applied when grades are read; nothing that was measured changes.

    Attributes:
        due: until when it counts as in time, with a time zone; None: nothing is late.
        grace: this much later is still in time.
        per_day: share of the points *earned* that each begun day after that takes off, such as 0.1.
        most: share of them that lateness takes off at most, such as 0.5.
        cut_off: this long after `due` it earns nothing; None: never.
        counts: which attempt counts, the ``best`` (after lateness) or the ``last``.
    """

    due: datetime | None = None
    grace: timedelta = timedelta()
    per_day: float = 0.0
    most: float = 1.0
    cut_off: timedelta | None = None
    counts: Literal["best", "last"] = "best"


@dataclass(frozen=True)
class Grade:
    """What one student has in one assignment: what was measured, what persons decided, what lateness cost.

    Attributes:
        name: the student's name where it is known, else empty.
        status: ``graded``; ``review``: a criterion waits for a person, points may still come; ``missing``: nothing was
            handed in.
        raw: points of the attempt that counts, as measured.
        settled: with the criteria that a person settled.
        penalty: points that lateness takes off.
        score: what counts: the points a person set, else `settled` minus `penalty`.
        max: points of all criteria; of the assignment where nothing was handed in.
        late: how late beyond `due`, None where in time or unknown.
        attempt: the attempt that counts; None where nothing was handed in.
        attempts: how many there are.
        override: the decision that set the whole grade, where one stands.
        decisions: all decisions on this student's work in this assignment, oldest first.
    """

    who: str
    id: str
    status: Literal["graded", "review", "missing"]
    raw: float
    settled: float
    penalty: float
    score: float
    max: float
    name: str = ""
    late: timedelta | None = None
    attempt: Attempt | None = None
    attempts: int = 0
    override: Decision | None = None
    decisions: tuple[Decision, ...] = ()

    @property
    def report(self) -> Mapping[str, Any] | None:
        """The report's JSON form of the attempt that counts, with the instructor's details; None without one."""
        found: Mapping[str, Any] | None = self.attempt.results.get("report") if self.attempt is not None else None
        return found
