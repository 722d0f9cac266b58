"""What of an assignment a student gets, with the constants of their variant written in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from dlgrade.course._nouns import Assignment
from dlgrade.course._variant import lesson_for, python_for, yaml_for
from dlgrade.course._yaml import read_yaml

_LEFT_OUT = frozenset({"__pycache__", ".ipynb_checkpoints", ".DS_Store"})


def student_files(assignment: Assignment) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Names and contents of an assignment's files for a student who has `assignment.variant`.

    Nothing outside the assignment's folder is read, and no value but this student's own is written.

    Raises:
        CourseError: a marked place does not fit the list of choices.
    """
    for file in sorted(assignment.folder.rglob("*")):
        inner = file.relative_to(assignment.folder)
        if file.is_symlink() or not file.is_file() or any(part in _LEFT_OUT for part in inner.parts):
            continue
        yield PurePosixPath(inner.as_posix()), _written(assignment, file)


def written_for(assignment: Assignment, source: str, name: str) -> str:
    """Python of this assignment, such as its stub or its reference solution, with the values of `assignment.variant`.

    Raises:
        CourseError: a marked line does not fit the list of choices.
    """
    return python_for(source, assignment.variant, assignment.choices, name)


def _written(assignment: Assignment, file: Path) -> bytes:
    content = file.read_bytes()
    if not assignment.choices:
        return content
    if file.suffix == ".py":
        return written_for(assignment, content.decode(), file.name).encode()
    if file.suffix == ".md":
        return lesson_for(content.decode(), assignment.variant, file.name).encode()
    if file.name == "assignment.yaml":
        return yaml_for(content.decode(), read_yaml(file), assignment.variant).encode()
    return content
