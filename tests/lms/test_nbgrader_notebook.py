"""``%criterion`` in a student's notebook: a real kernel, a course without graders, and verdicts that follow changes."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tests.lms.nbgrader_parts import OUTSIZE, released, students_course

from dlgrade.lms._nbgrader_cells import notebook
from dlgrade.lms.notebook import executed

assert OUTSIZE.graders is not None
BY_HEART = (OUTSIZE.graders / "mutants" / "table_of_examples.py").read_text("utf-8")  # only hidden graders see it


def kept(*cells: str) -> list[str]:
    """Sources of the cells that count; the first entry of a history is empty."""
    return [cell.source for cell in nbformat.reads(executed(["", *cells]), as_version=4).cells]


def test_cells_keep_their_numbers_and_commands_of_ours_go() -> None:
    run = "%load_ext dlgrade.lms.notebook"
    ask = "# pool, 5 points\n%criterion f-outsize pool\n"
    assert kept(run, "def f(): pass", ask, "f()", ask) == ["", "def f(): pass", "", "f()"]
    assert kept(ask) == kept() == []
    assert kept("%matplotlib inline", "%criterion x\nx = 1") == ["%matplotlib inline", "%criterion x\nx = 1"]


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        (["def f(): 1", "def f(): 2"], [1]),
        (["def f(:", "def f(): 2"], [1]),  # what could not be read was mended
        (["def f(): 1", "def f(:"], [1]),  # what stands there now cannot be read, and that is to be said
        (["def f(): 1\ndef g(): 1", "def f(): 2"], [0, 1]),
        (["class A: pass", "async def f(): 1", "class A:\n    def f(self): pass"], [1, 2]),
        (["x = 1", "x = 2"], [0, 1]),
    ],
)
def test_functions_count_as_they_were_run_last(cells: Sequence[str], count: list[int]) -> None:
    assert kept(*cells, "%criterion a b") == [cell if n in count else "" for n, cell in enumerate(cells)]


def test_half_characters_travel() -> None:
    assert kept("x = '\ud800'") == ["x = '\ud800'"]


def ran(made: Any, folder: Path) -> Any:
    """The notebook with what each cell put out."""
    from nbclient import NotebookClient

    return NotebookClient(made, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}).execute()


def shown(cell: Any) -> str:
    """What stands below a cell."""
    parts = [part.get("text") or f"{part['ename']}\n" + "\n".join(part["traceback"]) for part in cell.outputs]
    return "".join(parts)


def test_a_student_without_graders_sees_verdicts_that_follow_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("DLGRADE_COURSE", str(students_course(tmp_path / "course")))
    made = released(notebook(OUTSIZE))
    # In order: the lesson, the first cell, the answer, a heading, and the criteria.
    assert [cell.metadata.nbgrader.grade_id for cell in made.cells[:4]] == ["lesson", "setup", "answer", "criteria"]
    new = nbformat.v4.new_code_cell
    made.cells[4:] = [
        made.cells[5],  # no_room, of the stub
        new(BY_HEART.replace("def out_size", "def out_size(:  # ")), made.cells[4],  # convolution
        new(BY_HEART), *(new(f"%criterion f-outsize {name}") for name in ("convolution", "padding", "none", "")),
        new("%criterion f-git x"), new("import sys; print(sys.executable)"),
    ]  # fmt: skip
    cells = [shown(cell) for cell in ran(made, tmp_path).cells if cell.cell_type == "code"]
    assert cells[:2] == ["", ""]
    assert cells[2].startswith("NotPassed\nno_room: failed, 0 of 3 points\nf-outsize.ipynb cell 2 line ")
    assert re.match(r"NotPassed\nconvolution: waiting, 0 of 7 points\n.*\nf-outsize\.ipynb cell 4 line \d+", cells[4])
    assert cells[6:8] == ["convolution: passed, 7 of 7 points\n", "padding: passed, 3 of 3 points\n"]
    assert cells[8].startswith("NotMeasured\nf-outsize has no criterion none; it has: convolution, ")
    assert cells[9] == "NotMeasured\n%criterion f-outsize: write it as %criterion ID NAME"
    assert re.match(r"NotMeasured\nthe course .* has no assignment f-git\n  DLGRADE_COURSE names", cells[10])
    assert cells[11].strip() == sys.executable
    assert not any("Traceback" in text for text in cells)
