"""The course that `dlgrade nbgrader init` writes: what students get of it, and what nbgrader makes of its settings."""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tests.conftest import Ran
from tests.lms.nbgrader_parts import CODE6, OUTSIZE, ROOT, released, secret_lines, students_course

from dlgrade.course import Assignment, load_course, student_files
from dlgrade.errors import CourseError, MachineError, UsageError
from dlgrade.lms._nbgrader_cells import asked, notebook
from dlgrade.lms._nbgrader_course import SETTINGS, init

SHIPPED = [one for one in load_course(ROOT).assignments if one.graders and (one.graders / "proof.json").is_file()]


def cell(made: Any, name: str) -> Any:
    (found,) = [one for one in made.cells if one.metadata.nbgrader.grade_id == name]
    return found


# -- what stands in a notebook -----------------------------------------------------------------------------------------


def given(assignment: Assignment, name: str) -> str:
    """A file as a student gets it."""
    return {str(file): content for file, content in student_files(assignment)}[name].decode().strip()


@pytest.mark.parametrize("assignment", SHIPPED, ids=lambda one: one.id)
def test_a_criterion_is_a_locked_cell_with_its_points(assignment: Assignment) -> None:
    made = notebook(assignment)
    tests = [one for one in made.cells if one.metadata.nbgrader.grade]
    assert [asked(one.source) for one in tests] == [(assignment.id, one.id) for one in assignment.criteria]
    assert [one.metadata.nbgrader.points for one in tests] == [one.points for one in assignment.criteria]
    assert all(one.metadata.nbgrader.locked for one in made.cells if one.metadata.nbgrader.grade_id != "answer")
    assert cell(made, "lesson").source == given(assignment, "README.md")


@pytest.mark.parametrize("assignment", SHIPPED, ids=lambda one: one.id)
def test_what_students_get_holds_the_whole_stub_and_no_trace_of_graders(assignment: Assignment) -> None:
    source = notebook(assignment)
    stub = given(assignment, f"{assignment.id}.py")
    assert assignment.graders is not None
    assert (assignment.graders / "reference.py").read_text("utf-8").strip() in cell(source, "answer").source
    made = released(source)
    everything = "\n".join([nbformat.writes(made), *(one.source for one in made.cells)])
    secret = secret_lines(assignment)
    assert len(secret) > 20
    assert [line for line in secret if line in everything] == []
    for word in ("SOLUTION", "HIDDEN", "--hidden", "reference.py", "graders/", "mutant", str(ROOT)):
        assert word not in everything.replace(stub, "") or word in given(assignment, "README.md"), word
    answer = cell(made, "answer").source
    assert answer.startswith(stub)
    assert answer[len(stub) :].strip() == "# Write your code above, in place of each NotImplementedError."
    ast.parse(answer)


def test_the_public_check_is_shown_and_what_only_graders_have_is_not() -> None:
    hidden_only = replace(OUTSIZE.criteria[0], id="secretly", says="Something else.\nAnd more.", points=1)
    made = released(notebook(replace(OUTSIZE, criteria=(OUTSIZE.criteria[4], hidden_only))))
    assert cell(made, "criterion_padding").source == (
        "# padding, 3 points: solve_padding finds the smallest padding that gives the wanted side, and says\n"
        "# None where none does.\n#\n# The public check:\n#     def test_padding(ask):\n"
        '#         examples(ask, "solve_padding", PADDINGS)\n%criterion f-outsize padding'
    )
    assert cell(made, "criterion_secretly").source == (
        "# secretly, 1 point: Something else. And more.\n%criterion f-outsize secretly"
    )


def test_without_graders_there_is_no_solution_and_the_stub_stays() -> None:
    made = notebook(replace(OUTSIZE, graders=None))
    assert cell(made, "answer").source.endswith("raise NotImplementedError\n\n\n### BEGIN SOLUTION\n### END SOLUTION")
    assert cell(released(made), "answer").source.count("raise NotImplementedError") == 5


def test_the_same_assignment_is_the_same_bytes() -> None:
    assert nbformat.writes(notebook(CODE6)) == nbformat.writes(notebook(CODE6))


@pytest.fixture
def own(tmp_path: Path) -> Assignment:
    """An assignment whose files may be changed."""
    shutil.copytree(OUTSIZE.folder, tmp_path / "assignments" / "f-outsize")
    return replace(OUTSIZE, folder=tmp_path / "assignments" / "f-outsize")


@pytest.mark.parametrize("file", ["README.md", "f-outsize.py", "checks.py"])
@pytest.mark.parametrize(
    "words", ["### BEGIN SOLUTION", "a END HIDDEN TESTS b", "=== BEGIN MARK SCHEME ===", "# AUTOTEST x"]
)
def test_a_line_that_nbgrader_would_take_for_its_own_is_named(own: Assignment, file: str, words: str) -> None:
    path = own.folder / file
    path.write_text(f"# one\n# {words}\n" + path.read_text("utf-8"), encoding="utf-8")
    with pytest.raises(CourseError, match=rf"{file}:2: nbgrader takes a line with"):
        notebook(own)


