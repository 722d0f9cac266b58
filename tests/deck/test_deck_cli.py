"""The commands around decks, as somebody uses them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.deck.conftest import Course

TWO = """\
title: Losses
order: 2
cards:
  two: {front: "Which?", back: Cross-entropy}
"""


@pytest.fixture
def command(course: Course, dlgrade: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """The command line in the small course, whose second deck comes first."""
    course.deck(TWO, "deck-two")
    course.write("quizzes/quiz1.yaml", "questions:\n  q:\n    cards: [two]\n")
    monkeypatch.setenv("DLGRADE_COURSE", str(course.root))
    return dlgrade


def keep(course: Course, verdicts: dict[str, str], **more: object) -> None:
    """Leave a report as `dlgrade check` does."""
    from dlgrade.cli._last_report import keep

    keep("code6", {"criteria": [{"id": name, "verdict": verdict} for name, verdict in verdicts.items()], **more})


def test_list_shows_decks_in_their_order(command: Callable) -> None:
    ran = command("deck", "list")
    assert ran.code == 0
    assert ran.out.splitlines() == ["deck-two    1 cards  Losses", "deck-one    1 cards  Sizes"]


def test_build_tells_each_deck_and_succeeds(command: Callable) -> None:
    ran = command("deck", "build")
    assert ran.code == 0, ran.text
    lines = ran.out.splitlines()
    assert [line.split()[:2] for line in lines] == [["ok", "deck-two"], ["ok", "deck-one"]]
    assert "1 cards,   1 computed,   0 run,  0 drawn" in lines[1]


def test_build_fails_with_file_line_and_mend(course: Course, command: Callable) -> None:
    course.cards("one: {front: f, back: b, check: 1 == 2}")
    ran = command("deck", "build", "deck-one")
    assert ran.code == 2
    assert ran.out.startswith("1 wrong   deck-one")
    assert re.search(r"flashcards/deck-one.yaml:3: '1 == 2' is false\n +Mend the card or the check.", ran.err)


def test_a_mistyped_deck_is_answered_with_the_nearest(command: Callable) -> None:
    for verb in ("build", "export"):
        ran = command("deck", verb, "deck-oen")
        assert (ran.code, ran.err) == (2, "error: there is no deck deck-oen\n  Did you mean deck-one?\n")


def test_export_writes_a_package_and_says_what_is_in_it(command: Callable) -> None:
    ran = command("deck", "export", "-o", "all.apkg")
    assert (ran.code, ran.out) == (0, "all.apkg: 2 cards in 2 decks\n")
    assert zipfile.is_zipfile("all.apkg")
    assert command("deck", "export", "deck-one").out == "deck-one.apkg: 1 card in 1 deck\n"
    assert command("deck", "export", "--card", "two").out == "cards.apkg: 1 card in 1 deck\n"
    assert command("deck", "export", "deck-one", "--card", "two", "--tsv").out == "cards.tsv: 2 cards in 2 decks\n"


def test_export_refuses_what_is_wrong_before_it_writes(course: Course, command: Callable) -> None:
    course.cards("one: {front: 'costs $5', back: b}")
    ran = command("deck", "export", "-o", "all.apkg")
    assert ran.code == 2
    assert "deck-one.yaml:3: math is not closed" in ran.err
    assert not Path("all.apkg").exists()
    assert command("deck", "export", "deck-two").code == 0


def test_export_refuses_an_unknown_card_and_another_ending(command: Callable) -> None:
    assert "no deck has the card 'twoo'\n  Did you mean 'two'?" in command("deck", "export", "--card", "twoo").err
    assert "does not end in .apkg" in command("deck", "export", "-o", "x.zip").err
    assert "cannot write" in command("deck", "export", "-o", "no/such/x.apkg").err
    assert command("deck", "export", "-o", "no/such/x.apkg").code == 3
    assert list(Path().iterdir()) == []


def test_failed_also_exports_the_cards_of_what_the_answers_betrayed(course: Course, command: Callable) -> None:
    from dlgrade.cli._last_report import keep

    keep("code6", {"criteria": [{"id": "shape", "verdict": "failed", "cards": ["two"]}]})
    assert command("deck", "export", "--failed", "code6", "--tsv").out == "code6-failed.tsv: 2 cards in 2 decks\n"


def test_failed_exports_the_cards_of_what_failed_with_a_tag_for_each(course: Course, command: Callable) -> None:
    keep(course, {"shape": "failed", "budget": "crashed"})
    ran = command("deck", "export", "--failed", "code6", "--tsv")
    assert (ran.code, ran.out) == (0, "code6-failed.tsv: 1 card in 1 deck\n")
    assert "failed::code6::shape failed::code6::budget" in Path("code6-failed.tsv").read_text(encoding="utf-8")


def test_what_passed_or_waits_is_not_exported(course: Course, command: Callable) -> None:
    keep(course, {"shape": "blocked", "budget": "passed"})
    ran = command("deck", "export", "--failed", "code6")
    assert (ran.code, ran.err) == (
        2,
        "error: nothing failed in the last report of code6\n  There is nothing to review.\n",
    )
    keep(course, {"shape": "blocked"}, problem={"what": "no network"})
    assert "the last check of code6 measured nothing" in command("deck", "export", "--failed", "code6").err


def test_without_a_report_the_command_that_makes_one_is_said(course: Course, command: Callable) -> None:
    ran = command("deck", "export", "--failed", "code6")
    assert (ran.code, ran.err) == (
        2,
        "error: there is no report of code6 on this machine\n  Run: dlgrade check code6\n",
    )
    keep(course, {})
    (report,) = (course.root.parent / "home" / "reports").iterdir()
    report.write_text("{")
    assert "cannot be read" in command("deck", "export", "--failed", "code6").err
    assert "there is no assignment code7" in command("deck", "export", "--failed", "code7").err


def test_check_leaves_its_report_for_the_deck(
    dlgrade: Callable, written: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DLGRADE_HOME", str(tmp_path / "home"))
    ran = dlgrade("check", "code6", written("import"), "--profile", "smoke", "--no-html")
    assert ran.code == 1
    plain = json.loads((tmp_path / "home/reports/code6.json").read_text(encoding="utf-8"))
    assert plain["assignment"] == "code6"
    assert not any("detail" in one for one in plain["criteria"])
    assert "the last check of code6 measured nothing" in dlgrade("deck", "export", "--failed", "code6").err


def test_deck_commands_do_not_import_torch(course: Course) -> None:
    program = (
        "import sys\nfrom dlgrade.cli import main\n"
        "for words in (['deck', 'list'], ['deck', 'build'], ['deck', 'export'], ['deck', 'export', '--tsv']):\n"
        "    try: main(words)\n"
        "    except SystemExit as ended: assert ended.code == 0, ended.code\n"
        "assert 'torch' not in sys.modules\n"
    )
    course.cards("one: {front: f, back: b, runs: torch.ones(1), figure: 'network([1, 1])', alt: words}")
    subprocess.run([sys.executable, "-c", program], check=True, timeout=240, cwd=course.root)


def test_the_decks_of_this_course_are_right() -> None:
    from dlgrade.deck import build

    faults = build(ROOT)
    assert not faults, "\n".join(map(str, faults))
