"""``dlgrade grades export``, from a gradebook and from a single report, as an instructor types it."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest
from tests.lms.conftest import NOW, SECRET, plain

from dlgrade.gradebook import Attempt, Decision, Enrolled, Gradebook

CANVAS = "Student,ID,SIS Login ID,Section,Code 6 (12)\n    Points Possible,,,,100\nAda,1,ada@x,A,\nBo,2,s002,A,\n"


def add(book: Gradebook, who: str, report: str, key: str) -> int:
    form = plain(report)
    results = {"report": form, "fingerprint": None}
    return book.add(
        Attempt(who, "assignment", "code6", 0, NOW, NOW, form["score"], form["max_score"], results, key=key)
    )


@pytest.fixture
def book(dlgrade: Callable) -> Path:
    """The gradebook of a class, in the current folder: one failed, one waits, one passed, one handed in nothing."""
    with Gradebook(Path("grades.sqlite")) as opened:
        opened.enrol([Enrolled("s001", "Ada", {"E-mail": "ada@x"}), Enrolled("s004", "Cy")])
        add(opened, "s001", "failing", "a")
        number = add(opened, "s002", "every_verdict", "b")
        add(opened, "=s003", "passing", "c")
        opened.decide(Decision("s002", "code6", "staff", "seen", datetime.now(UTC), number, "no_dense", "passed"))
    return Path("grades.sqlite")


@pytest.fixture
def report(dlgrade: Callable) -> Path:
    Path("report.json").write_text(json.dumps(plain("failing")))
    return Path("report.json")


@pytest.mark.usefixtures("book")
def test_a_table_goes_down_a_pipe(dlgrade: Callable) -> None:
    ran = dlgrade("grades", "export", "code6", "--format", "csv", "-o", "-")
    assert ran.code == 0
    found = list(csv.DictReader(io.StringIO(ran.out, newline=""), strict=True))
    assert [(row["student"], row["status"], row["score"]) for row in found] == [
        ("'=s003", "graded", "50"), ("s001", "graded", "10"), ("s002", "review", "12.5"), ("s004", "missing", ""),
    ]  # fmt: skip
    assert found[1]["title"] == "Global average pooling"
    assert ran.err.splitlines() == [
        "note: 2 grades come from a rehearsal; only --profile full gives the mark",
        "wrote standard output: 4 students, 1 assignment",
    ]


@pytest.mark.usefixtures("book")
def test_canvas_is_filled_in_place_and_who_was_not_is_named(dlgrade: Callable) -> None:
    Path("canvas.csv").write_text(CANVAS)
    ran = dlgrade("grades", "export", "code6", "--format", "canvas", "--into", "canvas.csv", "-o", "canvas.csv")
    assert ran.code == 0
    assert Path("canvas.csv").read_text() == CANVAS.replace("ada@x,A,", "ada@x,A,20")
    assert ran.err.splitlines()[-3:] == [
        "not written: =s003, s004: no row of canvas.csv has this id or name",
        "not written: s002: waits for a person to decide",
        'wrote canvas.csv: 1 grade in "Code 6 (12)"; 3 not written',
    ]
    assert "note: scaled: 50 or 70 points here are 100 there" in ran.err


@pytest.mark.usefixtures("book")
def test_moodle_gets_its_worksheet_and_its_zip(dlgrade: Callable) -> None:
    text = "Identifier,Full name,Grade,Maximum Grade,Grade can be changed\nParticipant 7,Ada,,50,Yes\n"
    Path("moodle.csv").write_text(text)
    Path("pages").mkdir()
    Path("pages/s001.html").write_text("<p>Ada</p>")
    ran = dlgrade(
        "grades", "export", "code6", "--format", "moodle", "--into", "moodle.csv", "-o", "done.csv",
        "--feedback", "pages",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert Path("done.csv").read_text() == text.replace("Ada,,", "Ada,10,")
    with zipfile.ZipFile("done-feedback.zip") as archive:
        assert archive.namelist() == ["Ada_7_assignsubmission_file_/report.html"]
    assert "wrote done.csv: 1 grade; done-feedback.zip: 1 page of feedback; 3 not written" in ran.err


@pytest.mark.usefixtures("book")
def test_gradescope_gets_a_folder_for_each_student(dlgrade: Callable) -> None:
    ran = dlgrade("grades", "export", "code6", "--format", "gradescope", "-o", "out")
    assert ran.code == 0
    found = {path.parent.name: json.loads(path.read_text())["score"] for path in Path("out").glob("*/results.json")}
    assert found == {"=s003": 50, "s001": 10, "s002": 12.5}
    assert "not written: s004: handed in nothing" in ran.err
    assert SECRET not in "".join(path.read_text() for path in Path("out").glob("*/results.json"))


@pytest.mark.usefixtures("book")
def test_junit_and_github_take_the_whole_class(dlgrade: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = dlgrade("grades", "export", "--format", "junit", "-o", "-", "--by", "assignment")
    assert [suite.get("name") for suite in Tree.fromstring(ran.out)] == ["code6"]
    summary = Path("summary.md")
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    ran = dlgrade("grades", "export", "--format", "github")
    assert ran.code == 0
    assert ran.out == ""
    assert summary.read_text().startswith("before\n### code6: Global average pooling\n")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    assert "it is not said where to write" in dlgrade("grades", "export", "--format", "github").err


@pytest.mark.usefixtures("report")
def test_one_report_goes_where_a_class_goes(dlgrade: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = dlgrade("grades", "export", "--format", "gradescope", "--report", "report.json", "-o", "results.json")
    assert (ran.code, ran.out) == (0, "")
    assert json.loads(Path("results.json").read_text())["score"] == 10
    ran = dlgrade("grades", "export", "--format", "junit", "--report", "report.json", "-o", "-")
    assert Tree.fromstring(ran.out)[0].get("name") == "code6"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    ran = dlgrade("grades", "export", "--format", "github", "--report", "report.json")
    assert ran.out.splitlines()[0].startswith("::error file=code6.py,line=31,title=Global average pooling::budget: ")
    assert "| budget | failed | 0/10 |" in Path("summary.md").read_text()
    assert SECRET not in Path("summary.md").read_text() + ran.out
    ran = dlgrade("grades", "export", "--format", "github", "--report", "report.json", "-o", "-")
    assert ran.out == Path("summary.md").read_text()
    assert "::error file=" in ran.err


def test_what_settle_added_counts(dlgrade: Callable) -> None:
    Path("report.json").write_text(json.dumps(plain("every_verdict")))
    assert dlgrade("settle", "report.json", "no_dense", "passed", "--by", "staff", "--why", "seen").code == 0
    ran = dlgrade("grades", "export", "--format", "gradescope", "--report", "report.json", "-o", "-")
    assert json.loads(ran.out)["score"] == 12.5


@pytest.mark.usefixtures("book", "report")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "canvas", "-o", "x.csv"], "canvas fills a file that was downloaded there"),
        (["--format", "csv"], "it is not said where to write"),
        (["--format", "csv", "-o", "x.csv", "--into", "report.json"], "--into is not for csv"),
        (["--format", "junit", "-o", "-", "--missing", "zero"], "--missing is not for junit"),
        (["--format", "csv", "-o", "x.csv", "nosuch"], "there is no assignment nosuch"),
        (["--format", "gradescope", "-o", "-"], "a class has a results.json for each student"),
        (["--format", "canvas", "--into", "gone.csv", "-o", "x.csv"], "gone.csv is not a file"),
        (["--format", "canvas", "--into", "report.json", "-o", "x.csv"], "report.json is not a gradebook of Canvas"),
        (["--format", "canvas", "--into", "report.json", "-o", "x", "--column", "a", "--column", "b"],
         "there are 2 --column for 1 ID"),
        (["--format", "moodle", "--into", "report.json", "-o", "x.csv"], "is not a grading worksheet of Moodle"),
        (["--format", "canvas", "--report", "report.json", "--into", "x", "-o", "y"], "a single report has no ID"),
        (["--format", "csv", "-o", "x.csv", "--gradebook", "gone.sqlite"], "there is no gradebook"),
        (["--format", "junit", "--report", "grades.sqlite", "-o", "-"], "grades.sqlite cannot be read as JSON"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_nothing_is_written(dlgrade: Callable, arguments: list[str], said: str) -> None:
    before = sorted(os.listdir())
    ran = dlgrade("grades", "export", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.splitlines()) <= 2
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize(
    ("form", "said"),
    [({}, "this is not a report of dlgrade: criteria: Field required"), ([], "is not a report of dlgrade"),
     ({"schema": 99}, "the report has version 99 of its form"),
     ({**plain("failing"), "criteria": [{**plain("failing")["criteria"][0], "points": float("nan")}]},
      "criteria.0.points: Input should be a finite number")],
)  # fmt: skip
def test_what_is_no_report_is_one_line(dlgrade: Callable, form: object, said: str) -> None:
    Path("report.json").write_text(json.dumps(form))
    ran = dlgrade("grades", "export", "--format", "junit", "--report", "report.json", "-o", "-")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.usefixtures("book")
def test_a_full_disk_leaves_what_was_there(dlgrade: Callable, tmp_path: Path) -> None:
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("bubblewrap is not installed")
    small = tmp_path / "small"
    small.mkdir()
    script = f"""
        printf old > {small}/grades.csv; head -c 90000 /dev/zero > {small}/fill 2>/dev/null
        head -c 900000 /dev/zero >> {small}/fill 2>/dev/null
        {Path(sys.executable).with_name("dlgrade")} grades export --format csv -o {small}/grades.csv; echo "$?"
        cat {small}/grades.csv; ls -A {small}
    """
    ran = subprocess.run(
        [bwrap, "--dev-bind", "/", "/", "--size", "131072", "--tmpfs", small, "--", "sh", "-c", script],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.stdout == "3\noldfill\ngrades.csv\n"
    assert ran.stderr.splitlines()[0] == f"error: cannot write {small}/grades.csv: No space left on device"
