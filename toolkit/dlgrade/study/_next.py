"""What to do next: one concrete command.

Promises: there always is one. In this order: go on with an unfinished quiz; mend the assignment that failed last; go
on with a plan that was begun; drill the weakest quiz; measure in full what was only rehearsed and a metric waits for;
begin the next assignment; take the next quiz; drill.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dlgrade.course import Assignment, Course
from dlgrade.study._known import Known, standing
from dlgrade.study._outline import Outline
from dlgrade.study._plan import Plan
from dlgrade.study._progress import Progress
from dlgrade.study._steps import next_step, plan_state

_WEAK = 0.7  # share of a quiz's points below which it is worth a drill


@dataclass(frozen=True)
class Advice:
    """One sentence, and the command."""

    says: str
    command: str


def advice(course: Course, lines: Outline, plans: Sequence[Plan], known: Known, now: Progress) -> Advice:
    """The one thing to do next.

    Args:
        plans: those without faults.
        now: what `progress` says of the same course and machine.
    """
    return next(_all(course, lines, plans, known, now))


def _all(course: Course, lines: Outline, plans: Sequence[Plan], known: Known, now: Progress) -> Iterator[Advice]:
    yield from _unfinished(now)
    yield from _failed(course, known)
    yield from _planned(course, lines, plans, known)
    yield from _weak(lines, now)
    yield from _rehearsed(course, known, now)
    for assignment in course.assignments:
        if assignment.id not in known.reports:
            says = f"Begin the next assignment, {assignment.id}: {assignment.title}."
            yield Advice(says, f"dlgrade start {assignment.id}")
    for quiz in now.quizzes:
        if not quiz.taken:
            yield Advice(f"Take the next quiz: {quiz.title}.", f"dlgrade quiz take {quiz.id}")
    yield Advice("All is done; keep it by drilling what is slowest.", "dlgrade drill")


def _unfinished(now: Progress) -> Iterator[Advice]:
    for quiz in now.quizzes:
        if quiz.answered:
            count = f"{quiz.answered} answer{'' if quiz.answered == 1 else 's'}"
            says = f"You stopped in {quiz.id} after {count}; go on."
            yield Advice(says, f"dlgrade quiz take {quiz.id}")


def _failed(course: Course, known: Known) -> Iterator[Advice]:
    """Assignments that were checked and are not done, the latest first."""
    begun = [one for one in course.assignments if one.id in known.reports]
    for assignment in sorted(begun, key=lambda one: -known.reports[one.id].when):
        report = known.reports[assignment.id]
        stand = standing(assignment, report)
        if stand.state != "done":
            yield Advice(_why(assignment, stand.failed, report.problem), f"dlgrade check {assignment.id}")


def _why(assignment: Assignment, failed: tuple[str, ...], problem: bool) -> str:
    if failed:
        criterion = assignment.criterion(failed[0])
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        hint = f" {criterion.hint}" if criterion.hint else ""
        return f"In {assignment.id} {criterion.id}{more} failed last time; mend it.{hint}"
    if problem:
        return f"The last check of {assignment.id} could not measure your file; mend it."
    return f"The last check of {assignment.id} did not measure everything; measure the rest."


def _planned(course: Course, lines: Outline, plans: Sequence[Plan], known: Known) -> Iterator[Advice]:
    assignments = {one.id: one for one in course.assignments}
    titles = {bank.id: bank.title for bank in lines.banks}
    for plan in plans:
        days = plan_state(plan, assignments, titles, known)
        begun = any(step.state != "open" for day in days for step in day.steps)
        found = next_step(days) if begun else None
        if found is not None:
            day, step = found
            yield Advice(f"Go on with {plan.id}: day {day.day.number}, {step.id}: {step.title}.", step.command)


def _weak(lines: Outline, now: Progress) -> Iterator[Advice]:
    taken = [quiz for quiz in now.quizzes if quiz.taken and quiz.max]
    for quiz in sorted(taken, key=lambda quiz: quiz.points / quiz.max):
        bank = lines.bank(quiz.id)
        if quiz.points < _WEAK * quiz.max:
            drills = bank is not None and any(question.timed for question in bank.questions)
            says = f"{quiz.id} went worst ({round(quiz.points, 2):g} of {round(quiz.max, 2):g} points); practise it."
            yield Advice(says, f"dlgrade {'drill' if drills else 'quiz take'} {quiz.id}")


def _rehearsed(course: Course, known: Known, now: Progress) -> Iterator[Advice]:
    waiting = {name.partition("/")[0] for metric in now.metrics for name in metric.missing}
    for assignment in course.assignments:
        if assignment.id in waiting and standing(assignment, known.reports.get(assignment.id)).rehearsed:
            says = f"{assignment.id} is rehearsed; measure in full what counts."
            yield Advice(says, f"dlgrade check {assignment.id} --profile full")
