"""What reports, quizzes and cards say of each topic, which metrics of the course are met, and what to do next.

Promises: counts only what was measured on this machine; a metric is met by criteria that have passed for good (where
a threshold depends on the profile, by ``--profile full``). Topics are the tracks of the course, the objectives of the
quizzes that were taken, and the decks that criteria and questions lead to. Does not know what Anki knows: of cards it
says which of them something wrong leads to.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dlgrade.course import Course
from dlgrade.study._known import Known, proven, standing
from dlgrade.study._outline import Outline

SCHEMA = 1
"""Version of the JSON form; changes when a key is renamed, removed or changes its meaning."""


@dataclass(frozen=True)
class TrackState:
    """A track: assignments done, criteria passed and points, each of how many; `rehearsed`: done below ``full``."""

    id: str
    says: str
    done: int
    assignments: int
    passed: int
    criteria: int
    points: float
    max: float
    rehearsed: int = 0


@dataclass(frozen=True)
class ObjectiveState:
    """An objective of a quiz, as the last attempt left it."""

    id: str
    says: str
    points: float
    max: float


@dataclass(frozen=True)
class QuizState:
    """A quiz; `taken` or not, `answered` counts what is kept of an unfinished sitting."""

    id: str
    title: str
    taken: bool
    points: float = 0.0
    max: float = 0.0
    answered: int = 0
    objectives: tuple[ObjectiveState, ...] = ()


@dataclass(frozen=True)
class DeckState:
    """A deck, by what leads to its cards.

    Attributes:
        passed, criteria: criteria that passed, of those that were measured and lead here.
        points, max: of the questions that were asked last and lead here.
        review: cards that something wrong leads to.
    """

    id: str
    title: str
    passed: int = 0
    criteria: int = 0
    points: float = 0.0
    max: float = 0.0
    review: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricState:
    """A metric; `missing` names the criteria, as ``assignment/criterion``, that have not passed for good."""

    says: str
    met: bool
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """All of it."""

    course: str
    tracks: tuple[TrackState, ...]
    quizzes: tuple[QuizState, ...]
    decks: tuple[DeckState, ...]
    metrics: tuple[MetricState, ...]

    def to_json(self, next_says: str, next_command: str) -> dict[str, Any]:
        """Plain data, as docs/study.md describes it."""
        plain = dataclasses.asdict(self)
        return {"schema": SCHEMA, **plain, "next": {"says": next_says, "command": next_command}}


def progress(course: Course, lines: Outline, known: Known) -> Progress:
    """How far the learner of this machine is."""
    return Progress(
        course=course.title,
        tracks=tuple(_tracks(course, known)),
        quizzes=tuple(_quizzes(lines, known)),
        decks=_decks(course, lines, known),
        metrics=tuple(_metrics(course, known)),
    )


def _tracks(course: Course, known: Known) -> Iterator[TrackState]:
    for name, says in course.tracks.items():
        ours = [one for one in course.assignments if one.track == name]
        stands = [standing(one, known.reports.get(one.id)) for one in ours]
        passed = [
            criterion.points
            for one in ours
            if (report := known.reports.get(one.id))
            for criterion in one.criteria
            if report.verdicts.get(criterion.id) == "passed"
        ]
        yield TrackState(
            name, says, sum(stand.state == "done" for stand in stands), len(ours), len(passed),
            sum(len(one.criteria) for one in ours), sum(passed), sum(one.points for one in ours),
            sum(stand.rehearsed for stand in stands),
        )  # fmt: skip


def _quizzes(lines: Outline, known: Known) -> Iterator[QuizState]:
    for bank in lines.banks:
        attempt, kept = known.attempts.get(bank.id), known.drafts.get(bank.id, 0)
        if attempt is None:
            yield QuizState(bank.id, bank.title, False, answered=kept)
            continue
        objectives = tuple(
            ObjectiveState(key, str(row["says"]), float(row["points"]), float(row["max"]))
            for key, row in attempt.results.get("objectives", {}).items()
        )
        yield QuizState(bank.id, bank.title, True, attempt.points, attempt.max, kept, objectives)


@dataclass
class _Tally:
    passed: int = 0
    criteria: int = 0
    points: float = 0.0
    max: float = 0.0
    review: dict[str, None] = field(default_factory=dict)


def _decks(course: Course, lines: Outline, known: Known) -> tuple[DeckState, ...]:
    """The decks that something measured or asked leads to, in the order of the course."""
    home = {card: deck.id for deck in lines.decks for card in deck.cards}
    tallies = {deck.id: _Tally() for deck in lines.decks}
    _count_criteria(course, known, home, tallies)
    _count_questions(lines, known, home, tallies)
    return tuple(
        DeckState(deck.id, deck.title, one.passed, one.criteria, one.points, one.max, tuple(one.review))
        for deck in lines.decks
        if (one := tallies[deck.id]).criteria or one.max or one.review
    )


def _count_criteria(course: Course, known: Known, home: Mapping[str, str], tallies: Mapping[str, _Tally]) -> None:
    for assignment in course.assignments:
        report = known.reports.get(assignment.id)
        for criterion in assignment.criteria if report else ():
            assert report is not None  # noqa: S101 - else there is nothing to go through
            verdict = report.verdicts.get(criterion.id)
            if verdict not in {"passed", "failed", "timeout", "crashed"}:
                continue
            for name in {home[card] for card in criterion.cards if card in home}:
                tallies[name].criteria += 1
                tallies[name].passed += verdict == "passed"
            if verdict != "passed":
                for card in report.cards.get(criterion.id) or criterion.cards:
                    if card in home:
                        tallies[home[card]].review[card] = None


def _count_questions(lines: Outline, known: Known, home: Mapping[str, str], tallies: Mapping[str, _Tally]) -> None:
    leads = {question.id: question.cards for question in lines.questions}
    for attempt in known.attempts.values():
        for row in attempt.results.get("questions", ()):
            question = "/".join(str(row["id"]).split("/")[:2])  # without the number of the draw
            for name in {home[card] for card in leads.get(question, ()) if card in home}:
                tallies[name].points += row["points"]
                tallies[name].max += row["max"]
            for card in row.get("cards", ()):
                if card in home:
                    tallies[home[card]].review[card] = None


def _metrics(course: Course, known: Known) -> Iterator[MetricState]:
    assignments = {one.id: one for one in course.assignments}
    for metric in course.metrics:
        missing = tuple(
            f"{name}/{criterion}"
            for name, criterion in metric.criteria
            if not proven(assignments[name], criterion, known.reports.get(name))
        )
        yield MetricState(metric.says, not missing, missing)
