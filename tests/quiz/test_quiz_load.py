"""A bank is read, or refused with file, line, what is wrong and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlgrade import quiz
from dlgrade.course import load_misconceptions
from dlgrade.errors import CourseError
from dlgrade.quiz._load import bank_files, read_bank

if TYPE_CHECKING:
    from conftest import Course

CLAIM = "said: {ask: It is so., objective: aim, claim: true, because: Thus., cards: [card]}\n"


def test_a_bank_of_every_kind_is_read(course: Course) -> None:
    bank = course.load(
        """
        one: {objective: aim, ask: Which., right: This, because: B.,
              wrong: [{text: That, misconception: belief}, {text: The other, because: No.}]}
        several: {objective: aim, ask: Which., right: [This, That], because: B., wrong: [{text: Other, because: No.}]}
        number: {objective: aim, ask: How many., number: 3, unit: px, wrong_numbers: {"4": belief}, because: B.}
        order: {objective: aim, ask: In which order., order: [first, then, last], because: B.}
        match: {objective: aim, ask: What goes with what., match: {a: one, b: two}, distractors: [three], because: B.}
        claim: {objective: aim, ask: It is so., claim: false, because: B.}
        output: {objective: aim, ask: What is printed., runs: print(1), prints: "1", because: B.}
        two-tier: {objective: aim, ask: Which., right: This, because: B.,
                   wrong: [{text: That, because: No.}, {text: Other, because: No.}],
                   why: {right: So, wrong: [{text: Thus, because: No.}, {text: Hence, because: No.}]}}
        spot: {objective: aim, ask: Which line., spot: "a = 1\\nb = 2", line: 2, mend: b = 3, proof: assert b == 3,
               blame: {"1": belief}, because: B.}
        free: {objective: aim, ask: What did you learn., free: [an idea], compare: mini}
        """
    )
    assert [question.kind for question in bank.questions] == [
        "one", "several", "number", "order", "match", "claim", "output", "two_tier", "spot", "free",
    ]  # fmt: skip
    assert bank.id == "mini"
    assert bank.objectives == {"aim": "Know a thing"}
    assert bank.questions[2].line == 7


WRONG = {
    "unknown key": ("{ask: A., objective: aim, claim: true, because: B., card: [x]}", "unknown key 'card'", "'cards'"),
    "missing answer": ("{ask: A., objective: aim, because: B.}", "has no answer", "Write one of"),
    "misspelt answer": ("{ask: A., objective: aim, nunber: 3, because: B.}", "has no answer", "'number'"),
    "two kinds": ("{ask: A., objective: aim, because: B., claim: true, number: 3}", "two kinds", "two questions"),
    "unknown objective": ("{ask: A., objective: aims, claim: true, because: B.}", "no objective 'aims'", "'aim'"),
    "no explanation": ("{ask: A., objective: aim, claim: true}", "'because' is missing", ""),
    "explained reflection": ("{ask: A., objective: aim, free: [x], because: B.}", "unknown key 'because'", ""),
    "number as text": ("{ask: A., objective: aim, right: 3, wrong: [], because: B.}", "is 3, wanted text", '"3"'),
    "no for text": ("{ask: no, objective: aim, claim: true, because: B.}", "is false, wanted text", "quotes"),
    "text for a claim": ('{ask: A., objective: aim, claim: "yes", because: B.}', "wanted true or false", ""),
    "difficulty": ("{ask: A., objective: aim, claim: true, because: B., difficulty: 4}", "is 4, wanted 1, 2 or 3", ""),
    "empty stem": ("{ask: ' ', objective: aim, claim: true, because: B.}", "'ask' is empty", ""),
    "one wrong option": (
        "{ask: A., objective: aim, right: x, because: B., wrong: [{text: y, because: z}]}",
        "1 wrong options, wanted two to five",
        "",
    ),
    "mute option": (
        "{ask: A., objective: aim, right: x, because: B., wrong: [{text: y, because: z}, {text: w}]}",
        "the wrong option 'w' says nothing",
        "misconception",
    ),
    "two to order": ("{ask: A., objective: aim, order: [x, y], because: B.}", "2 items, wanted 3", ""),
    "one pair": ("{ask: A., objective: aim, match: {x: y}, because: B.}", "1 pairs, wanted 2", ""),
    "unsafe import": (
        "{ask: A., objective: aim, number: \"__import__('os').getpid()\", because: B.}",
        "attributes (x.y) cannot be used",
        "Expressions know",
    ),
    "unsafe attribute": ("{ask: A., objective: aim, number: (3).real, because: B.}", "cannot be used", ""),
    "unknown name": (
        "{ask: '{n}', objective: aim, vary: {num: [1, 2]}, number: nun, because: B.}",
        "there is no name 'nun'",
        "'num'",
    ),
    "unknown name in require": (
        "{ask: '{n}', objective: aim, vary: {n: [1, 2]}, require: [n > 0, m > 0], number: n, because: B.}",
        "there is no name 'm'",
        "Drawn and computed here: n.",
    ),
    "let before it is known": (
        "{ask: '{b}', objective: aim, vary: {n: [1, 2]}, let: {b: c + 1, c: n}, number: b, because: B.}",
        "there is no name 'c'",
        "",
    ),
    "one value to draw": (
        "{ask: '{n}', objective: aim, vary: {n: [1]}, number: n, because: B.}",
        "'n' has one value",
        "two or more",
    ),
    "backward span": (
        "{ask: '{n}', objective: aim, vary: {n: {from: 9, to: 1}}, number: n, because: B.}",
        "'n' runs from 9 to 1",
        "",
    ),
    "open span": (
        "{ask: '{n}', objective: aim, vary: {n: {from: 9}}, number: n, because: B.}",
        "needs 'from' and 'to'",
        "",
    ),
    "name of a function": (
        "{ask: '{max}', objective: aim, vary: {max: [1, 2]}, number: '3', because: B.}",
        "'max' is what expressions call their own",
        "Rename",
    ),
    "drawn and computed": (
        "{ask: '{n}', objective: aim, vary: {n: [1, 2]}, let: {n: '3'}, number: n, because: B.}",
        "'n' is drawn already",
        "",
    ),
    "no such line": (
        "{ask: A., objective: aim, spot: x = 1, line: 2, mend: y, proof: z, because: B.}",
        "no line 2",
        "",
    ),
    "blame of the faulty line": (
        "{ask: A., objective: aim, spot: x = 1, line: 1, mend: y, proof: z, blame: {'1': belief}, because: B.}",
        "line 1 is the faulty one",
        "",
    ),
    "mended by itself": (
        "{ask: A., objective: aim, spot: x = 1, line: 1, mend: x = 1, proof: z, because: B.}",
        "the mended line is the faulty one",
        "",
    ),
    "figure without words": (
        "{ask: A., objective: aim, claim: true, because: B., figure: draw()}",
        "'figure' stands without 'alt'",
        "in words",
    ),
}


@pytest.mark.parametrize(("text", "what", "mend"), WRONG.values(), ids=WRONG)
def test_a_wrong_question_is_refused_with_its_line(course: Course, text: str, what: str, mend: str) -> None:
    with pytest.raises(CourseError) as refused:
        course.load(CLAIM + f"bad: {text}")
    assert refused.value.where == "quizzes/mini.yaml:5"
    assert what in refused.value.what
    assert mend in refused.value.mend


def test_the_line_is_that_of_the_part_and_not_of_the_question(course: Course) -> None:
    with pytest.raises(CourseError) as refused:
        course.load("""
            far:
              ask: Which?
              objective: aim
              right: This
              wrong:
                - {text: That, because: No.}
                - text: Other
                  misconcption: belief
              because: B.
            """)
    assert refused.value.where == "quizzes/mini.yaml:11"
    assert refused.value.mend == "Did you mean 'misconception'?"


def test_an_id_that_is_there_twice_is_refused(course: Course) -> None:
    with pytest.raises(CourseError, match="a second time, first in line 4"):
        course.load(CLAIM + CLAIM)


@pytest.mark.parametrize("key", ["Capital", "under_score", "two--hyphens", "-x", "ümlaut"])
def test_ids_are_small_letters_with_hyphens(course: Course, key: str) -> None:
    with pytest.raises(CourseError, match="cannot be the id of a question"):
        course.load(CLAIM.replace("said", key))
    with pytest.raises(CourseError, match="cannot be the id of a bank"):
        course.load(CLAIM, name=key)


def test_drawing_more_questions_than_there_are_is_refused(course: Course) -> None:
    with pytest.raises(CourseError, match="'draw' is 2, and the bank has 1"):
        course.load(CLAIM, head="draw: 2\n")


def test_all_that_is_wrong_is_found_at_once(course: Course) -> None:
    path = course.bank("""
        a: {ask: A., objective: aim, claim: 3, because: B.}
        b: {ask: A., objective: aims, number: m + k, because: B.}
        c: {ask: A., objective: aim, claim: true, because: B.}
        """)
    bank, faults = read_bank(path)
    assert [fault.where.rpartition(":")[2] for fault in faults] == ["4", "5", "5"]
    assert bank is not None
    assert [question.key for question in bank.questions] == ["c"]


def test_misconceptions_are_read_by_their_tags(course: Course) -> None:
    found = load_misconceptions(course.root / "quizzes" / "misconceptions.yaml")
    assert found["belief"].cards == ("other-card",)
    assert load_misconceptions(course.root / "none.yaml") == {}
    course.misconceptions("no-feedback: {belief: B., cards: [card]}\n")
    with pytest.raises(CourseError, match="'feedback' is missing"):
        load_misconceptions(course.root / "quizzes" / "misconceptions.yaml")


def test_banks_are_in_the_order_in_which_people_count(course: Course) -> None:
    for name in ("quiz10", "quiz2", "quiz-final"):
        course.bank(CLAIM, name=name)
    assert [path.stem for path in bank_files(course.root / "quizzes")] == ["quiz2", "quiz10", "quiz-final"]
    assert [bank.id for bank in quiz.load_banks(course.root / "quizzes")] == ["quiz2", "quiz10", "quiz-final"]
