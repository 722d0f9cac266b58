"""``dlgrade grades`` as an instructor uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Ran
from tests.gradebook.conftest import attempt

from dlgrade.gradebook import Gradebook
from dlgrade.intake import Person

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
POLICY = """\
time_zone: Europe/Berlin
default:
  per_day: 10 %
assignments:
  code6:
    due: 2026-11-30 23:59
"""
Run = Callable[..., Ran]


@pytest.fixture
def filled(dlgrade: Run) -> Run:
    """A small class in the current folder's gradebook, with its policy."""
    Path("policy.yaml").write_text(POLICY)
    with Gradebook(Path("grades.sqlite")) as book:
        book.enrol([Person("s001", 'A "first"\x1b[31m'), Person("s002", "李小龙"), Person("s004", "")])
        book.add(attempt("s001", "passed review passed", late=-HOUR))
        book.add(attempt("s002", "passed passed passed", late=DAY + 2 * HOUR))
        book.add(attempt("s003", "passed failed passed", late=-HOUR))
        book.add(attempt("s003", "passed passed error", late=DAY))
        book.add(attempt("s003", "passed", id="code10", profile="quick"))
        book.add(attempt("s003", "failed", id="code7"))
    return dlgrade


def test_the_grades_of_an_assignment(filled: Run) -> None:
    ran = filled("grades", "show", "code6")
    assert ran.code == 0
    assert (
        ran.out
        == """\
who   name               points  max     late  attempts  status
s001  A "first"\\x1b[31m      20   30                  1  review
s002  李小龙                 24   30  1 d 2 h         1  graded
s003                         20   30                  2  review
s004                          0   30                  0  missing
"""
    )
    assert ran.err == "4 students: 1 graded, 2 review, 1 missing\n"


def test_the_grades_of_all_assignments(filled: Run) -> None:
    filled("grades", "override", "code10", "s004", "5", "--by", "R", "--why", "orally")
    ran = filled("grades", "show")
    assert (
        ran.out
        == """\
who   name               code6  code7  code10  sum
s001  A "first"\\x1b[31m    20?      -       -   20
s002  李小龙                24      -       -   24
s003                       20?      0      10   30
s004                         -      -      5*    5
"""
    )
    assert [line[:2] for line in ran.err.splitlines()] == ["- ", "? ", "* "]


def test_a_grade_that_is_only_rehearsed_is_told(filled: Run) -> None:
    assert "graded at the profile quick; only full gives the mark" in filled("grades", "show", "code10").err


def test_everything_about_one_student(filled: Run) -> None:
    filled("grades", "settle", "code6", "s003", "no_dense", "passed", "--by", "R", "--why", "by \x1b[2J hand")
    ran = filled("grades", "show", "code6", "--student", "s003")
    *said, decision = ran.out.splitlines()
    assert (
        said
        == """\
code6  s003
27 of 30 points, graded (measured 20, settled 30, 3 taken off for handing in 1 d 0 h late)
due 2026-11-30 23:59 CET, the best attempt counts

attempt 4 (counts): 20 of 30 points, full, graded 2026-12-24 13:00 CET, handed in 2026-12-01 23:59 CET
  passed                  shape     10/10
  passed                  budget    10/10
  error, settled: passed  no_dense  10/10

attempt 3: 20 of 30 points, full, graded 2026-12-24 13:00 CET, handed in 2026-11-30 22:59 CET
  passed  shape     10/10
  failed  budget     0/10
  passed  no_dense  10/10

decisions, oldest first""".splitlines()
    )
    assert decision.endswith("attempt 4, no_dense passed, by R: by \\x1b[2J hand")


def test_what_waits_is_shown_with_the_command_that_settles_it(filled: Run) -> None:
    said = filled("grades", "show", "code6", "--student", "s001").out
    assert "budget waits for a person: dlgrade grades settle code6 s001 budget passed|failed --by NAME" in said


