"""The rule for student ids and for names of files."""

from __future__ import annotations

import re
import string

from hypothesis import given
from hypothesis import strategies as st

from dlgrade.intake._names import clean_id, file_name, is_id, student_ids

strangers = st.text(st.characters() | st.sampled_from("._-@+~/\\ \u202eAaé\u0301" + string.printable), max_size=150)


@given(st.lists(strangers, max_size=12))
def test_ids_are_clean_bounded_and_nobody_elses(raws):
    clean = student_ids(raws)
    assert clean == student_ids(reversed(raws))
    assert len({who.casefold() for who in clean.values()}) == len(set(raws))
    for who in clean.values():
        assert 0 < len(who) <= 64
        assert len(who.encode("utf-8")) <= 120
        assert re.fullmatch(r"[\w.@+~\u0300-\u036f\u0900-\u0dff-]*", who) or not who.isascii()
        assert who[0] not in "=+-@."
        assert not who.endswith(".")
        assert not {"/", "\\", ":", "\0", " "} & set(who)
        assert is_id(who)


@given(st.from_regex(r"[a-z0-9][a-z0-9_@-]{0,60}[a-z0-9]", fullmatch=True))
def test_an_ordinary_id_stays_as_it_is_whoever_else_is_there(raw):
    if clean_id(raw) == raw:
        assert student_ids([raw, raw.upper() + "!", f"{raw}!", f" {raw}/"])[raw] == raw
    else:
        assert raw in {"con", "prn", "aux", "nul", "me"} or re.fullmatch(r"(com|lpt)[0-9]", raw)


def test_examples():
    assert student_ids(["s001", "S002", "a.b@c.edu", "Jane Doe", "日本", "O'Neil"]) == {
        "s001": "s001",
        "S002": "S002",
        "a.b@c.edu": "a.b@c.edu",
        "Jane Doe": "Jane_Doe",
        "日本": "日本",
        "O'Neil": "O_Neil",
    }
    ids = student_ids(["alice", "Alice", "a;b", "a,b", "con", "", "x" * 80])
    assert ids["alice"] == "alice"
    assert re.fullmatch(r"Alice~[0-9a-f]{8}", ids["Alice"])
    assert ids["a,b"].startswith("a_b~")
    assert ids["a;b"].startswith("a_b~")
    assert ids["con"].startswith("con~")
    assert ids[""].startswith("student~")
    assert re.fullmatch(r"x{55}~[0-9a-f]{8}", ids["x" * 80])


def test_a_suffix_cannot_be_taken_from_somebody():
    taken = student_ids(["Alice", "alice"])["Alice"]
    assert student_ids(["Alice", "alice", taken])["Alice"] == taken
    assert clean_id(taken) != taken
    assert is_id(taken)
    assert not is_id("Alice~12345")
    assert not is_id("a/b~12345678")


@given(strangers)
def test_names_of_files_can_be_made_anywhere_and_keep_their_ending(raw):
    name = file_name(raw + ".py")
    assert name.endswith(".py")
    assert 0 < len(name.encode("utf-8")) <= 255
    assert not set(name) & set('<>:"/\\|?*\0\n')
