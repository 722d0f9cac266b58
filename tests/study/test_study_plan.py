"""Plans: what a student sees of them, and what an author is told about them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Course

ROOT = Path(__file__).resolve().parents[2]


def test_a_plan_shows_each_day_with_its_reading_task_quiz_and_reflection(course: Course) -> None:
    ran = course.command("plan", "week1")
    assert (ran.code, ran.err) == (0, "")
    for part in (
        "week1  The first week\n       0 of 2 days done, 20 minutes a day\n", "Day 1    Adding\n",
        "  read   A page about sums:\n         https://example.org/sums\n", "  next   sums: Adding up\n",
        "  open   quiz-sums: About sums\n", "  think  What is a sum.\n", "Day 2    The net\n  open   net: A net\n",
        "Next: day 1, sums: Adding up\n    dlgrade start sums\n",
    ):  # fmt: skip
        assert part in ran.out


def test_an_assignment_is_done_when_all_criteria_of_its_last_report_passed(course: Course) -> None:
    course.checked("sums", adds="passed", carries="failed")
    ran = course.command("plan", "week1")
    assert "next   sums: Adding up (1 of 2 criteria)" in ran.out
    assert "    dlgrade check sums\n" in ran.out, "who was checked does not start again"
    course.checked("sums", adds="passed", carries="passed")
    assert "done   sums: Adding up (2 of 2 criteria)" in course.command("plan", "week1").out


def test_a_criterion_that_only_hidden_graders_cover_stands_in_nobodys_way(course: Course) -> None:
    course.checked("sums", adds="passed", carries="open")
    assert "done   sums: Adding up (1 of 2 criteria)" in course.command("plan", "week1").out


def test_a_smoke_run_proves_nothing_done_and_a_rehearsal_is_called_one(course: Course) -> None:
    course.checked("net", "smoke", budget="passed", accuracy="open")
    assert "begun  net: A net (1 of 2 criteria)" in course.command("plan", "week1").out
    course.checked("net", "quick", budget="passed", accuracy="passed")
    assert "done   net: A net (2 of 2 criteria, rehearsed)" in course.command("plan", "week1").out


def test_a_report_that_lacks_a_criterion_of_today_leaves_the_task_undone(course: Course) -> None:
    course.checked("sums", adds="passed")
    assert "next   sums: Adding up (1 of 2 criteria)" in course.command("plan", "week1").out


def test_a_quiz_is_done_when_it_was_taken_to_its_end(course: Course) -> None:
    course.begun("quiz-sums", 2)
    assert "begun  quiz-sums: About sums (2 answered)" in course.command("plan", "week1").out
    course.taken("quiz-sums", 1.5, 3)
    assert "done   quiz-sums: About sums (1.5 of 3 points)" in course.command("plan", "week1").out


def test_days_are_done_one_by_one_until_nothing_is_next(course: Course) -> None:
    course.checked("sums", adds="passed", carries="passed")
    course.taken("quiz-sums", 3, 3)
    ran = course.command("plan", "week1")
    assert "1 of 2 days done" in ran.out
    assert "Day 1    Adding  (done)" in ran.out
    assert "Next: day 2, net: A net\n    dlgrade start net\n" in ran.out
    course.checked("net", budget="passed", accuracy="passed")
    ran = course.command("plan", "week1")
    assert "2 of 2 days done" in ran.out
    assert "Next" not in ran.out


def test_plan_alone_lists_the_plans_with_what_is_next(course: Course) -> None:
    course.write("plans/broken.yaml", "title: A plan\ndays: {}\n")
    ran = course.command("plan")
    assert "week1  The first week  0 of 2 days done\n  next: day 1, dlgrade start sums\n" in ran.out
    assert "broken  cannot be read; dlgrade plan broken says why" in ran.out


def test_a_course_without_plans_says_so(course: Course) -> None:
    (course.root / "plans" / "week1.yaml").unlink()
    assert "no plans" in course.command("plan").out


def test_a_plan_that_is_not_there_is_named_with_the_nearest(course: Course) -> None:
    ran = course.command("plan", "week")
    assert ran.code == 2
    assert "there is no plan week\n  Did you mean week1?" in ran.err


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("minutes: 20", "minute: 20"), 2, "unknown key 'minute'\n  Did you mean 'minutes'?"),
        (("minutes: 20", "minutes: 0"), 2, "'minutes' is 0\n  Write 1 or more."),
        (("tasks: [sums]", "tasks: [summs]"), 7, "there is no assignment 'summs'\n  Did you mean 'sums'?"),
        (("[quiz-sums]", "[quiz-sums, xyz]"), 8, "there is no quiz 'xyz'\n  dlgrade quiz list shows"),
        (("reflect:", "reflects:"), 9, "unknown key 'reflects'\n  Did you mean 'reflect'?"),
        (("  2:", "  1:"), 10, "the key '1' is here a second time"),
        (("  2:", "  two:"), 10, "'two' is not the number of a day"),
        (("    tasks: [net]\n", ""), 10, "day 2 asks for nothing"),
        (("title: Adding", "title: ''"), 5, "'title' is empty"),
    ],
)
def test_what_is_wrong_in_a_plan_is_told_with_its_line_and_the_mend(
    course: Course, change: tuple[str, str], line: int, says: str
) -> None:
    path = course.root / "plans" / "week1.yaml"
    path.write_text(path.read_text().replace(*change))
    ran = course.command("plan", "week1")
    assert ran.code == 2
    assert ran.err.startswith("error: ")
    assert f"week1.yaml:{line}: {says}" in ran.err


def test_all_that_is_wrong_is_told_at_once_from_the_top_down(course: Course) -> None:
    path = course.root / "plans" / "week1.yaml"
    path.write_text(path.read_text().replace("[sums]", "[a, b]").replace("[net]", "[c]").replace("  2:", "  10:"))
    path.write_text(path.read_text() + "  9: {title: Back, reflect: Why.}\n")
    err = course.command("plan", "week1").err
    assert [line.split(": ", 2)[2] for line in err.splitlines() if line.startswith("error")] == [
        "there is no assignment 'a'", "there is no assignment 'b'", "there is no assignment 'c'",
        "day 9 comes after day 10",
    ]  # fmt: skip


def test_hostile_text_of_a_plan_is_shown_and_never_sent(course: Course) -> None:
    course.write("plans/week1.yaml", 'title: "\\e[31mred \\u202e"\ndays: {1: {title: "[red]x", reflect: "\\a"}}\n')
    for arguments in (("plan", "week1"), ("plan",)):
        out = course.command(*arguments).out
        assert r"\x1b[31mred \u202e" in out
        assert not set(out) & set("\x1b\x07\u202e")


def test_a_report_that_cannot_be_read_counts_as_none_and_is_named(course: Course) -> None:
    course.checked("sums", adds="passed", carries="passed")
    from dlgrade.gradebook import gradebook_file

    (gradebook_file().parent / "reports" / "sums.json").write_text("[1]")
    ran = course.command("plan", "week1")
    assert "next   sums: Adding up\n" in ran.out
    assert "the last report of sums cannot be read; dlgrade check sums" in ran.err


def test_the_plans_of_the_course_name_only_what_there_is(dlgrade: Callable[..., Any]) -> None:
    for path in sorted((ROOT / "plans").glob("*.yaml")):
        ran = dlgrade("plan", path.stem)
        assert (ran.code, ran.err) == (0, ""), "assignments that a plan asks for are missing"
        assert max(len(line) for line in ran.out.splitlines() if "http" not in line) <= 80


def test_week_2_has_its_seven_days_of_half_an_hour() -> None:
    import yaml

    plan = yaml.safe_load((ROOT / "plans" / "week2.yaml").read_text())
    assert list(plan["days"]) == [8, 9, 10, 11, 12, 13, 14]
    assert plan["minutes"] == 30
    assert [name for day in plan["days"].values() for name in day["quizzes"]] == [
        *(f"quiz-day{number}" for number in range(8, 15)), "quiz-week2",
    ]  # fmt: skip
    assert all(day["read"] and day["reflect"] and day["tasks"] for day in plan["days"].values())


def test_plans_are_part_of_the_wheel() -> None:
    import tomllib

    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"]["plans"] == "dlgrade/_course/plans"


@pytest.mark.parametrize("arguments", [["plan", "week1"], ["progress"], ["drill"], ["drill", "quiz-sums"]])
def test_no_command_of_study_imports_torch(course: Course, arguments: list[str]) -> None:
    code = (
        "import sys\nfrom dlgrade.cli import main\n"
        f"try: main({['--course', str(course.root), *arguments]!r})\n"
        "finally: assert not {'torch', 'matplotlib', 'dlgrade.trainer'} & set(sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], input="3\n", capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
