"""Assignments of functions: what a student reads after a wrong, a slow, a crashing or a missing answer."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import ROOT

from dlgrade import grading
from dlgrade.course import Report, load_course

YAML = """
title: Sizes
track: foundations
kind: functions
imports: [math, numpy]
arrays: {arrays}
call_seconds: 1
criteria:
  size: {{points: 10, says: The size that comes out., cards: [conv-out-size]}}
"""

CHECKS = """
from hypothesis import strategies as st

def windows(n, k):
    if k > n:
        raise ValueError("the window is wider than the image")
    return len([first for first in range(n) if first + k <= n])

BELIEFS = {"no-plus-one": lambda n, k: n - k}

def test_size(ask):
    ask.agrees("size", windows, {"n": st.integers(1, 40), "k": st.integers(1, 7)}, beliefs=BELIEFS)
"""


@pytest.fixture
def graded(tmp_path: Path) -> Callable[..., Report]:
    def grade(source: str, checks: str = CHECKS, hidden: str = "", arrays: str = "none") -> Report:
        folder = tmp_path / "assignments" / "sizes"
        folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / "quizzes").mkdir(exist_ok=True)
        (tmp_path / "quizzes/misconceptions.yaml").write_text((ROOT / "quizzes/misconceptions.yaml").read_text())
        (tmp_path / "course.yaml").write_text("title: t\ntracks: {foundations: f}\n")
        (folder / "assignment.yaml").write_text(YAML.format(arrays=arrays))
        (folder / "checks.py").write_text(textwrap.dedent(checks))
        (folder / "sizes.py").write_text("def size(n, k): raise NotImplementedError\n")
        if hidden:
            (tmp_path / "graders/sizes").mkdir(parents=True)
            (tmp_path / "graders/sizes/test_sizes.py").write_text(textwrap.dedent(hidden))
        file = tmp_path / "sizes.py"
        file.write_text(textwrap.dedent(source))
        (assignment,) = load_course(tmp_path).assignments
        return grading.grade(assignment, grading.read_submission(assignment, file)).report

    return grade


RIGHT = """
def size(n, k):
    if k > n:
        raise ValueError("too wide")
    return n - k + 1
"""


def test_the_right_function_passes_and_nothing_was_trained_or_carried(graded: Callable[..., Report]) -> None:
    report = graded(RIGHT)
    assert [r.verdict for r in report.criteria] == ["passed"]
    assert (report.profile, report.tier, report.network, report.training) == ("full", None, None, None)


def only(report: Report) -> str:
    (result,) = report.criteria
    assert result.verdict == "failed"
    assert result.points == 0
    return " / ".join(result.found)


def test_a_wrong_function_is_shown_its_smallest_failing_example(graded: Callable[..., Report]) -> None:
    wrong = RIGHT.replace("n - k + 1", "n - k + 1 + (k > 3)")
    assert only(graded(wrong)) == "size(n=4, k=4) should be 1; it is 2"


def test_answers_that_betray_a_belief_name_it_and_lead_to_its_cards(graded: Callable[..., Report]) -> None:
    report = graded(RIGHT.replace("n - k + 1", "n - k"))
    found = only(report)
    assert found.startswith("size(n=1, k=1) should be 1; it is 0 / your answers are those of the belief: ")
    assert report.criteria[0].cards[:2] == ("conv-out-size", "conv-out-formula")


def test_a_wrong_answer_here_and_there_betrays_no_belief(graded: Callable[..., Report]) -> None:
    assert "belief" not in only(graded(RIGHT.replace("n - k + 1", "n - k + (n % 2)")))


def test_an_exception_that_is_wanted_must_be_that_one(graded: Callable[..., Report]) -> None:
    assert only(graded(RIGHT.replace("ValueError", "KeyError"))) == (
        "size(n=1, k=2) should raise ValueError; it raises KeyError"
    )


def test_an_answer_where_an_exception_is_wanted(graded: Callable[..., Report]) -> None:
    assert only(graded("def size(n, k): return n - k + 1")) == ("size(n=1, k=2) should raise ValueError; it returns 0")


def test_an_exception_where_an_answer_is_wanted_is_a_wrong_answer(graded: Callable[..., Report]) -> None:
    assert only(graded(RIGHT.replace("n - k + 1", "(n - k + 1) * ((n - 9) // (n - 9))"))) == (
        "size(n=9, k=1) should be 9; it raises ZeroDivisionError: integer division or modulo by zero (sizes.py:5)"
    )


def test_a_crash_names_the_line_and_the_arguments(graded: Callable[..., Report]) -> None:
    report = graded(RIGHT.replace("n - k + 1", "n - k + 1 if n != 9 else one"))
    (result,) = report.criteria
    assert result.verdict == "crashed"
    assert result.found == ("sizes.py:5  size(n=9, k=1): NameError: name 'one' is not defined",)


def test_a_function_that_answers_otherwise_when_asked_again_fails(graded: Callable[..., Report]) -> None:
    """One wrong answer, and never again: no shrinking finds it, and it was wrong all the same."""
    once = """
asked = []
def size(n, k):
    if k > n:
        raise ValueError("too wide")
    asked.append(n)
    return n - k + (1 if len(asked) != 20 else 7)
