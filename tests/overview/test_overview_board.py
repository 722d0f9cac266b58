"""The leaderboard: who ranks, by what, who is left out, and that nobody is named who is not to be."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tests.overview.conftest import HOSTILE, grade, mixed, report
from tests.report.test_report_html import Page

from dlgrade.errors import MachineError
from dlgrade.gradebook import Grade
from dlgrade.overview import Board, board, board_page, pareto, terminal, write_board


def network(who: str, accuracy: float, parameters: int = 6000, profile: str = "full", **changes: object) -> Grade:
    made = report("trained", accuracy=accuracy, parameters=parameters, profile=profile, **changes)
    return grade(who, made)


def ranked(grades: list[Grade], **options: object) -> Board:
    return board("code6", grades, {one.who: one.who for one in grades}, **options)  # type: ignore[arg-type]


def printed(shown: Board) -> str:
    console = Console(file=io.StringIO(), width=200)
    terminal(shown, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_accuracy_ranks_first_and_fewer_parameters_among_equals() -> None:
    shown = ranked([network("a", 0.98, 7000), network("b", 0.99, 8000), network("c", 0.98, 3000)])
    assert [(one.rank, one.name) for one in shown.entries] == [(1, "b"), (2, "c"), (3, "a")]


def test_equal_results_share_a_rank_and_stand_by_the_name_that_is_shown() -> None:
    same = [network("z-first-id", 0.98), network("a-last-id", 0.98), network("m", 0.97)]
    names = {"z-first-id": "able acorn", "a-last-id": "witty wren", "m": "calm otter"}
    shown = board("code6", same, names)
    assert [(one.rank, one.name) for one in shown.entries] == [(1, "able acorn"), (1, "witty wren"), (3, "calm otter")]


NUMBERS = st.tuples(st.integers(0, 12), st.integers(0, 12).map(lambda n: n / 12))


@given(st.lists(NUMBERS, max_size=30))
def test_the_front_is_what_nothing_else_beats(points: list[tuple[int, float]]) -> None:
    def beaten(one: tuple[int, float]) -> bool:
        return any(other[0] <= one[0] and other[1] >= one[1] and other != one for other in points)

    assert pareto(points) == tuple(not beaten(one) for one in points)


def test_the_front_is_marked_in_words() -> None:
    shown = ranked([network("best", 0.99, 7000), network("small", 0.97, 2000), network("neither", 0.96, 7000)])
    assert {one.name: one.front for one in shown.entries} == {"best": True, "small": True, "neither": False}
    rows = {line.split()[1]: line.split()[-1] for line in printed(shown).splitlines() if line.strip()[:1].isdigit()}
    assert rows == {"best": "yes", "small": "yes", "neither": "full"}
    page = board_page(shown)
    assert page.count("<td>on the front</td>") == 2
    assert "on the Pareto front: 2,000 parameters with 97.00 %, 7,000 parameters with 99.00 %." in page


def test_a_rehearsal_is_never_ranked_against_the_mark() -> None:
    grades = [network("marked", 0.95), network("rehearsed", 0.99, profile="quick")]
    shown = ranked(grades)
    assert [one.name for one in shown.entries] == ["marked"]
    assert "1 student is left out, graded at quick: quick and full are not compared." in shown.notes
    other = ranked(grades, profile="quick")
    assert [(one.name, one.profile) for one in other.entries] == [("rehearsed", "quick")]
    assert any(note.startswith("A rehearsal") for note in other.notes)
    assert ranked(grades[1:]).profile == "quick"


def test_who_exceeds_the_budget_or_trained_nothing_is_counted_and_not_ranked() -> None:
    grades = [network("fits", 0.95), network("large", 0.999, 8001), grade("crashed", report("crashed")), grade("none")]
    shown = ranked(grades)
    assert [one.name for one in shown.entries] == ["fits"]
    assert "1 student is left out: more parameters than the assignment allows." in shown.notes
    assert "1 student is left out: nothing was trained." in shown.notes


def test_points_are_those_of_the_work_not_of_the_calendar() -> None:
    late = grade("a", report("trained", profile="full"), settled=47, penalty=20, score=27)
    assert ranked([late]).entries[0].points == 47


def split(who: str, public: float, private: float, **changes: object) -> Grade:
    both = (public + private) / 2
    made = report("trained", accuracy=both, profile="full", **changes)
    made["training"] |= {"public_accuracy": public, "private_accuracy": private}
    return grade(who, made)


def test_the_public_board_ranks_by_the_public_part_alone() -> None:
    grades = [split("lucky", 0.99, 0.9513), split("steady", 0.98, 0.9777)]
    shown = ranked(grades)
    assert shown.view == "public"
    assert [(one.name, one.accuracy) for one in shown.entries] == [("lucky", 0.99), ("steady", 0.98)]
    told = board_page(shown) + printed(shown) + json.dumps(shown.to_json())
    for private in ("95.13", "0.9513", "97.06", "97.07", "0.97065"):  # nor the mean, which gives it away
        assert private not in told


def test_the_private_board_says_what_changed() -> None:
    shown = ranked([split("lucky", 0.99, 0.95), split("steady", 0.98, 0.98), split("low", 0.9, 0.9)], private=True)
    assert [(one.name, one.accuracy, one.public, one.change) for one in shown.entries] == [
        ("steady", 0.98, 0.98, "+1"),
        ("lucky", 0.95, 0.99, "-1"),
        ("low", 0.9, 0.9, "="),
    ]
    assert "places won or lost" in printed(shown)


@pytest.mark.parametrize("private", [False, True])
def test_without_two_parts_for_everyone_the_one_accuracy_ranks_and_the_board_says_so(private: bool) -> None:
    shown = ranked([split("two", 0.99, 0.95), network("one", 0.98)], private=private)
    assert shown.view == "all"
    assert [(one.name, one.accuracy) for one in shown.entries] == [("one", 0.98), ("two", 0.97)]
    said = "There is no public and private half here"
    assert said in board_page(shown)
    assert said in printed(shown)


def test_a_page_to_publish_holds_no_id() -> None:
    grades = mixed(40)
    names = {one.who: f"pseudonym {number}" for number, one in enumerate(grades)}
    shown = board("code6", grades, names)
    told = board_page(shown) + printed(shown) + json.dumps(shown.to_json())
    assert shown.entries
    assert not [one.who for one in grades if one.who in told]


def test_ones_own_line_is_marked_in_words() -> None:
    grades = [network("a", 0.99), network("b", 0.98), grade("c", report("crashed")), network("q", 0.9, profile="quick")]
    shown = ranked(grades, mine="b")
    assert [one.name for one in shown.entries if one.mine] == ["b"]
    assert "<strong>(you)</strong>" in board_page(shown)
    assert "b (you)" in printed(shown)
    assert "You: rank 2 of 2, as b." in printed(shown)
    assert "nothing was trained" in ranked(grades, mine="c").mine
    assert "graded at quick, this is the board of full" in ranked(grades, mine="q").mine


def test_differences_in_how_it_was_measured_are_told() -> None:
    other = report("trained", profile="full", seed=3)
    other["environment"] = {**other["environment"], "grader_sha256": "00", "processor": "another"}
    notes = " ".join(ranked([network("a", 0.98), grade("b", other)]).notes)
    assert "2 versions of the grader" in notes
    assert "2 seeds" in notes
    assert "2 kinds of processor" in notes


def test_an_empty_board_says_what_it_waits_for() -> None:
    shown = ranked([grade("a")])
    assert "Nobody is on the board yet" in printed(shown)
    assert "Nobody is on the board yet" in Page(board_page(shown)).text


def test_the_same_grades_in_any_order_give_the_same_page() -> None:
    grades = mixed(30)
    names = {one.who: one.who for one in grades}
    assert board_page(board("code6", grades, names)) == board_page(board("code6", grades[::-1], names))


def test_the_table_fits_a_pipe_and_hostile_ids_are_harmless() -> None:
    grades = [split(who, 0.99 - number / 1000, 0.98) for number, who in enumerate(HOSTILE)]
    told = printed(ranked(grades, private=True))
    assert "\x1b" not in told
    assert "\u202e" not in told
    names = {one.who: "willing sparrow" + " " * number for number, one in enumerate(grades)}
    for line in printed(board("code6", grades, names, private=True)).splitlines():
        assert len(line) <= 80


def test_the_page_is_written_wholly_or_not_at_all(tmp_path) -> None:  # type: ignore[no-untyped-def]
    shown = ranked(mixed(3))
    write_board(shown, tmp_path / "board.html")
    assert (tmp_path / "board.html").read_text(encoding="utf-8") == board_page(shown)
    with pytest.raises(MachineError, match="leaderboard cannot be written"):
        write_board(shown, tmp_path / "board.html" / "below-a-file.html")
    assert [one.name for one in tmp_path.iterdir()] == ["board.html"]
