"""Numbers, formulas and file names."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlgrade.lms import file_name, unguarded
from dlgrade.lms._text import guarded, number, read_number

HOSTILE = st.text(st.sampled_from("=+-@\t\r\n'\"a1,; ") | st.characters(), max_size=12)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(10, 2, "10"), (7.5, 2, "7.5"), (2.675, 2, "2.68"), (0.125, 2, "0.13"), (100, 4, "100"), (-0.001, 2, "0"),
     (33.33333, 5, "33.33333"), (1e6, 2, "1000000")],
)  # fmt: skip
def test_numbers_are_written_as_in_school(value: float, places: int, text: str) -> None:
    assert number(value, places) == text
    assert number(value, places, comma=True) == text.replace(".", ",")


@pytest.mark.parametrize(
    ("text", "value"),
    [("40.0", 40), (" 7,5 ", 7.5), ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("85%", 85), ("", None), ("EX", None),
     ("-", None), (".", None), ("(read only)", None), ("12a", None), ("-2", -2)],
)  # fmt: skip
def test_numbers_are_read_as_canvas_reads_them(text: str, value: float | None) -> None:
    assert read_number(text) == value


@given(st.floats(-1e6, 1e6), st.booleans())
def test_what_is_written_is_read_again(value: float, comma: bool) -> None:
    assert read_number(number(value, 4, comma=comma)) == pytest.approx(value, abs=6e-5)


@given(HOSTILE)
def test_no_cell_is_a_formula_and_every_text_comes_back(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert unguarded(cell) == text


@given(st.lists(HOSTILE | st.sampled_from(["../x", "a/b", "a\\b", "CON", "nul.txt", ".", "..", "", "s001", "é"])))
def test_every_student_has_a_file_name_of_their_own_that_leads_nowhere(whos: list[str]) -> None:
    names = {who: file_name(who) for who in whos}
    assert len(set(names.values())) == len(names)
    for name in names.values():
        assert name.strip(". ")
        assert not set(name) & set('/\\:*?"<>|\0\n\r')
        assert name.split(".")[0].lower() not in {"con", "nul", "aux", "prn"}


def test_a_plain_id_is_its_own_file_name() -> None:
    for who in ("s001", "ada.l@uni.example", "Zoë_2", "a~0123abcd", "王"):
        assert file_name(who) == who


def test_a_guarded_cell_is_one_cell_for_the_other_side() -> None:
    row = [guarded('=HYPERLINK("http://x","y")'), "s001"]
    made = io.StringIO()
    csv.writer(made).writerow(row)
    assert next(csv.reader([made.getvalue()])) == ['\'=HYPERLINK("http://x","y")', "s001"]
