"""Counts, shares and shapes are plain numbers whose comparisons can be read back in words."""

from __future__ import annotations

import copy
import json
import operator
import pickle
import threading
from typing import Any

import pytest

from dlgrade.quantity import Comparison, Count, Shape, Share, comparisons, shape_text, share_text

params = Count(10_940, "parameters")


def noted(check: Any) -> list[Comparison]:
    with comparisons() as log:
        check()
    return log


@pytest.mark.parametrize(
    ("compare", "words", "holds"),
    [
        (operator.le, "at most 8,000", False),
        (operator.lt, "less than 8,000", False),
        (operator.ge, "at least 8,000", True),
        (operator.gt, "more than 8,000", True),
        (operator.eq, "8,000", False),
        (operator.ne, "not 8,000", True),
    ],
)
def test_every_comparison_is_noted_in_words_with_how_it_came_out(compare: Any, words: str, holds: bool) -> None:
    assert noted(lambda: compare(params, 8_000)) == [Comparison("10,940 parameters", words, holds)]


@pytest.mark.parametrize("limit", [8_000, 8_000.0, Count(8_000, "parameters")])
def test_the_limit_may_be_an_int_a_float_from_yaml_or_another_count(limit: Any) -> None:
    assert noted(lambda: params <= limit) == [Comparison("10,940 parameters", "at most 8,000", False)]


def test_a_limit_that_is_not_whole_is_shown_as_it_is() -> None:
    assert noted(lambda: params <= 0.5)[0].wanted == "at most 0.5"


def test_the_limit_may_stand_on_the_left() -> None:
    assert noted(lambda: operator.ge(8_000, params)) == [Comparison("10,940 parameters", "at most 8,000", False)]
    assert noted(lambda: operator.le(1, Share(0.5))) == [Comparison("50.00 %", "at least 100.00 %", False, 0.5)]


def test_an_accuracy_is_shown_in_percent_on_both_sides() -> None:
    (only,) = noted(lambda: Share(0.9841) >= 0.98)
    assert (only.measured, only.wanted, only.holds) == ("98.41 %", "at least 98.00 %", True)
    assert only.short == pytest.approx(-0.0041)


def test_only_an_accuracy_that_should_reach_something_can_be_short_of_it() -> None:
    comparisons = [
        lambda: Share(0.9) <= 0.5,
        lambda: Share(0.9) == 0.5,
        lambda: Count(3) >= 5,
        lambda: Shape((1,)) == (2,),
    ]
    assert [one.short for check in comparisons for one in noted(check)] == [None] * 4
    assert noted(lambda: Share(0.5) > Share(0.25))[0].wanted == "more than 25.00 %"


def test_a_shape_is_shown_with_the_batch_axis() -> None:
    assert noted(lambda: Shape((7,)) == (10,)) == [Comparison("(N, 7)", "(N, 10)", False)]
    assert noted(lambda: Shape((1, 28)) != Shape((1, 28))) == [Comparison("(N, 1, 28)", "not (N, 1, 28)", False)]


def test_comparisons_come_out_as_those_of_plain_numbers() -> None:
    for compare in (operator.le, operator.lt, operator.ge, operator.gt, operator.eq, operator.ne):
        for a, b in [(3, 2), (2, 3), (2, 2), (2, 2.5), (2, 2.0)]:
            assert compare(Count(a), b) == compare(a, b)
            assert compare(b, Count(a)) == compare(b, a)
            assert compare(Share(a / 4), b / 4) == compare(a / 4, b / 4)
        for a, b in [((1, 2), (1, 3)), ((1, 2), (1, 2)), ((1,), (1, 2))]:
            assert compare(Shape(a), b) == compare(a, b)


def test_what_cannot_be_compared_is_an_error_as_with_plain_numbers_and_is_not_noted() -> None:
    with comparisons() as log, pytest.raises(TypeError):
        assert Count(1) < "a"  # type: ignore[operator]
    assert log == []
    assert noted(lambda: Count(1) == "a") == [Comparison("1", "'a'", False)]
    assert noted(lambda: Shape((1,)) == [1]) == [Comparison("(N, 1)", "[1]", False)]


def test_a_tolerance_of_pytest_is_taken() -> None:
    log = noted(lambda: Share(0.5) == pytest.approx(0.5001, abs=0.01))
    assert [entry.holds for entry in log] == [True]


def test_outside_a_log_nothing_is_kept() -> None:
    assert params > 8_000
    assert noted(lambda: None) == []


def test_comparisons_are_in_order_and_an_inner_log_keeps_its_own() -> None:
    with comparisons() as outer:
        assert Count(1) == 1
        with comparisons() as inner:
            assert Count(2) == 2
        assert Count(3) == 3
    assert [entry.measured for entry in outer] == ["1", "3"]
    assert [entry.measured for entry in inner] == ["2"]


def test_a_log_is_closed_when_its_block_raises() -> None:
    with pytest.raises(KeyError), comparisons() as log:
        raise KeyError
    assert Count(1) == 1
    assert log == []


def test_a_comparison_in_another_thread_is_not_noted_here() -> None:
    with comparisons() as log:
        thread = threading.Thread(target=lambda: params <= 1)
        thread.start()
        thread.join()
    assert log == []


def test_arithmetic_gives_plain_numbers() -> None:
    assert type(params + 1) is int
    assert type(Share(0.5) * 2) is float
    assert type(Shape((1, 2))[:1]) is tuple


def test_they_hash_and_serialise_like_plain_values() -> None:
    assert {10_940: "here"}[params] == "here"
    assert {(1, 28): "here"}[Shape((1, 28))] == "here"
    assert {0.5: "here"}[Share(0.5)] == "here"
    assert json.dumps([params, Share(0.5), Shape((1, 2))]) == "[10940, 0.5, [1, 2]]"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_keeps_value_and_unit(copied: Any) -> None:
    again = copied(params)
    assert (again, again.unit) == (10_940, "parameters")
    assert copied(Share(0.5)) == 0.5
    assert copied(Shape((1, 2))) == (1, 2)


def test_words_are_formatted_for_reading() -> None:
    assert share_text(0.9841) == "98.41 %"
    assert share_text(1) == "100.00 %"
    assert shape_text((1, 28, 28)) == "(N, 1, 28, 28)"
    assert shape_text(()) == "(N)"
    assert noted(lambda: Count(3) == 3)[0].measured == "3"
