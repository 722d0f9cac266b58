"""Grades in nbgrader's gradebook: what its own exporter then prints is what dlgrade counted."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Ran
from tests.lms.nbgrader_parts import (
    CODE6,
    NOW,
    OUTSIZE,
    ROOT,
    everything,
    grade,
    missing,
    overridden,
    plugin_export,
    scores,
    settled,
)

from dlgrade.errors import MachineError, UsageError
from dlgrade.gradebook import Grade, Gradebook
from dlgrade.lms._nbgrader import Written, enrol, export, names
from dlgrade.lms._nbgrader_course import init

ASSIGNMENTS = {"f-outsize": OUTSIZE, "code6": CODE6}
FULL = {one.id: one.points for one in OUTSIZE.criteria}


@pytest.fixture(scope="module")
def made_by_nbgrader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of `init` whose assignment nbgrader has generated."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    folder = tmp_path_factory.mktemp("nbgrader")
    init([OUTSIZE], folder, course=ROOT)
    path = os.environ["PATH"]
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])
    try:
        done = NbGraderAPI(CourseDirectory(root=str(folder))).generate_assignment("f-outsize")
    finally:
        os.environ["PATH"] = path
    assert done["success"], done
    return folder


@pytest.fixture
def course(made_by_nbgrader: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_by_nbgrader, tmp_path / "course"))


@pytest.fixture
def database(course: Path) -> Path:
    return course / "gradebook.db"


def put(database: Path, *grades: Grade) -> Written:
    return export({"f-outsize": grades}, ASSIGNMENTS, database)


def line(database: Path, who: str = "s001") -> dict[str, str]:
    found = plugin_export(database, database.with_name("grades.csv"))[("f-outsize", who)]
    return {key: found[key] for key in ("raw_score", "late_submission_penalty", "score", "max_score")}


def printed(raw: float, penalty: float = 0.0) -> dict[str, str]:
    return {
        "raw_score": str(float(raw)), "late_submission_penalty": str(float(penalty)),
        "score": str(float(raw - penalty)), "max_score": "25.0",
    }  # fmt: skip


def cell(database: Path, column: str, criterion: str) -> Any:
    query = (
        f"""SELECT grade.{column} FROM grade JOIN base_cell ON base_cell.id = grade.cell_id WHERE base_cell.name = ?"""
    )
    connection = sqlite3.connect(database)
    try:
        ((value,),) = connection.execute(query, (f"criterion_{criterion}",)).fetchall()
        return value
    finally:
        connection.close()


def by_hand(database: Path, column: str, criterion: str, value: float) -> None:
    """As formgrader writes it."""
    connection = sqlite3.connect(database)
    query = f"UPDATE grade SET {column} = ? WHERE cell_id IN (SELECT id FROM base_cell WHERE name = ?)"
    with connection:
        connection.execute(query, (value, f"criterion_{criterion}"))
    connection.close()


# -- scores ------------------------------------------------------------------------------------------------------------


def test_each_criterion_is_a_cell_and_the_sum_is_what_nbgrader_prints(database: Path) -> None:
    done = put(database, grade("s001"), grade("s002", {"pool": "failed", "chain": "crashed"}), missing("s003"))
    assert scores(database, "f-outsize") == {"s001": FULL, "s002": FULL | {"pool": 0.0, "chain": 0.0}}
    assert [line(database, who) for who in ("s001", "s002", "s003")] == [printed(25), printed(16), printed(0)]
    assert done == Written(1, 3, 2, 1, 0, 0, ())


@pytest.mark.parametrize("known", [True, False], ids=["made by nbgrader", "not there yet"])
def test_twice_is_once(database: Path, known: bool) -> None:
    if not known:
        database.unlink()
    late = replace(grade("s001", {"pool": "review"}, penalty=2.5), late=timedelta(days=1))
    grades = [settled(late, "pool", "passed"), overridden(grade("s002"), 3.5), missing("s003", "Ngo, Chi")]
    put(database, *grades)
    before = everything(database)
    assert put(database, *grades) == Written(1, 3, 2, 1, 0, 0, ())
    assert everything(database) == before


def test_a_later_attempt_replaces_the_one_before(database: Path) -> None:
    put(database, grade("s001", {"pool": "failed"}))
    put(database, grade("s001", {"chain": "failed"}, number=2))
    assert scores(database, "f-outsize")["s001"] == FULL | {"chain": 0.0}


def test_several_assignments_go_into_one_gradebook(database: Path) -> None:
    every = {"f-outsize": [grade("s001")], "code6": [grade("s001", {"learns": "failed"}, assignment=CODE6)]}
    done = export(every, ASSIGNMENTS, database)
    assert (done.assignments, done.students, done.submissions) == (2, 1, 2)
    assert done.unseen == ("code6",)  # there is no source/code6, which formgrader wants
    assert scores(database, "code6")["s001"] == {one.id: one.points for one in CODE6.criteria} | {"learns": 0.0}


# -- persons' decisions ------------------------------------------------------------------------------------------------


def test_what_waits_for_a_person_is_listed_for_grading_by_hand(database: Path) -> None:
    assert put(database, grade("s001", {"pool": "review", "chain": "error"})).held == 2
    assert [cell(database, "needs_manual_grade", name) for name in ("pool", "chain", "padding")] == [1, 1, 0]
    assert line(database) == printed(16)


@pytest.mark.parametrize(("verdict", "total"), [("passed", 25), ("failed", 20)])
def test_a_settled_criterion_is_a_manual_score_beside_the_measured_one(
    database: Path, verdict: str, total: float
) -> None:
    held = grade("s001", {"pool": "review"})
    put(database, held)
    done = put(database, settled(held, "pool", verdict))
    assert (done.held, done.by_hand) == (0, 0)
    assert (cell(database, "auto_score", "pool"), cell(database, "manual_score", "pool")) == (0.0, total - 20)
    assert cell(database, "needs_manual_grade", "pool") == 0
    assert line(database) == printed(total)


def test_a_decision_on_an_attempt_that_counts_no_more_is_taken_back(database: Path) -> None:
    put(database, settled(grade("s001", {"pool": "review"}), "pool", "passed"))
    put(database, settled(grade("s001", {"pool": "failed"}, number=2), "pool", "passed", attempt=1))
    assert cell(database, "manual_score", "pool") is None
    assert line(database) == printed(20)


def test_the_last_word_counts_and_is_told_beside_the_answer(database: Path) -> None:
    first = settled(grade("s001", {"pool": "review"}), "pool", "passed", why="looks right")
    second = settled(replace(first, settled=20.0), "pool", "failed", why="a table\x1b[2J")
    put(database, second)
    assert line(database) == printed(20)
    ((comment,),) = set(comments(database))
    assert comment.splitlines()[-1] == r"pool: failed, decided by staff: a table\x1b[2J"


def comments(database: Path) -> list[tuple[Any]]:
    connection = sqlite3.connect(database)
    try:
        return connection.execute("SELECT auto_comment FROM comment").fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("points", [0.0, 3.25, 25.0, 30.0])
def test_a_grade_that_a_person_set_is_the_total_and_lateness_does_not_touch_it(database: Path, points: float) -> None:
    late = replace(grade("s001", {"pool": "failed"}, penalty=4.0), late=timedelta(days=2))
    put(database, late)
    assert line(database) == printed(20, 4)
    put(database, overridden(late, points))
    assert line(database) == printed(points)
    assert scores(database, "f-outsize")["s001"]["pool"] == 0.0
    assert comments(database) == [(f"Set to {points:g} points, decided by staff: was ill",)]


def test_a_grade_that_was_released_again_is_the_measured_one(database: Path) -> None:
    set_once = overridden(grade("s001", {"pool": "failed"}), 3)
    put(database, set_once)
    put(database, overridden(set_once, None))
    assert line(database) == printed(20)
    assert comments(database) == [(None,)]


def test_a_grade_may_be_set_where_nothing_was_handed_in(database: Path) -> None:
    done = put(database, overridden(missing("s001"), 12))
    assert (done.submissions, done.missing) == (1, 0)
    assert line(database) == printed(12)


def test_what_was_graded_in_formgrader_stays_and_is_counted(database: Path) -> None:
    put(database, grade("s001", {"pool": "failed"}))
    by_hand(database, "manual_score", "pool", 2.0)
    by_hand(database, "extra_credit", "chain", 1.0)
    assert put(database, grade("s001", {"pool": "failed"})).by_hand == 2
    assert (line(database), cell(database, "needs_manual_grade", "pool")) == (printed(23), 0)
    assert put(database, grade("s001")).by_hand == 2
    assert (line(database), cell(database, "needs_manual_grade", "pool")) == (printed(23), 1)


def test_a_grade_that_was_set_is_the_total_over_what_formgrader_gave(database: Path) -> None:
    put(database, grade("s001"))
    by_hand(database, "manual_score", "pool", 2.0)
    by_hand(database, "extra_credit", "chain", 1.0)
    put(database, overridden(grade("s001"), 11))
    put(database, overridden(grade("s001"), 11))
    assert line(database) == printed(11)


# -- lateness, times, names --------------------------------------------------------------------------------------------


def test_lateness_is_nbgraders_penalty_and_goes_again_with_it(database: Path) -> None:
    put(database, grade("s001", penalty=2.5))
    assert line(database) == printed(25, 2.5)
    put(database, grade("s001"))
    assert line(database) == printed(25)


def test_the_time_of_handing_in_is_kept_in_utc(database: Path) -> None:
    def time() -> str:
        return plugin_export(database, database.with_name("grades.csv"))[("f-outsize", "s001")]["timestamp"]

    put(database, grade("s001", handed_in=NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))))
    assert time() == "2026-12-01 12:00:00"
    put(database, grade("s001", handed_in=None))
    assert time() == "2026-12-01 12:00:00"  # what is known stays


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("An Li", "An", "Li"), ("Li, An", "An", "Li"), ("Ana Maria Lima", "Ana Maria", "Lima"), ("Plato", None, "Plato"),
     ("", None, None), ("A,\nb,100,B", "b 100 B", "A"), ("\x1b[31mX Y", r"\x1b[31mX", "Y")],
)  # fmt: skip
def test_names_are_first_and_last_and_break_no_line(name: str, first: str | None, last: str | None) -> None:
    found = names(name)
    assert (found.get("first_name"), found.get("last_name")) == (first, last)


def test_names_that_nbgrader_has_stay(database: Path) -> None:
    from dlgrade.intake import Person

    enrol([Person("s001", "An Li", {"Email": "an@example.org"}), Person("s002")], database)
    enrol([Person("s001", "Other Name")], database)
    put(database, grade("s001", name="A. Li"), grade("s003", name="Chi Ngo"))
    found = plugin_export(database, database.with_name("grades.csv"))
    rows = [found[("f-outsize", who)] for who in ("s001", "s002", "s003")]
    assert [(row["first_name"], row["last_name"], row["email"]) for row in rows] == [
        ("An", "Li", "an@example.org"), ("", "", ""), ("Chi", "Ngo", ""),
    ]  # fmt: skip


# -- what does not fit, and what goes wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["a,b", 'a"b', "a\nb", "../a", "a/b", " ", "a" * 129, "\x1b[2J"])
def test_an_id_that_nbgrader_cannot_keep_stops_all(database: Path, who: str) -> None:
    before = database.read_bytes()
    with pytest.raises(UsageError, match="cannot keep the student id") as stopped:
        put(database, grade("s001"), grade(who))
    assert "\x1b" not in str(stopped.value)
    assert database.read_bytes() == before


@pytest.mark.parametrize("who", ["O'Brien", "ü-ñ", "学生", "🎓", "1; DROP TABLE grade", "=1+1"])
def test_other_ids_arrive_as_they_are(database: Path, who: str) -> None:
    put(database, grade(who))
    assert line(database, who) == printed(25)


def test_a_report_with_other_criteria_is_to_be_graded_again(database: Path) -> None:
    before = database.read_bytes()
    other = grade("s002", assignment=replace(OUTSIZE, criteria=OUTSIZE.criteria[:-1]))
    with pytest.raises(UsageError, match="f-outsize of s002 was graded with other criteria"):
        put(database, grade("s001"), other)
    assert database.read_bytes() == before


def test_an_assignment_that_changed_after_submissions_came_is_refused(database: Path) -> None:
    put(database, grade("s001"))
    before = everything(database)
    fewer = replace(OUTSIZE, criteria=OUTSIZE.criteria[:-1])
    with pytest.raises(UsageError, match="cells are not the criteria"):
        export({"f-outsize": [grade("s001", assignment=fewer)]}, {"f-outsize": fewer}, database)
    assert everything(database) == before


def test_an_assignment_that_changed_before_is_made_anew(database: Path) -> None:
    fewer = replace(OUTSIZE, criteria=OUTSIZE.criteria[:-1])
    (database.parent / "source/f-outsize/f-outsize.ipynb").unlink()
    export({"f-outsize": [grade("s001", assignment=fewer)]}, {"f-outsize": fewer}, database)
    assert line(database) == printed(22) | {"max_score": "22.0"}


def test_a_source_with_other_cells_is_refused(database: Path) -> None:
    fewer = replace(OUTSIZE, criteria=OUTSIZE.criteria[:-1])
    with pytest.raises(UsageError, match="has other cells than the criteria"):
        export({"f-outsize": [grade("s001", assignment=fewer)]}, {"f-outsize": fewer}, database)


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    text, tables = tmp_path / "notes.db", tmp_path / "other.db"
    text.write_text("not a database, by far too short to be one", encoding="utf-8")
    connection = sqlite3.connect(tables)
    connection.execute("CREATE TABLE mine (a)")
    connection.close()
    with Gradebook(tmp_path / "ours.db"):
        pass
    for path in (text, tables, tmp_path / "ours.db"):
        before = path.read_bytes()
        with pytest.raises(UsageError, match="gradebook of nbgrader"):
            put(path, grade("s001"))
        assert path.read_bytes() == before
    with pytest.raises(UsageError, match="there is no folder"):
        put(tmp_path / "none" / "gradebook.db", grade("s001"))


def test_a_gradebook_of_another_version_is_left_alone(database: Path) -> None:
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '50a4d84c131a'")
    connection.close()
    with pytest.raises(UsageError, match="another version of nbgrader"):
        put(database, grade("s001"))


def test_a_gradebook_in_use_stays_as_it_is(database: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = everything(database)
    other = sqlite3.connect(database)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(MachineError, match=r"locked\n  Nothing was changed\. Another program is writing"):
            put(database, grade("s001"))
    finally:
        other.close()
    assert everything(database) == before
    assert "Traceback" not in "".join(capfd.readouterr())


FILLED = """
import pathlib, resource, sys
from tests.lms.test_nbgrader_export import put
from tests.lms.nbgrader_parts import grade
file = pathlib.Path(sys.argv[1])
room = file.stat().st_size if file.exists() else 20_000
resource.setrlimit(resource.RLIMIT_FSIZE, (room + 8_192, room + 8_192))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    put(file, *[grade(f"s{number:03}", name="A " + 100 * "b") for number in range(80)])
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("known", [True, False], ids=["made by nbgrader", "not there yet"])
def test_a_full_disk_loses_nothing(database: Path, known: bool) -> None:
    if not known:
        database.unlink()
    before = everything(database) if known else None
    ran = subprocess.run(
        [sys.executable, "-c", FILLED, str(database)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.stdout.startswith("MachineError"), ran.stdout + ran.stderr
    assert len(ran.stdout.splitlines()) == 2
    assert "Traceback" not in ran.stderr
    assert (everything(database) if database.exists() else None) == before
    assert sorted(path.name for path in database.parent.iterdir()) == (
        ["gradebook.db"] * known + ["nbgrader_config.py", "release", "source"]
    )


# -- together with nbgrader --------------------------------------------------------------------------------------------


def test_what_was_written_into_an_empty_gradebook_is_what_nbgrader_would_have_made(database: Path) -> None:
    theirs = everything(database)
    database.unlink()
    put(database, missing("s001"))
    ours = everything(database)

    def of(tables: dict[str, list[tuple[Any, ...]]], name: str) -> list[tuple[object, ...]]:
        """Without the random ids, and without the course's, which nbgrader writes in two ways itself."""
        rows = [tuple(v for v in row if not _is_id(v) and v not in {"", "default_course"}) for row in tables[name]]
        return sorted(rows, key=repr)

    for name in ("alembic_version", "assignment", "notebook", "base_cell", "grade_cells", "solution_cells"):
        assert of(ours, name) == of(theirs, name), name
    # nbgrader alone was given no settings here, so its own line stands in the answer.
    sources = [[row for row in of(tables, "source_cell") if "answer" not in row] for tables in (ours, theirs)]
    assert sources[0] == sources[1]


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == 32 and set(value) <= set("0123456789abcdef")


def test_nbgrader_can_generate_the_assignment_after_grades_came_and_formgrader_shows_them(database: Path) -> None:
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    database.unlink()
    put(database, grade("s001", {"pool": "failed"}))
    api = NbGraderAPI(CourseDirectory(root=str(database.parent)))
    done = api.generate_assignment("f-outsize", force=True)
    assert done["success"], done
    assert line(database) == printed(20)
    (shown,) = [one for one in api.get_assignments() if one["name"] == "f-outsize"]
    assert (shown["source_path"], shown["average_score"], shown["max_score"]) == ("source/f-outsize", 20.0, 25.0)
    (submission,) = api.get_submissions("f-outsize")
    assert (submission["student"], submission["score"], submission["needs_manual_grade"]) == ("s001", 20.0, False)


def test_without_nbgrader_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("nbgrader", "nbgrader.api", "dlgrade.lms._nbgrader_api"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"not installed here\n  Install it with: pip install 'dlgrade\[nbgrader\]'"):
        put(tmp_path / "gradebook.db", grade("s001"))


def test_a_roster_goes_into_the_gradebook(dlgrade: Callable[..., Ran], tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name\ns001,An Li\ns002,Chi Ngo\n", encoding="utf-8")
    ran = dlgrade("nbgrader", "init", "f-outsize", "--to", "course", "--roster", roster)
    assert ran.code == 0, ran.text
    assert f"{Path('course/gradebook.db')}  2 students" in ran.out
    connection = sqlite3.connect("course/gradebook.db")
    rows: Sequence[Any] = connection.execute("SELECT id, first_name, last_name FROM student ORDER BY id").fetchall()
    connection.close()
    assert rows == [("s001", "An", "Li"), ("s002", "Chi", "Ngo")]