def test_json_says_the_same(filled: Run) -> None:
    rows = json.loads(filled("grades", "show", "code6", "--json").out)["grades"]
    assert [(row["who"], row["status"], row["score"], row["penalty"], row["late_seconds"]) for row in rows] == [
        ("s001", "review", 20, 0, None), ("s002", "graded", 24, 6, 93600), ("s003", "review", 20, 0, None),
        ("s004", "missing", 0, 0, None)]  # fmt: skip
    everything = json.loads(filled("grades", "show", "--json").out)
    assert [one["assignment"] for one in everything["assignments"]] == ["code6", "code7", "code10"]
    assert everything["assignments"][0]["grades"] == rows
    filled("grades", "settle", "code6", "s001", "budget", "failed", "--by", "R", "--why", "by hand")
    one = json.loads(filled("grades", "show", "code6", "--student", "s001", "--json").out)
    assert one["grade"] == {**rows[0], "status": "graded"}
    assert [row["results"]["report"]["score"] for row in one["attempts"]] == [20]
    assert [(row["criterion"], row["verdict"], row["by"]) for row in one["decisions"]] == [("budget", "failed", "R")]


def test_a_criterion_is_settled_and_the_new_score_said(filled: Run) -> None:
    ran = filled("grades", "settle", "code6", "s001", "budget", "passed", "--by", "R\x1b[2J", "--why", "by hand")
    assert ran.text == "s001 in code6: budget passed, settled by R\\x1b[2J; now 30 of 30 points\n"
    ran = filled("grades", "settle", "code6", "s003", "no_dense", "failed", "--by", "R", "--why", "x")
    assert ran.text == "s003 in code6: no_dense failed, settled by R; now 20 of 30 points\n", "of the one that holds it"
    with Gradebook(Path("grades.sqlite"), read_only=True) as book:
        assert [(one.who, one.attempt, one.verdict) for one in book.decisions()] == [
            ("s001", 1, "passed"), ("s003", 4, "failed")]  # fmt: skip


def test_a_grade_is_set_and_released(filled: Run) -> None:
    signed = ("--by", "R", "--why", "ill")
    assert filled("grades", "override", "code6", "s002", "28.5", *signed).text == (
        "s002 in code6: 28.5 of 30 points, set by R; before: 24\n"
    )
    assert "graded, set by R" in filled("grades", "show", "code6").out
    assert filled("grades", "override", "code6", "s002", "none", *signed).text == (
        "s002 in code6: 24 of 30 points, released by R; before: 28.5\n"
    )
    assert "more than the 30 points there are" in filled("grades", "override", "code6", "s002", "300", *signed).err
    worth = filled(
        "grades", "override", "f-shapes", "s002", "3", *signed
    ).out  # nobody attempted it; the course knows it
    assert worth.startswith("s002 in f-shapes: 3 of 25 points")


def test_a_roster_is_enrolled(dlgrade: Run) -> None:
    Path("roster.csv").write_text("id,name\ns001,First\ns002,Second\n")
    ran = dlgrade("grades", "enrol", "roster.csv", "--gradebook", "new.sqlite")
    assert (ran.code, ran.text) == (0, "new.sqlite: 2 read, 2 of them new, 2 enrolled\n")
    assert "0 of them new" in dlgrade("grades", "enrol", "roster.csv", "--gradebook", "new.sqlite").out
    with Gradebook(Path("new.sqlite"), read_only=True) as book:
        assert [(one.who, one.name) for one in book.people()] == [("s001", "First"), ("s002", "Second")]


