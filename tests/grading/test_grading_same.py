"""When an answer is the wanted one, and in which words it is not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from dlgrade.grading._same import difference, told

ARRAY = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (3, 3),
        (3, 3.0),
        (3, np.int64(3)),
        (0.1, np.float32(0.1)),
        (True, np.bool_(True)),
        ([0.5], [np.float64(0.5)]),
        (0.1 + 0.2, 0.3),
        (1e12 + 1, 1e12 + 1.0001),
        (math.nan, math.nan),
        (-math.inf, -math.inf),
        (True, True),
        ("a", "a"),
        (None, None),
        ([1, [2, "x"]], (1, (2, "x"))),
        ({"a": 1, "2": [0.5]}, {"a": 1, 2: [0.5]}),
        (ARRAY, ARRAY),
        (ARRAY.astype("float32") * (1 + 1e-6), ARRAY),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (np.array([1, 2], "int32"), np.array([1, 2], "int64")),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        (ARRAY, torch.tensor(ARRAY)),
        (np.array([1.0], "float32"), torch.tensor([1.0], dtype=torch.bfloat16)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ],
)
def test_the_same(answer: Any, wanted: Any) -> None:
    assert difference(answer, wanted) == ""


@pytest.mark.parametrize(
    ("answer", "wanted", "said"),
    [
        (True, 1, "it is True"),
        (1, True, "it is 1"),
        (3.0, 3, "it is the decimal number 3.0, not a whole one"),
        (3.5, 3, "it is 3.5"),
        ("3", 3, "it is '3'"),
        (None, 3, "it is None"),
        (0.31, 0.3, "it is 0.31"),
        (math.nan, 0.3, "it is nan"),
        (math.inf, -math.inf, "it is inf"),
        (1, None, "it is 1"),
        ("a", "A", "it is 'a'"),
        ([1, 2, 3], [1, 2], "it has 3 items, wanted 2"),
        ([1, 3], [1, 2], "item 1: it is 3, wanted 2"),
        ([[1, 3]], [[1, 2]], "item 0: item 1: it is 3, wanted 2"),
        (7, [7], "it is 7, not a list or tuple"),
        ({"a": 1}, {"b": 1}, "it has no 'b'"),
        ({"a": 1, "b": 2}, {"a": 1}, "it also has 'b'"),
        ({"a": 1}, {"a": 2}, "'a': it is 1, wanted 2"),
        ([1, 2], np.array([1, 2]), "it is [1, 2], not an array"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "its shape is (2, 3), wanted (3, 2)"),
        (ARRAY, ARRAY.astype(int), "its numbers are float64, wanted int64"),
        (np.array([True]), np.array([1]), "its numbers are bool, wanted int64"),
        (np.array([[1.0, 2.0], [3.5, 4.0]]), ARRAY, "at [1, 0] it is 3.5, wanted 3"),
        (np.array([np.nan, 1]), np.array([1.0, 1.0]), "at [0] it is nan, wanted 1"),
        (np.array([1.0]), np.array([np.inf]), "at [0] it is 1, wanted inf"),
        (np.array(3), 3, "it is a number of type int64; return a Python number: use int(), float() or .item()"),
    ],
)
def test_not_the_same_and_why(answer: Any, wanted: Any, said: str) -> None:
    assert difference(answer, wanted) == said


def test_a_number_of_an_array_is_a_number_where_the_assignment_says_so() -> None:
    assert difference(np.array(3), 3, numbers_of_arrays=True) == ""
    assert difference([np.array(0.5, "float32")], [0.5], numbers_of_arrays=True) == ""
    assert difference(np.array(True), 1, numbers_of_arrays=True) == "it is True"


def test_the_tolerance_is_relative_to_the_larger_of_one_and_the_number() -> None:
    assert difference(1.05, 1.0, tolerance=0.1) == ""
    assert difference(105.0, 100.0, tolerance=0.1) == ""
    assert difference(0.05, 0.0, tolerance=0.1) == ""
    assert difference(0.2, 0.0, tolerance=0.1) == "it is 0.2"


def test_single_precision_is_as_exact_as_single_precision_is() -> None:
    assert difference(np.array([1 + 1e-4], "float32"), np.array([1.0]))
    assert difference(np.array([1 + 1e-7]), np.array([1.0])), "double precision can do better"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        (np.zeros((64, 3)), "an array of shape (64, 3)"),
        (torch.ones(2), "[1.0, 1.0]"),
        (np.array(2.5, "float32"), "2.5 (float32)"),
        ([1, (2, 3)], "[1, [2, 3]]"),
        (1 / 3, "0.333333"),
        (12345678, "12345678"),
        ("a" * 300, "'" + "a" * 155 + " ..."),
        (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ...]"),
    ],
)
def test_a_value_in_a_line(value: Any, text: str) -> None:
    assert told(value) == text


def test_digits_are_shown_until_they_differ() -> None:
    assert difference(0.3333333, 1 / 3) == "it is 0.3333333, wanted 0.3333333333333333"
    assert difference(np.array([0.25, 0.33333]), np.array([0.25, 0.3334])) == "at [1] it is 0.33333, wanted 0.3334"
    assert difference(np.array([1 / 3 + 1e-8]), np.array([1 / 3]), 1e-10) == (
        "at [0] it is 0.333333343, wanted 0.333333333"
    )
