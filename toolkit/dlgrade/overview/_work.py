"""One student's grade and the figures of its report, read once and tolerantly: a report may be an older one's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dlgrade.gradebook import HELD, Grade

STOPPED = ("timeout", "crashed")
"""The verdicts of code that did not come to its end."""

_TAKEN = ("failed", *STOPPED)  # the verdicts whose cards a student is sent to
_BELIEF = "your answers are those of the belief: "


@dataclass(frozen=True)
class Checked:
    """One criterion of one submission.

    Attributes:
        verdict: as measured, or as a person settled it.
        settled: whether a person did.
        cards: those to review, empty where it passed.
        beliefs: misconceptions that the answers betray, in words.
    """

    id: str
    says: str
    verdict: str
    settled: bool
    seconds: float
    cards: tuple[str, ...]
    beliefs: tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """What one student has, ready to be counted, sorted and shown; None for whatever the report does not hold.

    Attributes:
        grade: where it comes from.
        criteria: in the order of the report.
        held: ids of the criteria that wait for a person.
        problem: what stopped the work, with its place, in one line.
        seconds: time of all criteria, the training among them; ``training_seconds``: the training's own.
        accuracy: on all test images after the last epoch; ``public``, ``private``: on two fixed halves of them.
        allowed: parameters that the assignment allows.
        structure: the network's fingerprint; ``source``: the hash of the source.
    """

    grade: Grade
    criteria: tuple[Checked, ...] = ()
    held: tuple[str, ...] = ()
    profile: str = ""
    seed: int | None = None
    tier: str = ""
    problem: str = ""
    seconds: float = 0.0
    training_seconds: float | None = None
    parameters: int | None = None
    allowed: int | None = None
    epochs: int | None = None
    accuracy: float | None = None
    public: float | None = None
    private: float | None = None
    structure: str = ""
    source: str = ""
    grader: str = ""
    processor: str = ""

    @property
    def who(self) -> str:
        """The student's id."""
        return self.grade.who

    @property
    def late(self) -> timedelta | None:
        """How late it was, None where it was in time."""
        late = self.grade.late
        return late if late is not None and late > timedelta() else None

    @property
    def stopped(self) -> tuple[Checked, ...]:
        """The criteria at which the student's code crashed or took too long."""
        return tuple(one for one in self.criteria if one.verdict in STOPPED)


def works(grades: Iterable[Grade]) -> tuple[Work, ...]:
    """All of them, by student."""
    return tuple(work(grade) for grade in sorted(grades, key=lambda grade: grade.who))


def work(grade: Grade) -> Work:
    """What the report of a grade says."""
    report = grade.report
    if grade.attempt is None or not isinstance(report, Mapping):
        return Work(grade)
    criteria = tuple(_criteria(grade, report))
    network, training = _part(report, "network"), _part(report, "training")
    structure = _text(network.get("fingerprint")) or _text(grade.attempt.results.get("fingerprint"))
    return Work(
        grade,
        criteria=criteria,
        held=() if grade.override is not None else tuple(one.id for one in criteria if one.verdict in HELD),
        profile=_text(report.get("profile")),
        seed=_whole(report.get("seed")),
        tier=_text(report.get("tier")),
        problem=_problem(_part(report, "problem")),
        seconds=sum(one.seconds for one in criteria),
        training_seconds=_number(training.get("seconds")),
        parameters=_whole(network.get("parameters")),
        allowed=_whole(_part(report, "budget").get("parameters")),
        epochs=_whole(training.get("epochs")),
        accuracy=_final(training),
        public=_share(training.get("public_accuracy")),
        private=_share(training.get("private_accuracy")),
        structure=structure,
        source=_text(_part(report, "submission").get("sha256")),
        grader=_text(_part(report, "environment").get("grader_sha256")),
        processor=_text(_part(report, "environment").get("processor")),
    )


def _criteria(grade: Grade, report: Mapping[str, Any]) -> Iterator[Checked]:
    number = grade.attempt.number if grade.attempt is not None else None
    settled = {
        one.criterion: one.verdict
        for one in grade.decisions
        if one.criterion and one.verdict and one.attempt == number and number is not None
    }
    for one in _listed(report.get("criteria")):
        if not isinstance(one, Mapping) or not _text(one.get("id")):
            continue
        name, measured = _text(one.get("id")), _text(one.get("verdict"))
        verdict = settled.get(name, measured) if measured in HELD else measured
        taken = verdict in _TAKEN
        found = [line for line in _listed(one.get("found")) if isinstance(line, str)]
        yield Checked(
            name,
            _text(one.get("says")),
            verdict,
            verdict != measured,
            _number(one.get("seconds")) or 0.0,
            tuple(card for card in _listed(one.get("cards")) if isinstance(card, str)) if taken else (),
            tuple(line.removeprefix(_BELIEF) for line in found if line.startswith(_BELIEF)) if taken else (),
        )


def _problem(problem: Mapping[str, Any]) -> str:
    where, what = _text(problem.get("where")), _text(problem.get("what"))
    return f"{where}: {what}" if where and what else what


def _final(training: Mapping[str, Any]) -> float | None:
    """The accuracy after the last epoch."""
    curve = _listed(training.get("curve"))
    return _share(curve[-1].get("test_accuracy")) if curve and isinstance(curve[-1], Mapping) else None


def _part(report: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = report.get(key)
    return found if isinstance(found, Mapping) else {}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    sound = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if sound else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _share(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 <= number <= 1 else None
