"""An nbgrader course whose notebooks wrap assignments: settings and ``source/<id>/<id>.ipynb``.

Promises: a folder of an assignment that is there is never changed, nor are settings; each file is written whole or not
at all; what stands in ``source/`` is for instructors, and what nbgrader's generate_assignment makes of it holds neither
references nor graders.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dlgrade.course import Assignment, Profile
from dlgrade.errors import MachineError, UsageError
from dlgrade.lms._nbgrader_cells import UNSOLVED, notebook
from dlgrade.lms._nbgrader_measure import COURSE, PROFILE

SETTINGS = "nbgrader_config.py"

_TEXT = '''\
"""Settings of nbgrader for a course written by dlgrade nbgrader init; its page docs/nbgrader.md explains them."""

import os

c = get_config()

# The course with its graders, and how far notebooks are measured: smoke, quick or full.
os.environ["{course_name}"] = {course!r}
os.environ["{profile_name}"] = {profile!r}

# What students find in place of the solution; the stub stands above it.
c.ClearSolutions.code_stub = {{"python": {unsolved!r}}}

# nbgrader autograde asks dlgrade, which measures each notebook in its sandbox, instead of running it in a kernel.
# Without these lines the notebooks run in a kernel: their cells ask dlgrade too, but student code runs beside them and
# can show any verdict it likes.
c.Autograde.autograde_preprocessors = [
    "dlgrade.lms.autograde.Measured",  # stands for nbgrader.preprocessors.Execute
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "dlgrade.lms.autograde.Hold",  # what could not be proven waits for a person
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]


def seconds(cell):
    """How long a cell may take where a kernel runs it: cells of tests as long as dlgrade, others 30 seconds."""
    return None if cell.metadata.get("nbgrader", {{}}).get("grade") else 30


c.Execute.timeout_func = seconds
'''


@dataclass(frozen=True)
class Init:
    """What was written.

    Attributes:
        notebooks: one for each assignment.
        settings: whether `SETTINGS` was written; where it was there, it is left as it is.
        unsolved: assignments without a reference.
    """

    notebooks: tuple[Path, ...]
    settings: bool
    unsolved: tuple[str, ...]


def init(assignments: Sequence[Assignment], folder: Path, *, course: Path, profile: Profile = "full") -> Init:
    """Write the course, or add assignments to one.

    Args:
        folder: made where it is missing.
        course: root of dlgrade's course, for the settings.
        profile: how far ``nbgrader autograde`` measures.

    Raises:
        UsageError: an assignment is in the folder already; nothing was written.
        CourseError: a file of an assignment cannot stand in a notebook; nothing was written.
        MachineError: the folder cannot be written.
    """
    import nbformat

    source, settings = folder / "source", folder / SETTINGS
    for one in assignments:
        if (source / one.id).exists():
            raise UsageError(f"{source / one.id} is already there", "Nothing was changed. Name other assignments.")
    texts = {one.id: str(nbformat.writes(notebook(one))) + "\n" for one in assignments}
    about = _TEXT.format(
        course_name=COURSE, course=str(course.resolve()), profile_name=PROFILE, profile=profile, unsolved=UNSOLVED
    )
    fresh = not settings.exists()
    try:
        source.mkdir(parents=True, exist_ok=True)
        written = tuple(_placed(source, name, text) for name, text in texts.items())
        if fresh:
            _replaced(settings, about)
    except OSError as error:
        raise MachineError(f"{folder} cannot be written: {error.strerror or error}") from None
    return Init(written, fresh, tuple(one.id for one in assignments if not _has_reference(one)))


def _has_reference(assignment: Assignment) -> bool:
    return assignment.graders is not None and (assignment.graders / "reference.py").is_file()


def _placed(source: Path, name: str, text: str) -> Path:
    """The folder of one assignment, made beside and put in its place when it is whole."""
    partial = source / f".{name}.{os.getpid()}"
    try:
        partial.mkdir()
        (partial / f"{name}.ipynb").write_text(text, encoding="utf-8")
        partial.rename(source / name)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return source / name / f"{name}.ipynb"


def _replaced(file: Path, text: str) -> None:
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
