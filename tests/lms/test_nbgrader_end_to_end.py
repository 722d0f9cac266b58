"""From `dlgrade nbgrader init` to the grades, with nbgrader's own programs on real notebooks."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import nbformat
import pytest
from tests.lms.nbgrader_parts import CODE6, NOW, OUTSIZE, exported, hand_in, nbgrader, scores, secret_lines

from dlgrade import grading
from dlgrade.course import Assignment, Report
from dlgrade.gradebook import Attempt, Grade
from dlgrade.intake import collect
from dlgrade.lms._nbgrader_cells import notebook
from dlgrade.lms._nbgrader_course import init

pytestmark = pytest.mark.timeout(900)  # a dozen starts of nbgrader and as many measurements, on machines that do more
ASSIGNMENTS = {one.id: one for one in (OUTSIZE, CODE6)}
# A network that has no data form: what it answers depends on the image.
UNPROVEN = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 3)

    def forward(self, x):
        if float(x.mean()) > 1000:
            x = -x
        return self.conv(x).mean((2, 3))
"""
# Who handed in what: a file below graders/, a text, or (None) the stub.
CLASS = {
    ("f-outsize", "s001"): "reference.py",
    ("f-outsize", "s002"): None,
    ("f-outsize", "s003"): "mutants/table_of_examples.py",  # only hidden graders see what is wrong
    ("code6", "s002"): UNPROVEN,
    ("code6", "s003"): "mutants/flatten_then_linear.py",
}
MISCHIEF = """
open({marker!r}, "w").write("was here")
notebook = __import__("dlgrade.lms.notebook", fromlist=["notebook"])
notebook._Command.__call__ = lambda self, line: None
"""


@dataclass(frozen=True)
class Graded:
    """A course after autograde, and what dlgrade itself says of the same work."""

    folder: Path
    marker: Path
    own: dict[tuple[str, str], Report]

    @property
    def database(self) -> Path:
        return self.folder / "gradebook.db"


def answer(assignment: Assignment, file: str | None, folder: Path) -> Path:
    assert assignment.graders is not None
    if file is not None and "\n" in file:
        (folder / "written.py").write_text(file, encoding="utf-8")
        return folder / "written.py"
    return assignment.graders / file if file is not None else assignment.folder / f"{assignment.id}.py"


def by_criterion(report: Report) -> dict[str, float]:
    return {one.id: one.points for one in report.criteria}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nbgrader") / "class"
    init([OUTSIZE, CODE6], folder, course=OUTSIZE.folder.parents[1], profile="smoke")
    for name in ASSIGNMENTS:
        assert (folder / "source" / name).is_dir()  # what formgrader wants to see
        nbgrader(folder, "generate_assignment", name)
    return folder


@pytest.fixture(scope="module")
def graded(course: Path) -> Graded:
    marker = course.parent / "marker"
    own = {}
    for (name, who), file in CLASS.items():
        path = answer(ASSIGNMENTS[name], file, course.parent)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OMP_NUM_THREADS", "1")
            read = grading.read_submission(ASSIGNMENTS[name], path)
            own[name, who] = grading.grade(ASSIGNMENTS[name], read, profile="smoke").report
        first = [MISCHIEF.format(marker=str(marker))] if who == "s002" else []
        place = hand_in(course, who, name, path.read_text("utf-8") if file else None, *first)
        if who == "s002":
            tamper(place)
    for name in ASSIGNMENTS:
        nbgrader(course, "autograde", name)
    return Graded(course, marker, own)


