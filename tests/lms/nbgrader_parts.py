"""What the tests of nbgrader share: its programs on real files, and grades made by hand for its gradebook."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from dlgrade.course import (
    Assignment,
    CriterionResult,
    Environment,
    Report,
    SubmissionIdentity,
    Verdict,
    load_assignment,
)
from dlgrade.gradebook import Attempt, Decision, Grade
from dlgrade.lms._nbgrader_cells import UNSOLVED

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
OUTSIZE = load_assignment(ROOT / "assignments" / "f-outsize", ROOT)
CODE6 = load_assignment(ROOT / "assignments" / "code6", ROOT)


def nbgrader(folder: Path, *args: object) -> str:
    """Run nbgrader's own program in the folder of a course; what it said."""
    # Kernels of this very interpreter, whatever else the user has registered, and the programs beside it.
    more = {"JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_DATA_DIR": str(folder / ".jupyter"), "OMP_NUM_THREADS": "1",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", *map(str, args)], cwd=folder, env=os.environ | more, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout + ran.stderr


def hand_in(folder: Path, who: str, name: str, answer: str | None, *first: str) -> Path:
    """Fill the released notebook and put it where nbgrader collects; None leaves the stub. `first` are cells above."""
    notebook = nbformat.read(folder / "release" / name / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:
        if answer is not None and cell.metadata.nbgrader.grade_id == "answer":
            cell.source = answer
    notebook.cells[:0] = [nbformat.v4.new_code_cell(source) for source in first]
    place = folder / "submitted" / who / name / f"{name}.ipynb"
    place.parent.mkdir(parents=True)
    nbformat.write(notebook, place)
    return place


def released(made: Any) -> Any:
    """What generate_assignment makes of a notebook, by nbgrader's own steps."""
    from nbgrader.preprocessors import CheckCellMetadata, ClearHiddenTests, ClearMarkScheme, ClearSolutions, LockCells

    clear = ClearSolutions(code_stub={"python": UNSOLVED})
    for step in (LockCells(), clear, CheckCellMetadata(), ClearHiddenTests(), ClearMarkScheme(), CheckCellMetadata()):
        made, _ = step.preprocess(made, {})
    return made


def secret_lines(assignment: Assignment) -> set[str]:
    """Lines of references, mutants and hidden graders that stand in nothing that a student gets."""
    assert assignment.graders is not None
    open_text = "".join(
        file.read_text("utf-8") for file in assignment.folder.rglob("*") if file.suffix in {".md", ".py"}
    )
    lines = [line.strip() for file in assignment.graders.rglob("*.py") for line in file.read_text("utf-8").splitlines()]
    return {line for line in lines if len(line) > 12 and line not in open_text}


def students_course(folder: Path) -> Path:
    """The course as a student has it: no graders."""
    folder.mkdir()
    shutil.copyfile(ROOT / "course.yaml", folder / "course.yaml")
    shutil.copytree(OUTSIZE.folder, folder / "assignments" / "f-outsize")
    text = (folder / "course.yaml").read_text("utf-8")
    (folder / "course.yaml").write_text(
        text.partition("\nmetrics:")[0].rpartition("\n# What the course")[0] + "\n", "utf-8"
    )
    (folder / "quizzes").mkdir()
    shutil.copyfile(ROOT / "quizzes" / "misconceptions.yaml", folder / "quizzes" / "misconceptions.yaml")
    return folder


def scores(database: Path, name: str) -> dict[str, dict[str, float]]:
    """What nbgrader has of each student in an assignment, by criterion."""
    rows = _rows(
        database,
        """
        SELECT submitted_assignment.student_id, base_cell.name,
               coalesce(grade.manual_score, grade.auto_score, 0) + coalesce(grade.extra_credit, 0)
        FROM grade JOIN base_cell ON base_cell.id = grade.cell_id
        JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
        JOIN assignment ON assignment.id = submitted_assignment.assignment_id WHERE assignment.name = ?""",
        name,
    )
    found: dict[str, dict[str, float]] = {}
    for who, cell, score in rows:
        found.setdefault(who, {})[cell.removeprefix("criterion_")] = score
    return found


def exported(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """The lines of what nbgrader exports, by assignment and student."""
    return {(row["assignment"], row["student_id"]): row for row in csv.DictReader(io.StringIO(text))}


def plugin_export(database: Path, to: Path) -> dict[tuple[str, str], dict[str, str]]:
    """What ``nbgrader export`` writes, by its own exporter."""
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    with Gradebook(f"sqlite:///{database}") as book:
        CsvExportPlugin(to=str(to)).export(book)
    return exported(to.read_text(encoding="utf-8"))


def everything(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    tables = [name for (name,) in _rows(database, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: sorted(_rows(database, f"SELECT * FROM {name}"), key=repr) for name in sorted(tables)}


def _rows(database: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as file:
        return file.execute(query, values).fetchall()


def grade(
    who: str, verdicts: Mapping[str, Verdict] | None = None, *, name: str = "", assignment: Assignment = OUTSIZE,
    number: int = 1, handed_in: datetime | None = NOW, penalty: float = 0.0,
) -> Grade:  # fmt: skip
    """A grade with a report; criteria that are not named have passed."""
    given: Mapping[str, Verdict] = verdicts or {}
    results = tuple(
        CriterionResult(one.id, one.says, said, one.points if said == "passed" else 0.0, one.points)
        for one in assignment.criteria
        for said in [given.get(one.id, "passed")]
    )
    report = Report(
        assignment.id, assignment.title, SubmissionIdentity("a.py", "0"), "full", 0, results,
        Environment("0", "0", "0", "here", "one", "0"),
    )  # fmt: skip
    attempt = Attempt(
        who, "assignment", assignment.id, 0, NOW, NOW, report.score, report.max_score, {"report": report.to_json()},
        number, handed_in,
    )  # fmt: skip
    return Grade(
        who, assignment.id, "graded", report.score, report.score, penalty, report.score - penalty, report.max_score,
        name, attempt=attempt, attempts=number,
    )  # fmt: skip


def missing(who: str, name: str = "") -> Grade:
    """Nothing was handed in."""
    return Grade(who, OUTSIZE.id, "missing", 0.0, 0.0, 0.0, 0.0, OUTSIZE.points, name)


def settled(one: Grade, criterion: str, verdict: Any, attempt: int = 1, why: str = "read it") -> Grade:
    """The same with a criterion that a person settled."""
    points = OUTSIZE.criterion(criterion).points if verdict == "passed" else 0.0
    decision = Decision(one.who, one.id, "staff", why, NOW, attempt, criterion, verdict, number=len(one.decisions) + 1)
    counts = one.attempt is not None and one.attempt.number == attempt
    total = one.settled + (points if counts else 0.0)
    return replace(one, settled=total, score=total - one.penalty, decisions=(*one.decisions, decision))


def overridden(one: Grade, points: float | None, why: str = "was ill") -> Grade:
    """The same with points that a person set, or released again."""
    decision = Decision(one.who, one.id, "staff", why, NOW, points=points, number=len(one.decisions) + 1)
    after = replace(one, override=decision if points is not None else None, decisions=(*one.decisions, decision))
    return replace(after, score=points if points is not None else one.settled - one.penalty)