"""
    assert only(graded(once)).endswith("and something else when asked again")


def test_a_loop_without_end_ends_and_is_asked_only_once(graded: Callable[..., Report]) -> None:
    report = graded(RIGHT.replace("    return", "    while n > 5: pass\n    return"))
    (result,) = report.criteria
    assert result.verdict == "timeout"
    assert result.seconds < 6
    assert "was still not finished after 1 seconds" in result.found[0]


def test_a_function_not_written_yet_fails_with_its_line(graded: Callable[..., Report]) -> None:
    assert "sizes.py:1  this part is still to be written" in only(graded("def size(n, k): raise NotImplementedError"))


def test_a_function_that_is_not_there_is_named(graded: Callable[..., Report]) -> None:
    assert "size is not defined" in only(graded("def sise(n, k): return 1"))


@pytest.mark.parametrize(
    "source",
    ["import torch\n" + RIGHT, RIGHT.replace("    return", "    import torch\n    return")],
    ids=["at the top", "inside"],
)
def test_a_package_that_is_not_allowed_is_refused_with_its_line(source: str, graded: Callable[..., Report]) -> None:
    report = graded(source)
    assert report.problem is not None
    assert report.problem.what == "it imports torch, which this assignment is to be solved without"
    assert report.problem.mend == "Use math and numpy only."
    assert report.problem.where.startswith("sizes.py:")
    assert [r.verdict for r in report.criteria] == ["blocked"]


def test_a_package_fetched_by_name_is_refused_too(graded: Callable[..., Report]) -> None:
    report = graded(RIGHT.replace("    return", '    __import__("torch")\n    return'))
    (result,) = report.criteria
    assert result.verdict == "crashed"
    assert "imports torch" in result.found[0]


def test_a_file_that_cannot_be_run_is_told_once(graded: Callable[..., Report]) -> None:
    report = graded("LIMIT = 1 / 0\n" + RIGHT)
    assert report.problem is not None
    assert report.problem.where == "sizes.py:1"
    assert [r.verdict for r in report.criteria] == ["blocked"]


HIDDEN = CHECKS.replace("st.integers(1, 40)", "st.integers(500, 540)")


def test_what_only_hidden_draws_find_is_not_told(graded: Callable[..., Report]) -> None:
    table = "def size(n, k):\n    if n < 100 and k > n: raise ValueError\n    return n - k + 1 if n < 100 else 7\n"
    report = graded(table, hidden=HIDDEN)
    assert only(report) == "found by a check that only the grader has"
    assert "size(n=5" in report.criteria[0].detail, "the instructor sees it"


def test_two_runs_show_the_same_example(graded: Callable[..., Report]) -> None:
    wrong = RIGHT.replace("n - k + 1", "n - k + 1 + (n % 7 == 3) * k")
    first = only(graded(wrong))
    assert "k=1) should be" in first
    assert only(graded(wrong)) == first


ARRAYS = """
import numpy as np
from hypothesis import strategies as st

def row_sums(rows):
    return np.array(rows, "float32").sum(1)

@st.composite
def matrices(draw):
    n, d = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    return {"rows": np.array(draw(st.lists(st.lists(st.integers(-9, 9), min_size=d, max_size=d), min_size=n,
                                           max_size=n)), "float32")}

def test_size(ask):
    ask.agrees("size", row_sums, matrices())
"""


def test_arrays_travel_and_come_back(graded: Callable[..., Report]) -> None:
    report = graded("def size(rows): return rows.sum(1)", ARRAYS, arrays="numpy")
    assert [r.verdict for r in report.criteria] == ["passed"]


def test_an_argument_that_was_changed_is_noticed(graded: Callable[..., Report]) -> None:
    found = only(
        graded("def size(rows):\n    rows += 1\n    return rows.sum(1) - rows.shape[1]", ARRAYS, arrays="numpy")
    )
    assert found == "size([[0.0]]) changes its argument number 1; work on a copy of it"


def test_the_wrong_axis_is_a_shape(graded: Callable[..., Report]) -> None:
    found = only(graded("def size(rows): return rows.sum(0)", ARRAYS, arrays="numpy"))
    assert found == "size(rows=[[0.0, 0.0]]) should be [0.0]; its shape is (2,), wanted (1,)"


PROBED = '''
COUNT = """
def probe(function, rows):
    taken = []
    def source():
        for row in rows:
            taken.append(row)
            yield row
    out = function(source())
    first = next(iter(out))
    return [first, len(taken)]
"""

def test_size(ask):
    first, taken = ask("size", [3, 4, 5], through=COUNT)
    assert (first, taken) == (6, 1), "it must take one item at a time"
'''


def test_what_cannot_travel_is_asked_beside_the_submission(graded: Callable[..., Report]) -> None:
    report = graded("def size(items):\n    for item in items:\n        yield 2 * item", PROBED)
    assert [r.verdict for r in report.criteria] == ["passed"]


def test_what_is_wrong_there_fails_like_everything_else(graded: Callable[..., Report]) -> None:
    assert only(graded("def size(items): return [2 * item for item in list(items)]", PROBED)) == (
        "it must take one item at a time"
    )


def test_a_crash_of_the_graders_own_is_no_failure(graded: Callable[..., Report]) -> None:
    report = graded(RIGHT, CHECKS.replace("len([first", "1 / 0 * len([first"))
    (result,) = report.criteria
    assert result.verdict == "error"
