"""Submissions whose verdicts are known beforehand: stub, reference, mutants, and the solution of another student."""

from __future__ import annotations

import ast
import contextlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dlgrade.course import Assignment, with_variant, written_for
from dlgrade.errors import CourseError
from dlgrade.grading import read_submission

if TYPE_CHECKING:
    from dlgrade.submission import Submission

Kind = Literal["stub", "reference", "mutant", "stranger"]

_FAILS = re.compile(r"^Fails:\s*(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Subject:
    """One submission whose verdicts are known beforehand.

    Attributes:
        fails: criteria that a mutant must fail, from the ``Fails:`` line of its docstring.
        says: first line of that docstring.
        variant: constants that it is graded with, where the assignment draws any.
        written: constants that its own marked lines hold.
    """

    kind: Kind
    name: str
    path: Path
    seed: int = 0
    fails: frozenset[str] = frozenset()
    says: str = ""
    variant: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    written: Mapping[str, bool | int | float | str] = field(default_factory=dict)


def subjects_of(assignment: Assignment, seeds: int) -> list[Subject]:
    """Stub, reference with each seed and another variant each, mutants, and the reference of another variant.

    Raises:
        CourseError: no graders, no reference, a mutant that does not say what it fails.
    """
    graders = graders_of(assignment)
    reference = graders / "reference.py"
    if not reference.is_file():
        raise CourseError(str(graders), "there is no reference.py", "Write a solution that gets full marks.")
    subjects = [Subject("stub", "stub", assignment.folder / f"{assignment.id}.py")]
    for seed in range(seeds):
        values = _variant(assignment, seed)
        subjects.append(
            Subject("reference", f"reference, seed {seed}", reference, seed, variant=values, written=values)
        )
    if assignment.choices:
        other = _variant(assignment, 1)
        subjects.append(Subject("stranger", "reference of another variant", reference, 0, written=other))
    known = {criterion.id for criterion in assignment.criteria}
    for path in sorted((graders / "mutants").glob("*.py")):
        says = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        match = _FAILS.search(says)
        if match is None:
            raise CourseError(
                f"{path}:1", "the mutant does not say what it fails", 'End its docstring with "Fails: ...".'
            )
        fails = frozenset(name.strip(" .") for name in match.group(1).split(","))
        if fails - known:
            raise CourseError(f"{path}:1", f"it fails {', '.join(sorted(fails - known))}, which is no criterion")
        subjects.append(Subject("mutant", path.stem, path, 0, fails, says.splitlines()[0]))
    return subjects


@contextlib.contextmanager
def handed_in(assignment: Assignment, subject: Subject) -> Iterator[Submission]:
    """The subject as a submission, with the constants of its variant written in.

    Raises:
        CourseError: a marked line does not fit.
        SubmissionError: it cannot be read.
    """
    if not subject.written:
        yield read_submission(assignment, subject.path)
        return
    writer = with_variant(assignment, subject.written)
    source = written_for(writer, subject.path.read_text(encoding="utf-8"), str(subject.path))
    with tempfile.TemporaryDirectory(prefix="dlgrade-") as folder:
        file = Path(folder) / subject.path.name
        file.write_text(source, encoding="utf-8")
        yield read_submission(assignment, file)


def graders_of(assignment: Assignment) -> Path:
    """The assignment's folder of graders.

    Raises:
        CourseError: this course has none.
    """
    if assignment.graders is None:
        raise CourseError(
            str(assignment.folder),
            f"there is no graders/{assignment.id}",
            "Only a course with graders can be proven.",
        )
    return assignment.graders


def _variant(assignment: Assignment, number: int) -> dict[str, bool | int | float | str]:
    return {name: values[number % len(values)] for name, values in assignment.choices.items()}
