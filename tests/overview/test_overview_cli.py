"""`dlgrade leaderboard` and what the index tells to do, on a real gradebook."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Ran
from tests.overview.conftest import grade, mixed, report

from dlgrade.gradebook import Gradebook, grades
from dlgrade.overview import index

Run = Callable[..., Ran]
ODD = "O'Brien; touch pwned"


@pytest.fixture
def book(tmp_path: Path, dlgrade: Run) -> Path:
    """Twelve students of code6, one of whom waits for a person; one of them also did another assignment."""
    path = tmp_path / "work" / "grades.sqlite"
    with Gradebook(path) as made:
        everyone = [*mixed(12), grade(ODD, report("review")), grade("-dash", report("review"))]
        for one in everyone:
            if one.attempt is not None:
                made.add(one.attempt)
        for who in ("s000", "s001"):
            attempt = grade(who, report("trained", accuracy=0.9, profile="full", assignment="code5")).attempt
            assert attempt is not None
            made.add(attempt)
    return path


def test_the_board_is_ranked_and_nobody_is_named(book: Path, dlgrade: Run) -> None:
    ran = dlgrade("leaderboard", "code6")
    assert (ran.code, ran.err) == (0, "")
    assert "Global average pooling" in ran.out
    assert "public half" in ran.out
    shares = [float(share) for share in re.findall(r"(\d+\.\d+) %", ran.out)]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) > 5
    assert not re.search(r"\bs0\d\d\b", ran.out)


def test_a_student_has_the_same_name_in_every_assignment_and_every_time(book: Path, dlgrade: Run) -> None:
    first = dlgrade("leaderboard", "code6", "--mine", "s000").out
    second = dlgrade("leaderboard", "code5", "--mine", "s000").out
    name = re.findall(r"You: rank .*, as (.*)\.", first)
    assert name
    assert re.findall(r"You: rank .*, as (.*)\.", second) == name
    assert dlgrade("leaderboard", "code6", "--mine", "s000").out == first


def test_json_page_and_terminal_tell_the_same(book: Path, dlgrade: Run, tmp_path: Path) -> None:
    page = tmp_path / "board.html"
    ran = dlgrade("leaderboard", "code6", "--private", "--json", "--html", page)
    told: dict[str, Any] = json.loads(ran.out)
    assert (told["schema"], told["id"], told["view"], told["profile"]) == (1, "code6", "private", "full")
    text, table = page.read_text(encoding="utf-8"), dlgrade("leaderboard", "code6", "--private").out
    for entry in told["entries"]:
        assert entry["name"] in text
        assert entry["name"] in table
        assert f"{100 * entry['accuracy']:.2f} %" in text


def test_names_need_no_secret_and_show_ids(book: Path, dlgrade: Run) -> None:
    assert "s000" in dlgrade("leaderboard", "code6", "--names").out
    assert not list(book.parent.glob("*pseudonyms*"))


def test_what_cannot_be_ranked_is_said_in_one_line(book: Path, dlgrade: Run, tmp_path: Path) -> None:
    ran = dlgrade("leaderboard", "f-outsize")
    assert (ran.code, "trains no network" in ran.err) == (2, True)
    ran = dlgrade("leaderboard", "no-such-thing")
    assert (ran.code, "There are: code5, code6." in ran.err) == (2, True)
    ran = dlgrade("leaderboard", "code6", "--mine", "s01")
    assert (ran.code, "knows no student s01" in ran.err) == (2, True)
    ran = dlgrade("leaderboard", "code6", "--gradebook", tmp_path / "none.sqlite")
    assert (ran.code, "there is no gradebook" in ran.err) == (2, True)
    ran = dlgrade("leaderboard", "code6", "--html", tmp_path / "no folder" / "x.html")
    assert (ran.code, "leaderboard cannot be written" in ran.err) == (3, True)


def test_a_gradebook_can_be_read_without_its_course(
    book: Path, dlgrade: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DLGRADE_COURSE", str(tmp_path / "nowhere"))
    ran = dlgrade("leaderboard", "code6")
    assert (ran.code, "Global average pooling" in ran.out) == (0, True)
    assert dlgrade("leaderboard", "f-outsize").code == 2


def test_a_policy_decides_which_attempt_is_ranked(book: Path, dlgrade: Run) -> None:
    better = report("trained", accuracy=0.99, profile="full", sha256="1" * 64)
    worse = report("trained", accuracy=0.5, profile="full", sha256="2" * 64, score=37)
    with Gradebook(book) as made:
        for number, one in enumerate((better, worse)):
            attempt = grade("twice", one).attempt
            assert attempt is not None
            made.add(dataclasses.replace(attempt, key=str(number), points=one["score"]))
    (book.parent / "last.yaml").write_text("default:\n  counts: last\n", encoding="utf-8")

    def accuracy(*more: str) -> float:
        told = json.loads(dlgrade("leaderboard", "code6", "--json", "--names", *more).out)
        return next(float(one["accuracy"]) for one in told["entries"] if one["name"] == "twice")

    assert accuracy() == 0.99
    assert accuracy("--policy", "last.yaml") == 0.5


def test_the_commands_of_the_index_decide_what_waits(book: Path, dlgrade: Run) -> None:
    def page() -> str:
        with Gradebook(book, read_only=True) as made:
            return index(grades(made, "code6"), gradebook=book)

    commands = [unescape(one) for one in re.findall(r"<code>(dlgrade grades settle [^<]*)</code>", page())]
    assert any("O'\"'\"'Brien" in one for one in commands)
    assert any(one.endswith("-- code6 -dash shape passed") for one in commands)
    for command in commands:
        words = shlex.split(command)
        blank = dlgrade(*words[1:])
        assert (blank.code, "who took it and why" in blank.err) == (2, True)
        filled = [{"--by": "T. Eacher", "--why": "read it"}.get(before, word)
                  for before, word in zip(["", *words], words, strict=False)]  # fmt: skip
        ran = dlgrade(*filled[1:])
        assert ran.code == 0, ran.err
        assert "settled by T. Eacher" in ran.out
    assert "Nothing waits for a decision." in page()