def tamper(place: Path) -> None:
    """Better tests and more points, as a student may try."""
    notebook = nbformat.read(place, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source, cell.metadata.nbgrader.points = "print('passed')", 1000.0
    nbformat.write(notebook, place)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_not_a_byte_of_the_release_is_of_the_graders(course: Path, name: str) -> None:
    files = [path for path in (course / "release" / name).rglob("*") if path.is_file()]
    assert [path.name for path in files] == [f"{name}.ipynb"]
    written = nbformat.read(files[0], as_version=4)
    text = "\n".join([files[0].read_text("utf-8"), *(cell.source for cell in written.cells)])
    assert [line for line in secret_lines(ASSIGNMENTS[name]) if line in text] == []
    assert not any(word in text for word in ("BEGIN ", "END ", "--hidden", "reference.py", "mutants"))
    stub = (ASSIGNMENTS[name].folder / f"{name}.py").read_text("utf-8").strip()
    (given,) = [cell.source for cell in written.cells if cell.metadata.nbgrader.grade_id == "answer"]
    assert given.startswith(stub)


def test_intake_finds_what_nbgrader_collects(graded: Graded, tmp_path: Path) -> None:
    found = collect(graded.folder / "submitted", "f-outsize", tmp_path)
    assert (found.layout, [one.who for one in found.handed_in]) == ("nbgrader", ["s001", "s002", "s003"])
    report = grading.grade(OUTSIZE, grading.read_submission(OUTSIZE, found.handed_in[2].path)).report
    assert by_criterion(report) == by_criterion(graded.own["f-outsize", "s003"])


def test_autograde_gives_the_scores_that_dlgrade_gives(graded: Graded) -> None:
    for name in ASSIGNMENTS:
        wanted = {who: by_criterion(report) for (of, who), report in graded.own.items() if of == name}
        assert scores(graded.database, name) == wanted
    # A stub earns nothing, the reference everything that a smoke run measures; the mutant was seen by hidden graders.
    assert [graded.own[key].score for key in CLASS] == [25, 0, 22, 0, 22]


def test_autograde_runs_no_student_code_in_a_process_of_nbgrader(graded: Graded) -> None:
    assert not graded.marker.exists()


def test_what_could_not_be_proven_waits_for_a_person(graded: Graded) -> None:
    held = {one.id for one in graded.own["code6", "s002"].criteria if one.verdict == "review"}
    assert held == {"shape"}  # the others wait for it
    with closing(sqlite3.connect(graded.database)) as file:
        rows = file.execute(
            """SELECT submitted_assignment.student_id, base_cell.name FROM grade
               JOIN base_cell ON base_cell.id = grade.cell_id
               JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
               JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
               WHERE grade.needs_manual_grade"""
        ).fetchall()
    assert sorted(rows) == sorted(("s002", f"criterion_{name}") for name in held)


def test_feedback_says_what_failed_and_nothing_that_only_instructors_may_see(graded: Graded) -> None:
    nbgrader(graded.folder, "generate_feedback", "f-outsize", "--student", "s003")
    page = (graded.folder / "feedback/s003/f-outsize/f-outsize.html").read_text("utf-8")
    assert "padding: failed, 0 of 3 points" in page
    assert "found by a check that only the grader has" in page
    assert "pool: passed, 5 of 5 points" in page
    handed_in = (graded.folder / "submitted/s003/f-outsize/f-outsize.ipynb").read_text("utf-8")
    theirs = "\n".join(cell.source for cell in nbformat.reads(handed_in, as_version=4).cells)
    told = unescape(re.sub("<[^>]*>", "", page))
    assert [line for line in secret_lines(OUTSIZE) if line in told and line not in theirs] == []


def test_grades_of_dlgrade_go_over_those_of_autograde_and_nbgrader_prints_them(graded: Graded) -> None:
    from dlgrade.lms._nbgrader import export

    grades = {name: [grade(name, who, graded) for of, who in CLASS if of == name] for name in ASSIGNMENTS}
    with sqlite3.connect(graded.database) as file:
        file.execute("UPDATE grade SET auto_score = 1000")  # as if a kernel had been talked into it
    done = export(grades, ASSIGNMENTS, graded.database)
    held = sum(one.verdict == "review" for one in graded.own["code6", "s002"].criteria)
    assert (done.submissions, done.held, done.by_hand, done.unseen) == (5, held, 0, ())
    nbgrader(graded.folder, "export")
    rows = exported((graded.folder / "grades.csv").read_text("utf-8"))
    for key, report in graded.own.items():
        row = rows[key]
        assert (float(row["raw_score"]), float(row["late_submission_penalty"])) == (report.score, report.score / 10)
        assert float(row["score"]) == pytest.approx(report.score * 0.9)
        assert (float(row["max_score"]), row["timestamp"]) == (report.max_score, "2026-12-01 12:00:00")


def grade(name: str, who: str, graded: Graded) -> Grade:
    report = graded.own[name, who]
    attempt = Attempt(who, "assignment", name, 0, NOW, NOW, report.score, report.max_score,
                      {"report": report.to_json()}, 1, NOW)  # fmt: skip
    penalty = report.score / 10
    return Grade(who, name, "graded", report.score, report.score, penalty, report.score - penalty, report.max_score,
                 attempt=attempt, attempts=1)  # fmt: skip


def test_in_a_kernel_the_cells_say_the_same_of_who_does_not_cheat(graded: Graded) -> None:
    settings = graded.folder / "nbgrader_config.py"
    text = settings.read_text("utf-8")
    start, end = text.index("c.Autograde.autograde_preprocessors"), text.index("\ndef seconds")
    settings.write_text(text[:start] + text[end:], encoding="utf-8")
    nbgrader(graded.folder, "autograde", "f-outsize", "--student", "s003", "--force")
    assert scores(graded.database, "f-outsize")["s003"] == by_criterion(graded.own["f-outsize", "s003"])
    notebook = nbformat.read(graded.folder / "autograded/s003/f-outsize/f-outsize.ipynb", as_version=4)
    (shown,) = [cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id == "criterion_padding"]
    assert shown.outputs[-1]["traceback"][:2] == [
        "padding: failed, 0 of 3 points", "found by a check that only the grader has",
    ]  # fmt: skip


def test_an_instructors_own_cells_are_run_and_cannot_change_the_verdicts_on_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlgrade.lms.autograde import Measured

    monkeypatch.setenv("DLGRADE_COURSE", str(OUTSIZE.folder.parents[1]))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    marker = tmp_path / "marker"
    made = notebook(OUTSIZE)
    made.cells[2].source = "def out_size(n, k): return n - k + 1" + MISCHIEF.format(marker=str(marker))
    about = {"schema_version": 3, "grade_id": "own", "grade": True, "solution": False, "locked": True, "points": 1}
    for name, source in [("right", "assert out_size(5, 3) == 3"), ("wrong", "assert out_size(5, 3) == 4, 'no'")]:
        cell = nbformat.v4.new_code_cell(source, metadata={"nbgrader": about | {"grade_id": name, "task": False}})
        made.cells.append(cell)
    resources = {"metadata": {"path": str(tmp_path)}}
    made, resources = Measured().preprocess(made, resources)
    found = {cell.metadata.nbgrader.grade_id: cell for cell in made.cells}
    assert marker.exists()  # so it did run in a kernel
    assert [found[name].outputs == [] for name in ("right", "wrong")] == [True, False]
    for criterion in OUTSIZE.criteria:
        cell = found[f"criterion_{criterion.id}"]
        assert cell.outputs[0].evalue.startswith(f"{criterion.id}: ")
        assert cell.outputs[0].evalue.endswith(f", 0 of {criterion.points:g} points")
        assert cell.source.startswith(f"# {criterion.id}, ")