def test_a_missing_or_broken_file_is_named(own: Assignment) -> None:
    (own.folder / "checks.py").write_text("def test(:\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"checks\.py:1: this is not Python"):
        notebook(own)
    (own.folder / "README.md").unlink()
    with pytest.raises(CourseError, match=r"README\.md: this file is missing"):
        notebook(own)


# -- the folder --------------------------------------------------------------------------------------------------------


def test_a_course_is_written_added_to_and_never_changed(dlgrade: Callable[..., Ran]) -> None:
    ran = dlgrade("nbgrader", "init", "f-outsize", "--to", "class")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "class/source/f-outsize/f-outsize.ipynb  Out-size calculation, 25 points",
        "class/nbgrader_config.py",
        "Next: cd class; nbgrader generate_assignment f-outsize",
    ]
    settings = Path("class", SETTINGS)
    settings.write_text(settings.read_text("utf-8") + "# mine\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in Path("class").rglob("*") if path.is_file()}
    ran = dlgrade("nbgrader", "init", "code6", "f-outsize", "--to", "class")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: class/source/f-outsize is already there")
    ran = dlgrade("nbgrader", "init", "code6", "--to", "class")
    assert ran.out.splitlines()[1] == "class/nbgrader_config.py  was there and is left as it is"
    after = {path: path.read_bytes() for path in Path("class").rglob("*") if path.is_file()}
    assert set(after) - set(before) == {Path("class/source/code6/code6.ipynb")}
    assert all(after[path] == content for path, content in before.items())


def test_an_unknown_assignment_and_a_course_without_graders(dlgrade: Callable[..., Ran], tmp_path: Path) -> None:
    assert "Did you mean f-outsize?" in dlgrade("nbgrader", "init", "f-outsze", "--to", "class").err
    assert not Path("class").exists()
    students = students_course(tmp_path / "course")
    ran = dlgrade("--course", students, "nbgrader", "init", "--to", "class")
    assert "Out-size calculation, 25 points, without a solution\n" in ran.out
    assert ran.err == "There are no graders here: scores will be those of the public checks.\n"


def test_a_folder_that_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match=r"file cannot be written: Not a directory"):
        init([OUTSIZE], tmp_path / "file", course=ROOT)
    (tmp_path / "class" / "source").mkdir(parents=True)
    (tmp_path / "class" / "source" / f".code6.{os.getpid()}").mkdir()  # stands in the way of the second assignment
    with pytest.raises(MachineError):
        init([OUTSIZE, CODE6], tmp_path / "class", course=ROOT)
    assert not (tmp_path / "class" / SETTINGS).exists()
    assert (tmp_path / "class/source/f-outsize/f-outsize.ipynb").is_file()
    with pytest.raises(UsageError, match="is already there"):
        init([CODE6, OUTSIZE], tmp_path / "class", course=ROOT)
    assert not (tmp_path / "class/source/code6").exists()


# -- the settings ------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The settings as nbgrader loads them."""
    from traitlets.config import PyFileConfigLoader

    for name in ("DLGRADE_COURSE", "DLGRADE_PROFILE"):
        monkeypatch.setenv(name, "to be replaced")
    init([OUTSIZE], tmp_path / 'a "class"', course=ROOT, profile="quick")
    return PyFileConfigLoader(SETTINGS, str(tmp_path / 'a "class"')).load_config()


def test_the_settings_name_the_course_and_the_profile(settings: Any) -> None:
    from dlgrade.lms._nbgrader_measure import profile_asked

    assert (os.environ["DLGRADE_COURSE"], profile_asked()) == (str(ROOT), "quick")


def test_autograde_does_all_that_it_does_and_measures_where_it_would_execute(settings: Any) -> None:
    from nbgrader.converters import Autograde
    from nbgrader.preprocessors import Execute, SaveAutoGrades
    from traitlets.utils.importstring import import_item

    from dlgrade.lms.autograde import Hold, Measured

    steps = [import_item(name) for name in settings.Autograde.autograde_preprocessors]
    theirs = [Measured if step is Execute else step for step in Autograde().autograde_preprocessors]
    theirs.insert(theirs.index(SaveAutoGrades) + 1, Hold)
    assert steps == theirs


def test_where_a_kernel_runs_only_cells_of_tests_may_take_long(settings: Any) -> None:
    made = notebook(OUTSIZE)
    limits = {one.metadata.nbgrader.grade_id: settings.Execute.timeout_func(one) for one in made.cells}
    assert limits["answer"] == 30
    assert limits["criterion_pool"] is None
    assert settings.Execute.timeout_func(nbformat.v4.new_code_cell("while True: pass")) == 30


def test_an_unknown_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from dlgrade.lms._nbgrader_measure import profile_asked

    monkeypatch.setenv("DLGRADE_PROFILE", "fast")
    with pytest.raises(UsageError, match=r"DLGRADE_PROFILE is 'fast'\n  There are: smoke, quick, full"):
        profile_asked()
    monkeypatch.delenv("DLGRADE_PROFILE")
    assert profile_asked() is None


def test_a_students_text_is_one_line_each_and_harmless() -> None:
    from dlgrade.lms._nbgrader_measure import _lines

    one = {
        "id": "pool", "verdict": "failed", "points": 0.0, "max_points": 5.0, "measured": "\x1b[31mred", "wanted": "5",
        "found": ["a\nb", "a\nb", *map(str, range(20))], "hint": "Do it.", "cards": ["c1", "c2"],
    }  # fmt: skip
    lines = _lines(one, None)
    assert lines[:4] == ["pool: failed, 0 of 5 points", r"\x1b[31mred, wanted 5", r"a\nb", "0"]
    assert lines[-3:] == ["and 10 more", "Do it.", "cards: c1  c2"]
    assert all(re.fullmatch(r"[ -~]+", line) for line in lines)
    waits = one | {"verdict": "blocked", "measured": "not measured: the file comes first", "wanted": ""}
    blocked = _lines(waits, {"what": "not Python", "where": "a.ipynb cell 2", "mend": "Mend it."})
    assert blocked[:2] == ["pool: waiting, 0 of 5 points", "not measured: the file comes first"]
    assert blocked[-2:] == ["a.ipynb cell 2  not Python", "Mend it."]
