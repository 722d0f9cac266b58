"""The steps of a plan: what of it is done, how far the rest is, and the command that goes on.

Promises: done is only what this machine knows to be: an assignment whose last report has all criteria passed, a
quiz that was taken to its end. Reading and reflection have no state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dlgrade.course import Assignment
from dlgrade.gradebook import Attempt
from dlgrade.study._known import Known, standing
from dlgrade.study._plan import Day, Plan

State = Literal["done", "begun", "open"]


@dataclass(frozen=True)
class Step:
    """A task or a quiz of a day.

    Attributes:
        says: how far it is, in a few words; empty where it was not begun.
        command: what begins it or goes on with it.
    """

    kind: Literal["task", "quiz"]
    id: str
    title: str
    state: State
    says: str
    command: str


@dataclass(frozen=True)
class DayState:
    """A day with its steps; it is done when all of them are, and it has some."""

    day: Day
    steps: tuple[Step, ...]

    @property
    def done(self) -> bool:
        """Whether every step is done."""
        return bool(self.steps) and all(step.state == "done" for step in self.steps)


def plan_state(
    plan: Plan, assignments: Mapping[str, Assignment], titles: Mapping[str, str], known: Known
) -> tuple[DayState, ...]:
    """How far each day of a plan is.

    Args:
        titles: of the quizzes, by their ids.
    """
    return tuple(
        DayState(
            day,
            (
                *(task_step(assignments[name], known) for name in day.tasks),
                *(quiz_step(name, titles.get(name, ""), known) for name in day.quizzes),
            ),
        )
        for day in plan.days
    )


def next_step(days: tuple[DayState, ...]) -> tuple[DayState, Step] | None:
    """The first step that is not done, with its day; None when there is none."""
    return next(((day, step) for day in days for step in day.steps if step.state != "done"), None)


def task_step(assignment: Assignment, known: Known) -> Step:
    """How far an assignment is."""
    report = known.reports.get(assignment.id)
    stand = standing(assignment, report)
    says = f"{stand.passed} of {stand.total} criteria" if report else ""
    if stand.rehearsed:
        says += ", rehearsed"
    command = f"dlgrade {'check' if report else 'start'} {assignment.id}"
    state: State = "done" if stand.state == "done" else "begun" if report else "open"
    return Step("task", assignment.id, assignment.title, state, says, command)


def quiz_step(name: str, title: str, known: Known) -> Step:
    """How far a quiz is."""
    attempt, kept = known.attempts.get(name), known.drafts.get(name, 0)
    says = result(attempt) if attempt else f"{kept} answered" if kept else ""
    state: State = "done" if attempt else "begun" if kept else "open"
    return Step("quiz", name, title, state, says, f"dlgrade quiz take {name}")


def result(attempt: Attempt) -> str:
    """The points of an attempt in words; ``taken`` where there are none."""
    return f"{round(attempt.points, 2):g} of {round(attempt.max, 2):g} points" if attempt.max else "taken"
