"""An assignment in nbgrader's gradebook: its notebook and the cells of it, as generate_assignment records them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from dlgrade.course import Assignment
from dlgrade.errors import UsageError
from dlgrade.lms._nbgrader_cells import CRITERION, UNSOLVED, notebook, tests_name


def define(book: Any, assignment: Assignment, source: Path) -> None:
    """Make the gradebook know the assignment, where it does not yet.

    Args:
        book: an `nbgrader.api.Gradebook`.
        source: the notebook that generate_assignment would take; where it is missing, that of `init`.

    Raises:
        UsageError: it knows another one of that name, which has submissions.
    """
    from dlgrade.lms._nbgrader_api import MissingEntry

    name = assignment.id
    known = book.update_or_create_assignment(name)
    wanted = {tests_name(criterion.id): criterion.points for criterion in assignment.criteria}
    if _criteria(book, name) != wanted.keys():
        if known.submissions:
            raise UsageError(f"nbgrader has submissions to {name} whose cells are not the criteria of {name}",
                             f"Graded notebooks keep their cells. {_ANEW}")  # fmt: skip
        with contextlib.suppress(MissingEntry):
            book.remove_notebook(name, name)
        _record(book, assignment, source)
        if _criteria(book, name) != wanted.keys():
            raise UsageError(f"{source} has other cells than the criteria of {name}", _ANEW)
    for cell, points in wanted.items():
        book.update_or_create_grade_cell(cell, name, name, max_score=points)


_ANEW = "For new ones: dlgrade nbgrader init into another folder."


def _criteria(book: Any, name: str) -> set[str]:
    """Names of the cells of criteria that the gradebook knows; an instructor may have added others."""
    from dlgrade.lms._nbgrader_api import MissingEntry

    try:
        return {cell.name for cell in book.find_notebook(name, name).grade_cells if cell.name.startswith(CRITERION)}
    except MissingEntry:
        return set()


def _record(book: Any, assignment: Assignment, source: Path) -> None:
    """What nbgrader's own SaveCells writes, cell by cell."""
    from dlgrade.lms._nbgrader_api import is_grade, is_locked, is_solution

    name = assignment.id
    cleared = _cleared(assignment, source)
    book.update_or_create_notebook(name, name, kernelspec=json.dumps(cleared.metadata.get("kernelspec", {})))
    for cell in cleared.cells:
        about = cell.metadata.get("nbgrader", {})
        if is_grade(cell):
            points = float(about["points"])
            book.update_or_create_grade_cell(about["grade_id"], name, name, max_score=points, cell_type=cell.cell_type)
        if is_solution(cell):
            book.update_or_create_solution_cell(about["grade_id"], name, name)
        if is_grade(cell) or is_solution(cell) or is_locked(cell):
            book.update_or_create_source_cell(
                about["grade_id"], name, name, cell_type=cell.cell_type, locked=is_locked(cell), source=cell.source,
                checksum=about["checksum"],
            )  # fmt: skip


def _cleared(assignment: Assignment, source: Path) -> Any:
    """The notebook without its solution and with nbgrader's checksums."""
    import nbformat

    from dlgrade.lms._nbgrader_api import ClearSolutions, ComputeChecksums

    made = nbformat.read(source, as_version=4) if source.is_file() else notebook(assignment)
    for step in (ClearSolutions(code_stub={"python": UNSOLVED}), ComputeChecksums()):
        made, _ = step.preprocess(made, {})
    return made
