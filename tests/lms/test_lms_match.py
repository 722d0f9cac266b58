"""Whose row is whose: certain, or nobody's."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lms.conftest import grade

from dlgrade.gradebook import Grade
from dlgrade.lms import ids_in
from dlgrade.lms._match import Row, match

ROWS = [
    Row(1, ("ada@x", "u1"), "Lovelace, Ada", "501"),
    Row(2, ("bo@x", "u2"), "Bo", "502"),
    Row(3, ("cy@x",), "Bo Cy", "503"),
]


def rows(grades: list[Grade], **also: tuple[str, ...]) -> Mapping[str, int]:
    return match(grades, ROWS, also, "the table").rows


@pytest.mark.parametrize(
    ("who", "name", "row"),
    [("U1", "", 1), (" ada@X ", "", 1), ("x", "ada  LOVELACE", 1), ("x", "Lovelace, Ada", 1), ("Ada Lovelace", "", 1),
     ("x", "adalovelace", 1), ("x", "Ada", None), ("x", "", None), ("502", "", 2), ("502", "Bo", 2)],
)  # fmt: skip
def test_an_id_or_a_name_finds_a_row(who: str, name: str, row: int | None) -> None:
    assert rows([grade(who, name)]).get(who) == row


def test_a_number_that_another_assignment_gave_to_somebody_else_finds_nobody() -> None:
    assert rows([grade("503", "Ada Lovelace")]) == {"503": 1}  # by the name, not by the number
    assert rows([grade("503", "Dee Vau")]) == {}


@pytest.mark.parametrize(
    ("name", "found"),
    [("mllerjrgen", True), ("Jürgen Müller", True), ("", True), ("Ada Lovelace", False), ("李", True)],
)  # fmt: skip
def test_a_number_of_canvas_counts_where_the_names_can_be_one(name: str, found: bool) -> None:
    row = Row(1, ("login",), "Müller, Jürgen", "501", lasting=True)
    assert bool(match([grade("501", name)], [row], {}, "it").rows) is found
    assert bool(match([grade("s1", name)], [row], {"s1": ("501",)}, "it").rows) is (found or "Müller" in name)


def test_the_own_id_counts_before_others_and_others_before_the_name() -> None:
    assert rows([grade("u2", "Ada Lovelace")], u2=("cy@x",)) == {"u2": 2}
    assert rows([grade("s1", "Ada Lovelace")], s1=("cy@x",)) == {"s1": 3}


def test_of_a_roster_only_what_names_a_person_is_an_id() -> None:
    other = {
        "E-mail Address": "ada@x ", "SIS User ID": "u1", "canvas_user_id": "17", "Section": "u2", "group": "Bo",
        "moodle_participant": "503", "Identifier": "Participant 503", "late": "yes", "Login": "",
    }  # fmt: skip
    assert ids_in(other) == ("ada@x", "u1", "17")


@given(st.permutations(["u1", "ada@x", "u2", "503", "nobody", "x"]), st.sets(st.sampled_from(["u1", "ada@x", "u2"])))
def test_no_row_is_given_twice_and_nobody_is_lost(whos: list[str], named: set[str]) -> None:
    grades = [grade(who, "Lovelace, Ada" if who in named or who == "x" else "") for who in whos]
    found = match(grades, ROWS, {}, "the table")
    assert len(set(found.rows.values())) == len(found.rows)
    assert set(found.rows) | set(found.left) == set(whos)
    assert not set(found.rows) & set(found.left)
