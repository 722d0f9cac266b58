"""Steps for ``nbgrader autograde`` that measure instead of running students' notebooks in a kernel.

`Measured` stands where nbgrader has `Execute`: it gives each cell of tests the verdict that a dlgrade process of its
own found, so that no student code runs in nbgrader or in a kernel of it. `Hold`, after `SaveAutoGrades`, marks what a
person has to decide. Cells of tests that are not dlgrade's are run by a kernel as always; what the student's code does
there cannot change the verdicts on the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbformat import NotebookNode

from dlgrade.errors import UsageError
from dlgrade.lms._nbgrader_api import Execute, Gradebook, NbGraderPreprocessor, is_grade, is_solution
from dlgrade.lms._nbgrader_cells import asked
from dlgrade.lms._nbgrader_measure import measure

if TYPE_CHECKING:
    from dlgrade.lms._nbgrader_measure import Asked

__all__ = ["Hold", "Measured"]

_HELD = "dlgrade_held"
_STALE = "Make a course of today's assignments with dlgrade nbgrader init."


class Measured(Execute):  # type: ignore[misc]
    """Gives dlgrade's cells of tests their verdicts, and runs a notebook only where it has others."""

    def preprocess(self, nb: Any, resources: Any, **more: Any) -> tuple[Any, Any]:
        """Measure what is dlgrade's, run what is not.

        Raises:
            DlgradeError: it could not be measured; nbgrader says so and gives this submission no score.
        """
        tests = [cell for cell in nb.cells if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)]
        ours = {place: of for place, cell in enumerate(tests) if (of := asked(cell.source)) is not None}
        found = self._found(nb, {assignment for assignment, _ in ours.values()})
        if len(ours) < len(tests) or not ours:
            nb, resources = self._run(nb, resources, [tests[place] for place in ours], more)
        held = resources.setdefault(_HELD, [])
        for place, (assignment, criterion) in ours.items():
            one = found[assignment].get(criterion)
            if one is None:
                raise UsageError(f"{assignment} has no criterion {criterion} any more", _STALE)
            tests[place].outputs = [_output(one)]
            held += [tests[place].metadata.nbgrader.grade_id] if one.held else []
        return nb, resources

    def _found(self, nb: Any, assignments: set[str]) -> dict[str, Any]:
        import nbformat

        found = {}
        for assignment in sorted(assignments):
            self.log.info("Measuring %s", assignment)
            measured = measure(assignment, str(nbformat.writes(nb)))
            if measured.isolation == "plain":
                self.log.warning("Run as a plain process with limits, not in a sandbox: see dlgrade doctor")
            found[assignment] = measured.criteria
        return found

    def _run(self, nb: Any, resources: Any, without: list[Any], more: Any) -> tuple[Any, Any]:
        """As nbgrader does, with the cells of ours empty meanwhile."""
        sources = [cell.source for cell in without]
        try:
            for cell in without:
                cell.source = ""
            nb, resources = super().preprocess(nb, resources, **more)
        finally:
            for cell, source in zip(without, sources, strict=True):
                cell.source = source
        return nb, resources


class Hold(NbGraderPreprocessor):  # type: ignore[misc]
    """Marks what could not be proven, so that formgrader lists it for a person to grade."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Mark the cells that `Measured` left to a person."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as book:
            for name in resources.get(_HELD, []):
                grade = book.find_grade(name, about["notebook"], about["assignment"], about["student"])
                grade.needs_manual_grade = True
            book.db.commit()
        return nb, resources


def _output(one: Asked) -> Any:
    """What a kernel would have shown: a passed criterion prints, any other ends in an error."""
    if one.verdict == "passed":
        return NotebookNode(output_type="stream", name="stdout", text="\n".join(one.lines) + "\n")
    return NotebookNode(output_type="error", ename="NotPassed", evalue=one.lines[0], traceback=list(one.lines))
