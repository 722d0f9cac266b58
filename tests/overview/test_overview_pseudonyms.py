"""Pseudonyms: no two alike, the same tomorrow, nobody's taken away, and nothing to be learned from them."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from dlgrade.errors import MachineError, UsageError
from dlgrade.overview import _pseudonyms, pseudonyms, pseudonyms_file
from dlgrade.overview._pseudonyms import given
from dlgrade.overview._words import FIRST, SECOND

PEOPLE = st.sets(st.text(max_size=12), max_size=40)


def test_the_words_are_different_short_and_plain() -> None:
    words = [*FIRST, *SECOND]
    assert len(set(words)) == len(words)
    assert all(word.isascii() and word.islower() and word.isalpha() and 2 < len(word) < 8 for word in words)
    assert len(FIRST) * len(SECOND) > 25_000


@drawn(PEOPLE, PEOPLE, st.binary(min_size=32, max_size=32))
def test_nobody_who_joins_takes_a_name_away(first: set[str], later: set[str], secret: bytes) -> None:
    before = given(first, secret, {})
    after = given(first | later, secret, before)
    assert after.items() >= before.items()
    assert after.keys() == first | later
    assert len(set(after.values())) == len(after)
    assert given(sorted(first, reverse=True), secret, {}) == before


def test_a_class_larger_than_the_words_still_has_a_name_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pseudonyms, "FIRST", ("calm", "warm"))
    monkeypatch.setattr(_pseudonyms, "SECOND", ("otter", "wren"))
    found = given([f"s{number}" for number in range(20)], b"secret", {})
    assert len(set(found.values())) == 20
    assert {"calm otter", "calm wren", "warm otter", "warm wren"} <= set(found.values())


def test_names_are_drawn_once_and_kept_beside_the_gradebook(tmp_path: Path) -> None:
    path = pseudonyms_file(tmp_path / "grades.sqlite")
    assert path.parent == tmp_path
    first = pseudonyms(["s1", "s2"], path)
    kept = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert pseudonyms(["s2"], path) == {"s2": first["s2"]}
    assert path.read_bytes() == kept
    both = pseudonyms(["s3", "s1"], path)
    assert both["s1"] == first["s1"]
    assert json.loads(path.read_text())["names"] == {**first, **both}
    assert os.listdir(tmp_path) == [path.name]


def test_another_class_has_other_names(tmp_path: Path) -> None:
    people = [f"s{number}" for number in range(20)]
    assert pseudonyms(people, tmp_path / "one.json") != pseudonyms(people, tmp_path / "two.json")


def test_a_name_that_was_written_by_hand_stays(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    pseudonyms(["s1"], path)
    plain = json.loads(path.read_text())
    plain["names"]["s1"] = "the one who asked"
    path.write_text(json.dumps(plain))
    assert pseudonyms(["s1", "s2"], path)["s1"] == "the one who asked"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"secret": "00", "names": {}}', '{"secret": 3, "names": {}}', "\xff\xfe",
     '{"secret": "' + "00" * 32 + '", "names": {"a": ""}}', '{"secret": "' + "00" * 32 + '", "names": []}'],
)  # fmt: skip
def test_a_file_that_holds_something_else_is_refused_and_left(text: str, tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match="does not hold pseudonyms"):
        pseudonyms(["s1"], path)
    assert path.read_bytes() == text.encode("latin-1")


def test_one_name_for_two_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    path.write_text(json.dumps({"secret": "00" * 32, "names": {"a": "calm otter", "b": "calm otter"}}))
    with pytest.raises(UsageError, match="two students the same name"):
        pseudonyms(["a"], path)


def test_where_no_secret_can_be_kept_there_are_no_pseudonyms(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MachineError, match="cannot be"):
        pseudonyms(["s1"], tmp_path / "file" / "names.json")
    with pytest.raises(MachineError, match="cannot be written"):
        pseudonyms(["s1"], tmp_path / "no folder" / "names.json")


def test_where_the_secret_is_there_and_cannot_be_written_the_names_come_out_the_same(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    pseudonyms(["s1"], path)
    blocked = tmp_path / f".names.json.{os.getpid()}"
    blocked.mkdir()
    (blocked / "full").touch()
    first = pseudonyms(["s1", "s2"], path)
    assert pseudonyms(["s1", "s2"], path) == first
    (blocked / "full").unlink()
    blocked.rmdir()
    assert pseudonyms(["s1", "s2"], path) == first
