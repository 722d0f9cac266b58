"""Progress: what is counted, which metrics are met, and the one command that comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Course


def question(name: str, points: float, *cards: str) -> dict[str, Any]:
    return {"id": f"quiz-sums/{name}/7", "points": points, "max": 1.0, "cards": list(cards)}


def test_on_a_new_machine_nothing_is_done_and_the_first_assignment_is_next(course: Course) -> None:
    ran = course.command("progress")
    assert (ran.code, ran.err) == (0, "")
    for part in (
        "A small course\n", "  basics  0 of 1 done, 0 of 2 criteria, 0 of 5 points\n", "Quizzes: 0 of 2 taken\n",
        "Metrics: 0 of 2 met\n  open  Small enough (net/budget)\n",
        "Next: Begin the next assignment, sums: Adding up.\n    dlgrade start sums\n",
    ):  # fmt: skip
        assert part in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_a_track_says_what_its_criteria_say(course: Course) -> None:
    course.checked("sums", adds="passed", carries="failed")
    course.checked("net", "quick", budget="passed", accuracy="passed")
    out = course.command("progress").out
    assert "  basics  0 of 1 done, 1 of 2 criteria, 2 of 5 points\n" in out
    assert "  nets    1 of 1 done (1 rehearsed), 2 of 2 criteria, 10 of 10 points\n" in out


def test_a_quiz_says_how_far_each_objective_is(course: Course) -> None:
    course.taken("quiz-sums", 1.5, 3)
    out = course.command("progress").out
    assert "Quizzes: 1 of 2 taken\n  quiz-sums  About sums: 1.5 of 3 points\n      1.5 of 3  Add two numbers\n" in out


def test_only_the_last_attempt_counts(course: Course) -> None:
    course.taken("quiz-sums", 0, 3)
    course.taken("quiz-sums", 3, 3)
    assert "About sums: 3 of 3 points" in course.command("progress").out


def test_a_deck_says_what_led_to_its_cards(course: Course) -> None:
    course.checked("sums", adds="passed", carries="failed")
    course.taken("quiz-sums", 1, 2, question("two", 1), question("ten", 0, "sum"))
    out = course.command("progress").out
    assert "  deck-sums  Sums\n      criteria 1 of 2, questions 1 of 2, 2 to review\n" in out
    (deck,) = course.progress()["decks"]
    assert deck["review"] == ["carry", "sum"], "of the criterion that failed, and of the answer that was wrong"


def test_a_metric_is_met_by_criteria_that_passed_for_good(course: Course) -> None:
    course.checked("net", "quick", budget="passed", accuracy="passed")
    out = course.command("progress").out
    assert "  met   Small enough\n" in out, "its threshold is the same in every profile"
    assert "  open  Right 9 times of 10 (net/accuracy)\n" in out, "a rehearsal wants less"
    course.checked("net", "full", budget="passed", accuracy="passed")
    assert "Metrics: 2 of 2 met" in course.command("progress").out


def test_next_goes_from_what_is_unfinished_to_what_is_new(course: Course) -> None:
    def coming() -> str:
        command: str = course.progress()["next"]["command"]
        return command

    assert coming() == "dlgrade start sums"
    course.checked("net", "quick", budget="passed", accuracy="passed")
    assert coming() == "dlgrade start sums", "the plan was begun with its second day; its first comes first"
    course.checked("sums", adds="failed", carries="passed")
    assert coming() == "dlgrade check sums"
    course.begun("quiz-sums", 1)
    assert coming() == "dlgrade quiz take quiz-sums"
    course.command("quiz", "take", "quiz-sums", "--fresh", "--seed", "1", answers="?\n?\n?\nText\n\n\n")
    assert coming() == "dlgrade check sums"
    course.checked("sums", adds="passed", carries="passed")
    assert coming() == "dlgrade drill quiz-sums", "it went badly"
    course.taken("quiz-sums", 3, 3)
    assert coming() == "dlgrade check net --profile full"
    course.checked("net", "full", budget="passed", accuracy="passed")
    assert coming() == "dlgrade quiz take quiz-prints"
    course.taken("quiz-prints", 2, 2)
    assert coming() == "dlgrade drill"


def test_next_says_why_with_the_hint_of_what_failed(course: Course) -> None:
    course.checked("sums", adds="failed", carries="failed")
    out = course.command("progress").out
    assert "Next: In sums adds and 1 more failed last time; mend it. Use the plus sign.\n" in out


def test_a_broken_plan_does_not_stop_progress(course: Course) -> None:
    course.write("plans/week1.yaml", "title: [\n")
    assert course.command("progress").code == 0


def test_progress_is_written_as_json(course: Course) -> None:
    course.taken("quiz-sums", 1.5, 3)
    assert course.command("progress", "--json", "p.json").code == 0
    plain = course.progress()
    assert plain["schema"] == 1
    assert set(plain) == {"schema", "course", "tracks", "quizzes", "decks", "metrics", "next"}
    assert [(quiz["id"], quiz["taken"], quiz["points"]) for quiz in plain["quizzes"]] == [
        ("quiz-prints", False, 0.0), ("quiz-sums", True, 1.5),
    ]  # fmt: skip
    assert plain["metrics"][0] == {"says": "Small enough", "met": False, "missing": ["net/budget"]}


def test_json_that_cannot_be_written_is_one_line(course: Course) -> None:
    ran = course.command("progress", "--json", "no/such/folder.json")
    assert ran.code == 3
    assert "cannot be written" in ran.err


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{says: S, criteria: [net/bugdet]}", "there is no criterion 'net/bugdet'\n  Did you mean 'net/budget'?"),
        ("{says: S, criteria: [x]}", "there is no criterion 'x'\n  Write it as assignment/criterion."),
        ("{says: S, criteria: []}", "'criteria' is empty"),
        ("{says: '', criteria: [net/budget]}", "'says' is empty"),
        ("{say: S, criteria: [net/budget]}", "unknown key 'say'\n  Did you mean 'says'?"),
    ],
)
def test_a_metric_that_is_wrong_is_told_with_its_line(course: Course, written: str, says: str) -> None:
    course.write("course.yaml", f"title: C\ntracks: {{basics: B, nets: N}}\nmetrics:\n  - {written}\n")
    ran = course.command("progress")
    assert ran.code == 2
    assert f"course.yaml:4: {says}" in ran.err


def test_a_course_without_metrics_shows_none(course: Course) -> None:
    course.write("course.yaml", "title: C\ntracks: {basics: B, nets: N}\n")
    assert "Metrics" not in course.command("progress").out
