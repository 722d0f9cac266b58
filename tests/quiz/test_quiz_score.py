"""Marks: what each kind of answer earns, and what is said to who gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dlgrade import quiz
from dlgrade.course import Misconception
from dlgrade.quiz import NotAnAnswer, score, typed_number

if TYPE_CHECKING:
    from conftest import Course

BELIEFS = {
    "belief": Misconception("belief", "A belief.", "It is not so.", ("belief-card",)),
    "other": Misconception("other", "Another.", "Nor is this.", ("other-card", "card")),
}

ONE = """
q: {objective: aim, ask: Which., right: This, because: B., cards: [card],
    wrong: [{text: That, misconception: belief}, {text: Other, misconception: other, because: Not here.},
            {text: Third, because: No.}]}
"""
SEVERAL = """
q: {objective: aim, ask: Which., right: [a, b, c], because: B., cards: [card],
    wrong: [{text: d, misconception: belief}, {text: e, because: E is no right one.}]}
"""
TWO_TIER = """
q: {objective: aim, ask: Which., right: This, because: B., cards: [card],
    wrong: [{text: That, because: No that.}, {text: Other, because: No.}],
    why: {right: So, wrong: [{text: Thus, misconception: belief}, {text: Hence, because: No.}]}}
"""


def test_one_right_option_earns_everything_and_a_wrong_one_says_why(course: Course) -> None:
    item = course.item(ONE)
    right = score(item, 0, BELIEFS)
    assert (right.points, right.out_of, right.feedback, right.cards) == (1, 1, (), ())
    wrong = score(item, 2, BELIEFS)
    assert wrong.points == 0
    assert wrong.feedback == ("Not here.", "Nor is this.")
    assert wrong.misconceptions == ("other",)
    assert wrong.cards == ("other-card", "card")
    assert wrong.right == "This"
    assert score(item, 3, BELIEFS).cards == ("card",)


@pytest.mark.parametrize(
    ("chosen", "points"),
    [([0, 1, 2], 1), ([0, 1], 2 / 3), ([0, 1, 2, 3], 2 / 3), ([0, 3], 0), ([3, 4], 0), ([0, 3, 4], 0), ([], 0)],
)
def test_several_right_options_lose_by_false_ones_but_never_below_nothing(
    course: Course, chosen: list[int], points: float
) -> None:
    assert score(course.item(SEVERAL), chosen).points == pytest.approx(points)


def test_each_false_choice_is_named(course: Course) -> None:
    mark = score(course.item(SEVERAL), [0, 4, 3], BELIEFS)
    assert mark.feedback == (
        "2 right options not chosen.", "Not right: e", "E is no right one.", "Not right: d", "It is not so.",
    )  # fmt: skip
    assert mark.right == "- a\n- b\n- c"


@pytest.mark.parametrize(("answer", "points"), [((0, 0), 1), ((0, 1), 0), ((1, 0), 0), ((2, 2), 0)])
def test_an_answer_counts_only_with_its_reason(course: Course, answer: tuple[int, int], points: int) -> None:
    mark = score(course.item(TWO_TIER), answer, BELIEFS)
    assert mark.points == points
    if answer == (0, 1):
        assert mark.feedback == (
            "The answer is right, the reason is not: it counts only with its reason.",
            "It is not so.",
        )


@pytest.mark.parametrize(
    ("typed", "points", "tag"),
    [
        ("24", 1, ""), ("24 px", 1, ""), ("24.0", 1, ""), ("48/2", 1, ""), ("2.4e1", 1, ""), (24, 1, ""),
        ("24.001", 0, ""), ("23", 0, "belief"), ("7.51", 0, "other"), ("7.6", 0, ""), ("-24", 0, ""),
    ],
)  # fmt: skip
def test_numbers_are_right_wrong_or_telling(course: Course, typed: str | float, points: int, tag: str) -> None:
    item = course.item("""
        q: {objective: aim, ask: How many., number: 24, unit: px, because: B.,
            wrong_numbers: {"23": belief, "7.5": other}}
        """)
    mark = score(item, typed, BELIEFS)
    assert (mark.points, mark.misconceptions) == (points, (tag,) if tag else ())
    assert mark.right == "24 px"


def test_what_is_no_number_is_asked_again_and_not_marked(course: Course) -> None:
    item = course.item("q: {objective: aim, ask: How many., number: 24, because: B.}")
    for typed in ("many", "", "1 1/2", "nan", "1e999", "24 px", "__import__('os')", True, [24]):
        with pytest.raises(NotAnAnswer):
            score(item, typed)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1 234", 1234), ("1,234", 1234), ("1\u202f234\u00a0567", 1234567), ("1'234", 1234), ("1_000", 1000),
        ("1,234,567.5", 1234567.5), ("1.234.567", 1234567), ("1.234,5", 1234.5), ("1 234,5", 1234.5),
        ("0,5", 0.5), ("1,5", 1.5), ("0,125", 0.125), ("1234,567", 1234.567), (",5", 0.5), (".5", 0.5), ("5.", 5),
        ("1.234", 1.234), ("3/4", 0.75), ("-3 / 4", -0.75), ("1e-3", 0.001), ("1,5e2", 150), ("\u22125", -5),
        ("+7", 7), ("  12  ", 12), ("007", 7),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed: str, number: float) -> None:
    assert typed_number(typed) == pytest.approx(number)


@pytest.mark.parametrize(
    "typed",
    ["1,23,4", "1 1/2", "12 34", "1,234,5", "1.2.3", "1/0", "1/2/3", "--1", "0x10", "e5", "inf", "nan", "1e400", ".",
     ",", "", "/", "1,,2", "1  234", "\uff11\uff12", "9" * 61, "1 000,000 000"],
)  # fmt: skip
def test_what_could_be_two_numbers_or_none_is_not_guessed(typed: str) -> None:
    assert typed_number(typed) is None


@pytest.mark.parametrize(
    ("given", "points"),
    [([0, 1, 2, 3], 1), ([1, 2, 3, 0], 0.75), ([3, 2, 1, 0], 0.25), ([1, 0, 3, 2], 0.5), ([0, 2, 1, 3], 0.75)],
)
def test_an_order_earns_its_longest_common_subsequence(course: Course, given: list[int], points: float) -> None:
    item = course.item("q: {objective: aim, ask: Sort., order: [a, b, c, d], because: B.}")
    assert score(item, given).points == points


def test_matches_count_one_by_one(course: Course) -> None:
    item = course.item("""
        q: {objective: aim, ask: Match., match: {a: one, b: two, c: one}, distractors: [three], because: B.}
        """)
    assert quiz.right_sides(item) == ("one", "two", "three")
    assert score(item, [0, 1, 0]).points == 1
    mark = score(item, [0, None, 2])
    assert mark.points == pytest.approx(1 / 3)
    assert mark.feedback == ("1 of 3 are matched right.",)


@pytest.mark.parametrize(
    ("typed", "points"),
    [("tensor([1., 2.])", 1), (" tensor( [1.,2.] ) ", 1), ("tensor([1.,\n 2.])", 1), ("tensor([1, 2])", 0), ("", 0),
     ("tensor([1 ., 2.])", 1), ("tensor([12.])", 0)],
)  # fmt: skip
def test_typed_output_is_compared_without_regard_to_space(course: Course, typed: str, points: int) -> None:
    item = course.item("""
        q: {objective: aim, ask: What., runs: x, prints: "tensor([1., 2.])", because: B.}
        """)
    assert score(item, typed).points == points


def test_two_words_are_not_one(course: Course) -> None:
    item = course.item("q: {objective: aim, ask: What., runs: x, prints: 1 2, because: B.}")
    assert score(item, "12").points == 0
    assert score(item, "1  2").points == 1


def test_the_faulty_line_is_named_with_its_mend(course: Course) -> None:
    item = course.item("""
        q: {objective: aim, ask: Which line., spot: "a = 1\\nb = 2", line: 2, mend: b = 3, proof: assert b == 3,
            blame: {"1": belief}, because: B.}
        """)
    assert score(item, 1).points == 1
    mark = score(item, 0, BELIEFS)
    assert (mark.points, mark.feedback) == (0, ("It is not so.",))
    assert mark.right == "Line 2: `b = 2` should be `b = 3`"


def test_a_reflection_is_never_right_or_wrong(course: Course) -> None:
    item = course.item("q: {objective: aim, ask: What., free: [first, second]}")
    mark = score(item, {"text": "I think", "ticked": [1]})
    assert (mark.points, mark.out_of, mark.right, mark.cards) == (0, 0, "", ())
    assert mark.feedback == ("1 of 2 ideas ticked.",)


def test_who_does_not_know_gets_every_card_and_no_reproach(course: Course) -> None:
    mark = score(course.item(ONE), None, BELIEFS)
    assert (mark.points, mark.feedback, mark.misconceptions) == (0, (), ())
    assert mark.cards == ("belief-card", "other-card", "card")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (ONE, 4), (ONE, -1), (ONE, "0"), (ONE, True), (ONE, [0]), (ONE, 0.0),
        (SEVERAL, [0, 0]), (SEVERAL, [7]), (SEVERAL, "01"), (SEVERAL, 1),
        (TWO_TIER, [0]), (TWO_TIER, 0), (TWO_TIER, [0, 3]), (TWO_TIER, [0, 0, 0]),
        ("q: {objective: aim, ask: Sort., order: [a, b, c], because: B.}", [0, 1]),
        ("q: {objective: aim, ask: Sort., order: [a, b, c], because: B.}", [0, 1, 1]),
        ("q: {objective: aim, ask: M., match: {a: x, b: y}, because: B.}", [0]),
        ("q: {objective: aim, ask: M., match: {a: x, b: y}, because: B.}", {"a": 0, "b": 1}),
        ("q: {objective: aim, ask: W., runs: x, prints: y, because: B.}", 3),
        ("q: {objective: aim, ask: W., free: [x]}", "text"),
        ("q: {objective: aim, ask: W., free: [x]}", {"text": 3, "ticked": []}),
        ("q: {objective: aim, ask: W., free: [x]}", {"text": "t", "ticked": [1]}),
    ],
)  # fmt: skip
def test_answers_of_the_wrong_shape_are_refused(course: Course, question: str, answer: Any) -> None:
    with pytest.raises(NotAnAnswer):
        score(course.item(question), answer)


def test_the_answer_that_is_shown_is_right_and_reads_well(course: Course) -> None:
    def shown(more: str) -> str:
        return score(course.item(f"q: {{objective: aim, ask: A., because: B., {more}}}"), None).right

    assert shown("number: 1000000/7, tolerance: 600") == "142,857"
    assert shown("number: (102/255 - 0.1307)/0.3081, tolerance: 0.01") == "0.87"
    assert shown("number: 1/3") == "0.333"
    assert shown("number: 6379786, unit: parameters") == "6,379,786 parameters"
    assert shown("order: [a, b, c]") == "1. a\n2. b\n3. c"
    assert shown("match: {a: x, b: y}") == "- a \u2192 x\n- b \u2192 y"
    assert shown("claim: false") == "False"
    assert shown('runs: x, prints: "- 1"') == "`- 1`"
