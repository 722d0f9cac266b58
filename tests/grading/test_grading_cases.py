"""What becomes of a criterion, and what of it a student may see."""

from __future__ import annotations

import pytest

from dlgrade.course import Criterion, Problem, Verdict
from dlgrade.grading import exit_code
from dlgrade.grading._cases import Case, result_of
from dlgrade.quantity import Comparison, Count, Share, comparisons

BUDGET = Criterion("budget", 10, "At most 8,000 parameters.", hint="Fewer channels.", cards=("params",))


def case(verdict: Verdict, hidden: bool = False, **more: object) -> Case:
    return Case("budget", "test_budget", hidden, verdict, **more)  # type: ignore[arg-type]


def test_a_criterion_passes_only_when_every_case_passed() -> None:
    assert result_of(BUDGET, [case("passed"), case("passed", hidden=True)]).points == 10
    assert result_of(BUDGET, [case("passed"), case("failed", hidden=True)]).points == 0


def test_no_case_is_open_and_never_a_pass() -> None:
    result = result_of(BUDGET, [])
    assert (result.verdict, result.points) == ("open", 0)
    assert result.measured == "graded by your instructor"


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        (["passed", "failed", "error"], "failed"),
        (["passed", "timeout", "review"], "timeout"),
        (["crashed", "error"], "crashed"),
        (["error", "review", "blocked"], "error"),
        (["review", "passed"], "review"),
        (["blocked", "open"], "blocked"),
    ],
)
def test_of_several_cases_the_worst_is_told(verdicts: list[Verdict], told: str) -> None:
    assert result_of(BUDGET, [case(verdict) for verdict in verdicts]).verdict == told


def test_the_message_of_a_public_check_is_the_feedback() -> None:
    result = result_of(BUDGET, [case("failed", message="4,910 of them are one layer")])
    assert result.found == ("4,910 of them are one layer",)
    assert (result.hint, result.cards) == ("Fewer channels.", ("params",))


def test_a_hidden_check_gives_nothing_away() -> None:
    secret = case(
        "failed",
        hidden=True,
        message="side 57 was drawn",
        detail="assert 57",
        comparisons=(Comparison("57 pixels", "at most 40 pixels", False),),
    )
    result = result_of(BUDGET, [case("passed"), secret])
    assert result.found == ("found by a check that only the grader has",)
    assert "57" not in result.measured + result.wanted
    assert "57" in result.detail


def test_a_hidden_accuracy_is_shown_as_a_number() -> None:
    seen = case("failed", hidden=True, comparisons=(Comparison("91.20 %", "at least 93.00 %", False),))
    result = result_of(BUDGET, [seen])
    assert (result.measured, result.wanted) == ("91.20 %", "at least 93.00 %")


def test_an_error_of_ours_keeps_hint_and_cards_back() -> None:
    result = result_of(BUDGET, [case("error", detail="KeyError: 'x'")])
    assert (result.points, result.hint, result.cards, result.found) == (0, "", (), ())


def test_a_problem_in_a_public_case_names_the_students_line() -> None:
    result = result_of(BUDGET, [case("crashed", problem=Problem("it calls exit()", "code6.py:3"))])
    assert result.found == ("code6.py:3  it calls exit()",)


def test_the_failing_comparison_is_shown_and_not_the_last_one() -> None:
    with comparisons() as log:
        assert not Count(10_940, "parameters") <= 8_000
        assert Share(0.99) >= 0.9
    result = result_of(BUDGET, [case("failed", comparisons=tuple(log))])
    assert (result.measured, result.wanted) == ("10,940 parameters", "at most 8,000")


def test_the_exit_code_asks_that_everything_measured_passed() -> None:
    assert exit_code(["passed", "open"]) == 0
    assert exit_code(["passed", "failed"]) == 1
    assert exit_code(["passed", "error"]) == 1
    assert exit_code(["open"]) == 1
