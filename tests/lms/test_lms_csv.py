"""Grades as comma-separated values, read back with Python's csv."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lms.conftest import SECRET, decided, grade, late, missing, override, wanted

from dlgrade.gradebook import Grade
from dlgrade.lms import Rules, Shape, unguarded
from dlgrade.lms._csv import write

SIGNS = st.sampled_from("=+-@\t\r\n'\"a1,; 🙂")
HOSTILE = st.text(SIGNS | st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)


def rows(grades: list[Grade], shape: Shape = "long", rules: Rules | None = None) -> list[dict[str, str]]:
    text = write(wanted(grades), rules or Rules(), shape).data.decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_long_has_a_row_for_each_student_and_assignment() -> None:
    other = Grade(**{**vars(grade("s001", "Ada", score=20)), "id": "f-outsize"})
    found = rows([late(grade("s001", "Ada"), 2.5), missing("s002"), override(grade("s003"), 41.5), other])
    assert [(row["student"], row["assignment"], row["status"], row["score"], row["max"]) for row in found] == [
        ("s001", "code6", "graded", "7.5", "50"), ("s002", "code6", "missing", "", "50"),
        ("s003", "code6", "graded", "41.5", "50"), ("s001", "f-outsize", "graded", "20", "50"),
    ]  # fmt: skip
    first = found[0]
    assert (first["raw"], first["settled"], first["penalty"], first["late_hours"]) == ("10", "10", "2.5", "36")
    assert (first["title"], first["profile"], first["handed_in"]) == (
        "Global average pooling", "quick", "2026-12-01T12:00:00+00:00",
    )  # fmt: skip
    assert (found[1]["raw"], found[1]["late_hours"], found[1]["attempts"]) == ("", "", "0")
    assert (found[2]["set_by"], found[2]["set_why"]) == ("staff", "was ill")


def test_wide_has_a_column_for_each_assignment_and_holds_back_what_is_undecided() -> None:
    waiting = Grade(**{**vars(grade("s001", report="every_verdict")), "id": "f-outsize"})
    grades = [grade("s001", "Ada", score=20), missing("s002"), waiting]
    assert rows(grades, "wide") == [
        {"student": "s001", "name": "Ada", "code6": "20", "f-outsize": ""},
        {"student": "s002", "name": "", "code6": "", "f-outsize": ""},
    ]
    left = write(wanted(grades), Rules(), "wide").left
    assert [(one.who, one.id) for one in left] == [("s002", "code6"), ("s001", "f-outsize")]
    assert [row["f-outsize"] for row in rows(grades, "wide", Rules(undecided=True))] == ["2.5", ""]
    assert [row["code6"] for row in rows(grades, "wide", Rules(zero_missing=True))] == ["20", "0"]


def test_criteria_have_a_row_each_with_what_persons_settled() -> None:
    one = decided(grade("s001", report="every_verdict"), "no_dense", "passed", "looked at it")
    found = {row["criterion"]: row for row in rows([one], "criteria")}
    assert (found["no_dense"]["verdict"], found["no_dense"]["points"]) == ("passed", "10")
    assert found["no_dense"]["measured"] == "a person decided: looked at it"
    assert (found["own_words"]["verdict"], found["own_words"]["points"]) == ("error", "")
    assert (found["loops"]["verdict"], found["loops"]["points"]) == ("timeout", "0")
    assert SECRET not in str(found)


def test_a_decision_on_another_attempt_decides_nothing_here() -> None:
    one = decided(grade("s001", report="every_verdict"), "no_dense", "passed", "looked at it")
    attempt = one.attempt
    assert attempt is not None
    newer = Grade(**{**vars(one), "attempt": type(attempt)(**{**vars(attempt), "number": 2})})
    assert {row["criterion"]: row["verdict"] for row in rows([newer], "criteria")}["no_dense"] == "review"


@pytest.mark.parametrize("shape", ["long", "wide", "criteria"])
@given(who=HOSTILE, name=HOSTILE)
def test_no_text_is_a_formula_and_every_text_comes_back(shape: Shape, who: str, name: str) -> None:
    content = write(wanted([grade(who, name, "hostile")]), Rules(undecided=True), shape)
    (head, *found) = csv.reader(io.StringIO(content.data.decode(), newline=""), strict=True)
    for row in found:
        assert len(row) == len(head)
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)
        assert (unguarded(row[0]), unguarded(row[1])) == (who, name)


def test_numbers_are_numbers_and_excel_gets_its_mark() -> None:
    content = write(wanted([grade("s001", "Zoë", score=7.5)]), Rules(), "long", excel=True)
    assert content.data.startswith(b"\xef\xbb\xbfstudent,")
    (row,) = csv.DictReader(io.StringIO(content.data.decode("utf-8-sig")))
    assert [float(row[name]) for name in ("score", "max", "raw", "settled", "penalty")] == [7.5, 50, 10, 10, 0]
    assert content.notes == ("1 grade comes from a rehearsal; only --profile full gives the mark",)
    assert write(wanted([grade("s001", report="passing")]), Rules(), "long").notes == ()