SIGNED = ("--by", "R", "--why", "x")
REFUSED = {
    "no gradebook to show": (("show", "--gradebook", "none.sqlite"), 2, "there is no gradebook none.sqlite"),
    "none to decide in": (("override", "code6", "s001", "1", *SIGNED, "--gradebook", "none.sqlite"), 2, "no gradebook"),
    "no such assignment": (("show", "cod6"), 2, "Did you mean code6?"),
    "no such student": (("show", "code6", "--student", "s0001"), 2, "Did you mean s001?"),
    "a student of no assignment": (("show", "--student", "s001"), 2, "Name the assignment"),
    "measured": (("settle", "code6", "s001", "shape", "passed", *SIGNED), 2, "To be decided: budget."),
    "nothing handed in": (("settle", "code6", "s004", "shape", "passed", *SIGNED), 2, "no attempt at code6"),
    "handed in elsewhere": (("settle", "code7", "s001", "shape", "passed", *SIGNED), 2, "attempts at: code6."),
    "another's attempt": (
        ("settle", "code6", "s001", "budget", "passed", "--attempt", "2", *SIGNED),
        2,
        "There are: 1.",
    ),
    "no name": (("settle", "code6", "s001", "budget", "passed", "--by", " ", "--why", "x"), 2, "who took it and why"),
    "no points": (("override", "code6", "s001", "many", *SIGNED), 2, "many are no points"),
    "points for a typo": (("override", "cod6", "s001", "3", *SIGNED), 2, "Did you mean code6?"),
    "nothing to release": (("override", "code6", "s001", "none", *SIGNED), 2, "There is nothing to release."),
    "no such policy": (("show", "--policy", "none.yaml"), 2, "none.yaml: this file is missing"),
    "no gradebook but text": (("show", "--gradebook", "policy.yaml"), 3, "file is not a database"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_told_and_changes_nothing(filled: Run, name: str) -> None:
    arguments, code, says = REFUSED[name]
    before = {path.name: path.read_bytes() for path in Path.cwd().iterdir()}
    ran = filled("grades", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert {path.name: path.read_bytes() for path in Path.cwd().iterdir()} == before


def test_a_policy_is_named_or_lies_beside_the_gradebook(filled: Run) -> None:
    Path("mild.yaml").write_text("default:\n  per_day: 0\n")
    for policy, score in ((("--policy", "mild.yaml"), 30), ((), 24)):
        rows = json.loads(filled("grades", "show", "code6", "--json", *policy).out)["grades"]
        assert rows[1]["score"] == score
    Path("policy.yaml").write_text(POLICY.replace("10 %", "10"))
    ran = filled("grades", "show", "code6")
    assert (ran.code, ran.err) == (2, "error: policy.yaml:3: 'per_day' is no share: 10\n  Write 10 %.\n")


def test_a_policy_for_an_assignment_that_nobody_knows_is_told(filled: Run) -> None:
    Path("policy.yaml").write_text(POLICY.replace("code6", "cod6"))
    assert "the policy speaks of cod6, which neither gradebook nor course knows" in filled("grades", "show").err


def test_an_empty_gradebook_can_be_shown(dlgrade: Run) -> None:
    Gradebook(Path("grades.sqlite")).__exit__()
    assert dlgrade("grades", "show").out == "who  name  sum\n"
    assert dlgrade("grades", "show", "code6").err == "0 students: 0 graded, 0 review, 0 missing\n"


def test_a_pipe_in_plain_ascii_and_one_that_is_closed_are_no_trouble(filled: Run) -> None:
    with Gradebook(Path("grades.sqlite")) as book:
        book.enrol(Person(f"t{n}") for n in range(3000))  # more than a pipe holds
    command = [sys.executable, "-m", "dlgrade", "grades", "show", "code6"]
    done = subprocess.run(command, capture_output=True, env={"PYTHONIOENCODING": "ascii"}, check=False)
    assert done.returncode == 0
    assert b"\\u674e" in done.stdout
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    child.stdout.close()
    assert child.stderr is not None
    assert b"Traceback" not in child.stderr.read()
    child.stderr.close()
    child.wait()


def test_export_is_in_the_group_and_the_group_starts_light() -> None:
    program = (
        "import sys\nfrom dlgrade.cli._grades import grades\nimport click\n"
        "ctx = click.Context(grades)\nassert 'export' in grades.list_commands(ctx)\n"
        "assert grades.get_command(ctx, 'export').name == 'export'\n"
        "print(sorted({'torch', 'numpy', 'pydantic', 'sqlite3', 'nbgrader'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
