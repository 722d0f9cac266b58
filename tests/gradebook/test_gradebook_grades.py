"""Grades are read out of what was measured, what was decided, and when it came; nothing of that changes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gradebook.conftest import DUE, GRADED, attempt, report

from dlgrade.errors import UsageError
from dlgrade.gradebook import Attempt, Decision, Grade, Gradebook, LatePolicy, awarded, criteria_of, grades
from dlgrade.intake import Person

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
POLICY = LatePolicy(due=DUE, grace=15 * MINUTE, per_day=0.1, most=0.5, cut_off=7 * DAY)
BERLIN = ZoneInfo("Europe/Berlin")
NAMES = itertools.count()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gradebook]:
    """One file for all examples; each has an assignment of its own in it."""
    with Gradebook(tmp_path_factory.mktemp("shared") / "grades.sqlite") as opened:
        yield opened


def settled(number: int | None, verdict: Any, criterion: str = "no_dense", who: str = "s001") -> Decision:
    return Decision(who, "code6", "R", "by hand", GRADED, number, criterion, verdict)


def whole(points: float | None) -> Decision:
    return Decision("s001", "code6", "R", "ill", GRADED, points=points)


def only(book: Gradebook, policy: LatePolicy = POLICY, name: str = "code6") -> Grade:
    (found,) = (one for one in grades(book, name, policy=policy) if one.attempts)
    return found


# --- whose, and what it says ---


def test_everyone_has_a_grade_sorted_by_student(book: Gradebook) -> None:
    book.enrol([Person("s003", "Third"), Person("s001", "First")])
    book.add(attempt("s002", late=-HOUR))
    book.add(attempt("s001", "passed passed review", late=2 * DAY))
    found = grades(book, "code6", policy=POLICY)
    assert [(one.who, one.name, one.status, one.attempts) for one in found] == [
        ("s001", "First", "review", 1), ("s002", "", "graded", 1), ("s003", "Third", "missing", 0)]  # fmt: skip
    first, _, third = found
    assert (first.raw, first.settled, first.penalty, first.score, first.max) == (20, 20, 4, 16, 30)
    assert first.late == 2 * DAY
    assert first.report is not None
    assert first.report["score"] == 20
    assert (third.raw, third.score, third.max, third.attempt, third.report) == (0, 0, 30, None, None)


def test_a_quiz_is_no_assignment(book: Gradebook) -> None:
    book.add(replace(attempt(), kind="quiz"))
    assert grades(book, "code6") == ()


def test_what_nobody_attempted_is_worth_what_it_is_said_to_be(book: Gradebook) -> None:
    book.enrol([Person("s001")])
    assert [(one.status, one.max) for one in grades(book, "code6", max_points=50)] == [("missing", 50)]
    assert [one.max for one in grades(book, "code6")] == [0]


def test_an_attempt_whose_report_cannot_be_read_counts_as_measured(book: Gradebook) -> None:
    unread: list[Any] = [{}, {"report": None}, {"report": {"schema": 9}}, {"report": []}]
    for who, results in zip("abcd", unread, strict=True):
        book.add(replace(attempt(who), results=results))
    assert [(one.status, one.score) for one in grades(book, "code6")] == [("graded", 20)] * 4


# --- what persons decide ---


def test_a_settled_criterion_adds_its_points_and_ends_the_review(book: Gradebook) -> None:
    number = book.add(attempt(verdicts="passed review error"))
    assert (only(book).status, only(book).score) == ("review", 10)
    book.decide(settled(number, "passed", "budget"))
    assert (only(book).status, only(book).score) == ("review", 20)
    book.decide(settled(number, "failed"))
    grade = only(book)
    assert (grade.status, grade.raw, grade.settled, grade.score) == ("graded", 10, 20, 20)
    assert [one.criterion for one in grade.decisions] == ["budget", "no_dense"]


@given(verdicts=st.lists(st.sampled_from(["passed", "failed"]), min_size=1, max_size=5))
@settings(max_examples=20, deadline=None)
def test_the_last_word_on_a_criterion_counts(shared: Gradebook, verdicts: list[Any]) -> None:
    name = f"order{next(NAMES)}"
    number = shared.add(attempt(id=name, verdicts="passed passed review"))
    for verdict in verdicts:
        shared.decide(replace(settled(number, verdict), id=name))
    assert only(shared, name=name).score == (30 if verdicts[-1] == "passed" else 20)


@given(decided=st.lists(st.none() | st.integers(0, 400).map(lambda n: n / 8), max_size=5))
@settings(max_examples=20, deadline=None)
def test_points_that_a_person_set_win_until_they_are_released(shared: Gradebook, decided: list[float | None]) -> None:
    name = f"set{next(NAMES)}"
    shared.add(attempt(id=name, verdicts="passed passed review", late=3 * DAY))
    stands = None
    for points in decided:
        if points is None and stands is None:
            continue  # nothing to release
        shared.decide(replace(whole(points), id=name))
        stands = points
    grade = only(shared, name=name)
    assert grade.score == (14 if stands is None else stands)
    assert (grade.override is None) == (stands is None)
    assert grade.status == ("review" if stands is None else "graded")
    assert (grade.raw, grade.penalty) == (20, 6), "what was measured and what lateness costs stay on record"


def test_points_can_be_set_for_who_handed_in_nothing(book: Gradebook) -> None:
    book.enrol([Person("s001")])
    book.decide(whole(12))
    (grade,) = grades(book, "code6", max_points=50)
    assert (grade.status, grade.score, grade.max, grade.attempt) == ("graded", 12, 50, None)


# --- which attempt counts ---


def test_the_best_after_lateness_counts_and_of_equal_ones_the_earliest(book: Gradebook) -> None:
    for late, verdicts in [(0 * DAY, "passed failed failed"), (0 * DAY, "passed passed failed"),
                           (6 * DAY, "passed passed passed"), (0 * DAY, "passed failed passed")]:  # fmt: skip
        book.add(attempt(verdicts=verdicts, late=late))
    grade = only(book)
    assert (grade.attempt and grade.attempt.number, grade.score, grade.attempts) == (2, 20, 4)
    grade = only(book, replace(POLICY, counts="last"))
    assert (grade.attempt and grade.attempt.number, grade.score) == (4, 20)
    grade = only(book, LatePolicy())
    assert (grade.attempt and grade.attempt.number, grade.score) == (3, 30)


def test_settling_can_make_another_attempt_the_best(book: Gradebook) -> None:
    book.add(attempt(verdicts="passed passed failed"))
    book.add(attempt(verdicts="passed review review"))
    grade = only(book)
    assert (grade.attempt and grade.attempt.number, grade.score) == (1, 20)
    assert grade.status == "review", "points may still come"
    assert only(book, LatePolicy(counts="last")).score == 10
    for criterion in ("budget", "no_dense"):
        book.decide(settled(2, "passed", criterion))
    grade = only(book)
    assert (grade.attempt and grade.attempt.number, grade.score, grade.status) == (2, 30, "graded")


def test_a_decision_is_on_one_attempt(book: Gradebook) -> None:
    """Another submission of the same student waits for a decision of its own."""
    first, second = (book.add(attempt(verdicts=f"passed {verdict} review")) for verdict in ("passed", "failed"))
    book.decide(settled(second, "passed"))
    grade = only(book)
    assert (grade.attempt and grade.attempt.number, grade.score, grade.status) == (first, 20, "review")


def test_what_was_measured_is_awarded_nothing() -> None:
    criteria = criteria_of(report({"shape": "passed", "budget": "failed", "no_dense": "review"}))
    assert awarded(criteria, dict.fromkeys([*criteria, "gone"], "passed")) == 10


def test_what_waits_but_can_change_nothing_is_no_review(book: Gradebook) -> None:
    book.add(attempt(verdicts="passed passed failed", late=-DAY))
    book.add(attempt(verdicts="passed review failed", late=-DAY))
    assert only(book).status == "graded", "it could be as good as the first one and not better"
    book.add(attempt("s002", "review review review", late=8 * DAY))
    assert [one.status for one in grades(book, "code6", policy=POLICY)] == ["graded", "graded"]


def test_a_submission_graded_again_has_the_latest_word(book: Gradebook) -> None:
    """A grader that gave too much was mended: the points that it gave are gone, and stay on record."""
    book.add(attempt(verdicts="passed passed passed", source="a", late=-DAY, key="old grader"))
    book.add(attempt(verdicts="passed failed passed", source="a", late=-DAY, key="new grader"))
    grade = only(book)
    assert (grade.score, grade.attempts, grade.attempt and grade.attempt.number) == (20, 2, 2)
    book.add(attempt(verdicts="passed failed failed", source="b", late=-HOUR, key="new grader, other source"))
    assert only(book).score == 20
    assert only(book, LatePolicy(counts="last")).score == 10


def test_graded_again_with_less_effort_the_full_word_stays(book: Gradebook) -> None:
    for profile, verdicts in [("quick", "passed passed passed"), ("full", "passed passed failed"),
                              ("smoke", "passed open open")]:  # fmt: skip
        book.add(attempt(verdicts=verdicts, source="a", profile=profile, key=profile))
    assert only(book).score == 20


def test_handed_in_again_in_time_it_does_not_become_late(book: Gradebook) -> None:
    book.add(attempt(source="a", late=-DAY, key="a"))
    book.add(attempt(source="a", late=3 * DAY, key="a, the environment changed"))
    assert (only(book).score, only(book).late) == (20, None)
    assert only(book, replace(POLICY, counts="last")).score == 14


def test_a_time_that_was_learned_later_belongs_to_the_same_submission(book: Gradebook) -> None:
    book.add(attempt(source="a", key="from a folder"))
    assert only(book).late is None
    book.add(attempt(source="a", late=3 * DAY, key="from the download of the LMS"))
    assert (only(book).late, only(book).score) == (3 * DAY, 14)


# --- lateness ---

SPANS = st.timedeltas(-3 * DAY, 30 * DAY)
POLICIES = st.builds(
    LatePolicy,
    due=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(lambda when: when.replace(tzinfo=BERLIN)),
    grace=st.timedeltas(0 * DAY, 3 * DAY),
    per_day=st.floats(0, 1),
    most=st.floats(0, 1),
    cut_off=st.none() | st.timedeltas(3 * DAY, 20 * DAY),
)
POINTS = st.floats(0, 1000, allow_nan=False).map(lambda number: round(number, 2))


def of_one(shared: Gradebook, policy: LatePolicy, handed_in: datetime | None, points: float, waiting: str) -> Grade:
    """The grade of one attempt with one criterion that was measured and one that waits, or was settled."""
    name = f"late{next(NAMES)}"
    said = report({"shape": "passed", "budget": "failed" if waiting == "no" else "review"})
    said["score"] = said["criteria"][0]["points"] = said["criteria"][0]["max_points"] = points
    given = Attempt(
        "s001", "assignment", name, 0, GRADED, GRADED, points, points + 10, {"report": said}, None, handed_in
    )
    number = shared.add(given)
    if waiting == "settled":
        shared.decide(replace(settled(number, "passed", "budget"), id=name))
    grade = only(shared, policy, name)
    assert list(shared.attempts("s001", "assignment", name)) == [replace(given, number=number)], "nothing is altered"
    return grade


@given(policy=POLICIES, late=SPANS, later=st.timedeltas(0 * DAY, 5 * DAY), points=POINTS,
       waiting=st.sampled_from(["no", "waits", "settled"]))  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_lateness_costs_what_the_policy_says(
    shared: Gradebook, policy: LatePolicy, late: timedelta, later: timedelta, points: float, waiting: str
) -> None:
    assert policy.due is not None
    due = policy.due.astimezone(UTC)
    grade = of_one(shared, policy, due + late, points, waiting)
    total = points + (10 if waiting == "settled" else 0)
    assert (grade.raw, grade.settled) == (points, total)
    assert 0 <= grade.score <= total, "never more than was earned, never less than nothing"
    assert grade.score == pytest.approx(grade.settled - grade.penalty)
    if late <= 0 * DAY:
        assert (grade.penalty, grade.late) == (0, None)
    if grade.late is not None:
        assert grade.late == late
    if policy.cut_off is not None and late > policy.cut_off + DAY:
        assert grade.score == 0
    elif policy.cut_off is None or late < policy.cut_off - DAY:
        assert grade.penalty <= policy.most * total + 1e-9, "the cap holds"
    after = of_one(shared, policy, due + late + later, points, waiting)
    assert after.score <= grade.score, "later is never better"
    elsewhere = (due + late).astimezone(timezone(-11 * HOUR))
    assert of_one(shared, policy, elsewhere, points, waiting).score == grade.score, "it matters when, not where"


def test_each_begun_day_after_the_grace_costs_until_the_cap_and_the_cut_off(shared: Gradebook) -> None:
    costs = {
        -HOUR: 0, 0 * DAY: 0, 15 * MINUTE: 0, 15 * MINUTE + SECOND: 0.1, DAY + 15 * MINUTE: 0.1,
        DAY + 16 * MINUTE: 0.2, 5 * DAY: 0.5, 6 * DAY: 0.5, 7 * DAY: 0.5, 7 * DAY + SECOND: 1,
    }  # fmt: skip
    for late, share in costs.items():
        grade = of_one(shared, POLICY, DUE + late, 40, "no")
        assert (grade.penalty, grade.score) == (40 * share, 40 - 40 * share), late
        assert grade.late == (late if late > 15 * MINUTE else None)


def test_what_is_taken_off_is_written_as_a_person_would(shared: Gradebook) -> None:
    assert of_one(shared, POLICY, DUE + 3 * DAY, 45, "no").penalty == 13.5  # in floats 13.499999999999998
    assert of_one(shared, POLICY, DUE + 3 * DAY, 0.3, "no").score == 0.21


def test_unknown_is_not_late(shared: Gradebook) -> None:
    grade = of_one(shared, POLICY, None, 40, "no")
    assert (grade.late, grade.score) == (None, 40)
    assert of_one(shared, LatePolicy(), DUE + 9 * DAY, 40, "no").score == 40


# The clocks go back on 2026-10-25 (a day of 25 hours) and forward on 2026-03-29 (23 hours).
@pytest.mark.parametrize(
    "due", [datetime(2026, 10, 23, 23, 59, tzinfo=BERLIN), datetime(2026, 3, 27, 23, 59, tzinfo=BERLIN)]
)
@pytest.mark.parametrize("grace", [0 * DAY, DAY, 10 * MINUTE])
def test_a_day_ends_at_the_same_time_of_the_clock_where_the_clocks_are_changed(
    shared: Gradebook, due: datetime, grace: timedelta
) -> None:
    policy = LatePolicy(due=due, grace=grace, per_day=0.1, cut_off=6 * DAY)
    for days in (1, 2, 3):
        end = (due + grace + days * DAY).astimezone(UTC)  # of one zone Python adds by the clock
        assert of_one(shared, policy, end, 10, "no").penalty == days
        assert of_one(shared, policy, end + SECOND, 10, "no").penalty == days + 1
    cut_off = (due + 6 * DAY).astimezone(UTC)
    assert of_one(shared, policy, cut_off, 10, "no").score > 0
    assert of_one(shared, policy, cut_off + SECOND, 10, "no").score == 0


def test_what_is_shorter_than_a_day_is_time_that_passes(shared: Gradebook) -> None:
    """Due at 01:50 with 20 minutes of grace in the night in which 02:00 comes after 02:59 again."""
    first, second = (datetime(2026, 10, 25, 2, 50, tzinfo=BERLIN, fold=fold) for fold in (0, 1))
    for due in (first, second):
        policy = LatePolicy(due=due, grace=20 * MINUTE, per_day=0.1)
        for late, days in {0 * MINUTE: 0, 20 * MINUTE: 0, 21 * MINUTE: 1}.items():
            assert of_one(shared, policy, due.astimezone(UTC) + late, 10, "no").penalty == days


def test_a_deadline_without_a_time_zone_is_refused(book: Gradebook) -> None:
    book.add(attempt(late=DAY))
    with pytest.raises(UsageError, match="no time zone"):
        grades(book, "code6", policy=LatePolicy(due=datetime(2026, 11, 30, 23, 59)))
