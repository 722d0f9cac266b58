"""Constants that differ from student to student: drawn from a secret, written into what is handed out, asked for."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlgrade import grading
from dlgrade.course import (
    Assignment,
    load_assignment,
    read_secret,
    student_files,
    varied,
    with_variant,
    written_for,
)
from dlgrade.course._variant import drawn
from dlgrade.errors import CourseError, UsageError

SECRET = b"0123456789abcdef0123456789abcdef"
YAML = """
title: Halves
track: foundations
kind: functions
variant:
  width: [48, 56, 64]
  name: [relu, tanh]
call_seconds: 1
budget: {parameters: "${width}"}
criteria:
  width: {points: 10, says: "width() is ${width}, for ${name}.", hint: "Return ${width}."}
"""
STUB = '''
WIDTH = 48  # variant: width


def width(kind="relu"):  # variant: name
    """é before the literal counts in bytes."""
    raise NotImplementedError
'''
CHECKS = """
def test_width(ask, assignment):
    assert ask("width") == assignment.variant["width"]
"""
LESSON = "Your width is <!-- variant: width -->48<!-- /variant -->, for <!-- variant: name -->relu<!-- /variant -->.\n"


@pytest.fixture
def assignment(tmp_path: Path) -> Callable[..., Assignment]:
    def made(yaml: str = YAML, stub: str = STUB, lesson: str = LESSON) -> Assignment:
        folder = tmp_path / "assignments" / "halves"
        folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / "course.yaml").write_text("title: t\ntracks: {foundations: f}\n")
        (folder / "assignment.yaml").write_text(textwrap.dedent(yaml))
        (folder / "halves.py").write_text(stub)
        (folder / "checks.py").write_text(CHECKS)
        (folder / "README.md").write_text(lesson)
        return load_assignment(folder)

    return made


def test_without_a_draw_everybody_has_the_first_of_each_list(assignment: Callable[..., Assignment]) -> None:
    found = assignment()
    assert found.variant == {"width": 48, "name": "relu"}
    assert found.budget.parameters == 48
    assert found.criterion("width").says == "width() is 48, for relu."


def test_a_student_has_what_the_secret_draws_everywhere_in_the_assignment(
    assignment: Callable[..., Assignment],
) -> None:
    found = varied(assignment(), SECRET, "s007")
    width, name = found.variant["width"], found.variant["name"]
    assert found.budget.parameters == width
    assert found.criterion("width").says == f"width() is {width}, for {name}."
    assert varied(assignment(), SECRET, "s007") == found


@given(st.lists(st.text(min_size=1), min_size=40, max_size=60, unique=True))
def test_draws_differ_between_students_and_follow_the_secret(students: list[str]) -> None:
    choices = {"width": tuple(range(100))}
    values = [drawn(choices, SECRET, who, "halves")["width"] for who in students]
    assert len(set(values)) > 10
    assert values == [drawn(choices, SECRET, who, "halves")["width"] for who in students]
    assert values != [drawn(choices, SECRET[::-1], who, "halves")["width"] for who in students]
    assert values != [drawn(choices, SECRET, who, "other")["width"] for who in students]


def test_what_a_student_gets_holds_their_values_and_nobody_elses(assignment: Callable[..., Assignment]) -> None:
    found = with_variant(assignment(), {"width": 56, "name": "tanh"})
    files = {str(name): content.decode() for name, content in student_files(found)}
    assert "WIDTH = 56  # variant: width" in files["halves.py"]
    assert 'def width(kind="tanh"):  # variant: name' in files["halves.py"]
    assert files["README.md"] == "Your width is 56, for tanh.\n"
    together = "".join(files.values())
    assert "48" not in together
    assert "64" not in together


def test_a_released_assignment_loads_with_the_same_values(
    assignment: Callable[..., Assignment], tmp_path: Path
) -> None:
    found = varied(assignment(), SECRET, "s007")
    folder = tmp_path / "released" / "halves"
    for name, content in student_files(found):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    assert load_assignment(folder).variant == found.variant
    assert load_assignment(folder).criteria == found.criteria


def test_another_students_answer_fails(assignment: Callable[..., Assignment], tmp_path: Path) -> None:
    mine, theirs = (with_variant(assignment(), {"width": width, "name": "relu"}) for width in (56, 64))
    solution = "WIDTH = 48  # variant: width\n\ndef width(kind='relu'):\n    return WIDTH\n"
    file = tmp_path / "halves.py"
    file.write_text(written_for(theirs, solution, "halves.py"))
    report = grading.grade(mine, grading.read_submission(mine, file)).report
    assert [result.verdict for result in report.criteria] == ["failed"]
    assert report.variant == {"width": 56, "name": "relu"}
    file.write_text(written_for(mine, solution, "halves.py"))
    report = grading.grade(mine, grading.read_submission(mine, file)).report
    assert [result.verdict for result in report.criteria] == ["passed"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("[48, 56, 64]", "48"), "assignment.yaml:6: 'variant.width' is no list of different numbers or texts"),
        (("[48, 56, 64]", "[48, 48]"), "assignment.yaml:6: 'variant.width' is no list of different numbers or texts"),
        (("[48, 56, 64]", "[48, [1]]"), "assignment.yaml:6: 'variant.width' is no list of different numbers or texts"),
        (("${name}", "${nmae}"), "assignment.yaml:11: there is no 'nmae' under 'variant'"),
        (("[48, 56, 64]", "[wide, 56]"), "assignment.yaml:9: 'budget.parameters' is 'wide', wanted a whole number"),
    ],
)
def test_a_list_or_a_holder_that_does_not_fit_names_its_line(
    assignment: Callable[..., Assignment], change: tuple[str, str], says: str
) -> None:
    with pytest.raises(CourseError) as error:
        assignment(YAML.replace(*change))
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("stub", "says"),
    [
        ("WIDTH = 47  # variant: width\n", "halves.py:1: the marked line must hold 48"),
        ("WIDTH = 48 + 48  # variant: width\n", "halves.py:1: the marked line must hold 48"),
        ("WIDTH = 48  # variant: depth\n", "halves.py:1: there is no 'depth' under 'variant'"),
    ],
)
def test_a_marked_line_that_does_not_fit_is_named(assignment: Callable[..., Assignment], stub: str, says: str) -> None:
    with pytest.raises(CourseError) as error:
        list(student_files(assignment(stub=stub)))
    assert says in str(error.value)


def test_a_secret_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("short\n")
    with pytest.raises(UsageError, match="has 5 characters, at least 16"):
        read_secret(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_secret(tmp_path / "gone")
