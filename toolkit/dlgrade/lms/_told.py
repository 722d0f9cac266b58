"""What came of each criterion, in the words of the student's report: nothing that only an instructor may see."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from dlgrade.course import (
    SCHEMA,
    CriterionResult,
    Environment,
    Problem,
    Profile,
    Report,
    SubmissionIdentity,
    Tier,
    Verdict,
)
from dlgrade.errors import UsageError
from dlgrade.gradebook import HELD, Decision, Grade
from dlgrade.neutral import neutral
from dlgrade.report import _words as words

UNDECIDED: frozenset[Verdict] = frozenset({"review", "error", "open"})
"""Verdicts that leave the points open."""


@dataclass(frozen=True)
class Told:
    """One criterion.

    Attributes:
        verdict: as measured, or as a person settled it.
        points: given by now.
        line: what was measured and what was wanted, or the first thing that was found, or what a person decided.
    """

    id: str
    says: str
    verdict: Verdict
    points: float
    max: float
    line: str
    found: tuple[str, ...] = ()
    hint: str = ""
    seconds: float = 0.0

    @property
    def decided(self) -> bool:
        """Whether the points are given or refused, and not waiting."""
        return self.verdict not in UNDECIDED

    @property
    def label(self) -> str:
        """The verdict in words: ``passed``, ``too slow``."""
        return words.MOODS[self.verdict].label

    @property
    def worth(self) -> str:
        """``10/10``, ``-/20`` where nothing is decided."""
        return f"{words.amount(self.points) if self.decided else '-'}/{words.amount(self.max)}"

    @property
    def lines(self) -> tuple[str, ...]:
        """All that is told of what came of it."""
        return tuple(filter(None, (self.line, *self.found, self.hint)))

    @property
    def story(self) -> str:
        """What was asked and what came of it, a line each."""
        return "\n".join(dict.fromkeys(filter(None, (self.says, *self.lines))))


_Number = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True)
class _CriterionForm:
    id: str
    verdict: Verdict
    points: _Number
    max_points: _Number
    says: str = ""
    measured: str = ""
    wanted: str = ""
    found: tuple[str, ...] = ()
    hint: str = ""
    cards: tuple[str, ...] = ()
    seconds: _Number | None = 0.0


@dataclass(frozen=True)
class _ReportForm:
    criteria: tuple[_CriterionForm, ...]
    profile: Profile
    submission: SubmissionIdentity
    assignment: str = ""
    title: str = ""
    seed: int = 0
    device: str = ""
    tier: Tier | None = None
    problem: Problem | None = None
    notes: tuple[str, ...] = ()
    isolation: str = ""


_FORM = TypeAdapter(_ReportForm)


def report_of(plain: Mapping[str, Any]) -> Report:
    """The report as far as it is told: criteria without the instructor's detail, no figures of the training.

    Raises:
        UsageError: it is not a report, or one of another version.
    """
    version = plain.get("schema") if isinstance(plain, Mapping) else None
    if type(version) is int and version != SCHEMA:
        raise UsageError(
            f"the report has version {version} of its form, this dlgrade reads {SCHEMA}",
            "Make it again with dlgrade check --json, or use the dlgrade that made it.",
        )
    try:
        form = _FORM.validate_python(plain)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise UsageError(
            f"this is not a report of dlgrade: {neutral(where)}: {neutral(first['msg'])}",
            "Make one with: dlgrade check ID FILE --json report.json",
        ) from None
    return Report(
        assignment=form.assignment,
        title=form.title,
        submission=form.submission,
        profile=form.profile,
        seed=form.seed,
        criteria=tuple(CriterionResult(**{**vars(one), "seconds": one.seconds or 0.0}) for one in form.criteria),
        environment=Environment("", "", "", "", "", ""),
        device=form.device,
        tier=form.tier,
        problem=Problem(form.problem.what, form.problem.where, form.problem.mend) if form.problem else None,
        notes=form.notes,
        isolation="plain" if form.isolation == "plain" else "",
    )


def report_in(grade: Grade) -> Report | None:
    """The report of the attempt that counts; None where there is none, or none of a form that is read here."""
    if grade.report is None:
        return None
    try:
        return report_of(grade.report)
    except UsageError:
        return None


def told(grade: Grade) -> tuple[Told, ...]:
    """What came of each criterion of the attempt that counts, with what persons settled; empty without a report."""
    report = report_in(grade)
    if report is None:
        return ()
    settled = _settled(grade)
    return tuple(_one(result, report, settled.get(result.id)) for result in report.criteria)


def _settled(grade: Grade) -> dict[str, tuple[Verdict, str]]:
    """The last word on each criterion of the attempt that counts: the verdict and why."""
    number = grade.attempt.number if grade.attempt else None
    last: dict[str, Decision] = {
        one.criterion: one for one in grade.decisions if one.criterion and one.attempt == number
    }
    return {name: (one.verdict, one.why) for name, one in last.items() if one.verdict}


def _one(result: CriterionResult, report: Report, settled: tuple[Verdict, str] | None) -> Told:
    shown = words.tell(result, report, instructor=False)
    if settled is not None and result.verdict in HELD:
        verdict, why = settled
        points = result.max_points if verdict == "passed" else 0.0
        line = f"a person decided: {neutral(why)}"
        return Told(result.id, result.says, verdict, points, result.max_points, line, (), "", result.seconds)
    # Where nothing was measured in a number, the report repeats what was asked.
    line, *found = (shown.line, *shown.found) if shown.line != shown.says else (*shown.found, "")
    return Told(
        result.id, neutral(result.says), result.verdict, result.points, result.max_points, line,
        tuple(filter(None, found)), neutral(shown.hint), result.seconds,
    )  # fmt: skip


def score_line(grade: Grade) -> str:
    """``36 of 50 points``; before late penalty or a person's decision where there was one."""
    if grade.attempt is None and grade.override is None:
        return "nothing was handed in"
    line = f"{words.amount(grade.score)} of {words.amount(grade.max)} points"
    if grade.override is not None:
        return f"{line}, set by a person: {neutral(grade.override.why)}"
    if grade.penalty:
        line += f": {words.amount(grade.settled)} less {words.amount(grade.penalty)} for {lateness(grade.late)}"
    return f"{line}; a person still has to decide on some" if grade.status == "review" else line


def lateness(late: timedelta | None) -> str:
    """``2 days``: how late, counted in begun days, or in hours on the first."""
    if late is None:
        return "lateness"
    hours = math.ceil(late.total_seconds() / 3600)
    if hours <= 24:
        return f"{hours} hour{'' if hours == 1 else 's'} of lateness"
    days = math.ceil(late.total_seconds() / 86400)
    return f"{days} days of lateness"


def problem(grade: Grade) -> tuple[str, ...]:
    """What stopped the work, with its place, and the mend; empty where nothing did."""
    report = report_in(grade)
    if report is None or report.problem is None:
        return ()
    return tuple(filter(None, (words.problem_line(report), neutral(report.problem.mend))))


def notes(grade: Grade) -> tuple[str, ...]:
    """What else a reader must know: what stopped the work, that it was a rehearsal, what held the submission."""
    report = report_in(grade)
    if report is None:
        return ()
    return tuple(filter(None, (*problem(grade), words.rehearsal_line(report), *words.notes_of(report))))


def rehearsal(grade: Grade) -> bool:
    """Whether the attempt that counts was not measured at ``full``, which alone gives the mark."""
    return grade.report is not None and grade.override is None and grade.report.get("profile") != "full"
