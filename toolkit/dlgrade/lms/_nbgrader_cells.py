"""The notebook that wraps an assignment for nbgrader: the lesson, the answer, one cell of tests per criterion.

The cells of tests hold no tests but a command that asks for the verdict on a criterion, so that neither an oracle nor a
hidden grader ever stands in a notebook; what the command asks for beyond the public checks stands between nbgrader's
marks for hidden tests. The solution is the reference, between nbgrader's marks for solutions.
"""

from __future__ import annotations

import ast
import hashlib
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dlgrade.course import Assignment, Criterion, student_files, written_for
from dlgrade.errors import CourseError

EXTENSION = "dlgrade.lms.notebook"
"""The module that `%load_ext` takes in the first cell."""

ANSWER = "answer"
"""Name of the cell that the student writes into."""

UNSOLVED = "# Write your code above, in place of each NotImplementedError."
"""What nbgrader puts where the solution stood; the stub above it stays."""

CRITERION = "criterion_"
"""How the names of cells of tests begin."""

_ASKED = re.compile(r"^%criterion[ \t]+(\S+)[ \t]+(\w+)(?:[ \t]+--hidden)?[ \t]*$", re.MULTILINE)
# Lines with these words mean something to nbgrader, wherever they stand.
_WORDS = re.compile(r"(?:BEGIN|END) (?:HIDDEN TESTS|SOLUTION|MARK SCHEME)|AUTOTEST")
_SCHEMA = 3
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_HEADING = """\
## What is measured

Run the cells below after the one with your answer, in any order. Each says what came of one criterion and why; the
first takes a while, since it measures all of them. After a change run your cell again, then these. When your work is
graded, more cases may be tried than here."""
_SETUP = f"""\
# Run this cell first. Without dlgrade: pip install dlgrade
%load_ext {EXTENSION}"""


@dataclass(frozen=True)
class Cell:
    """One cell as nbgrader knows it.

    Attributes:
        name: its id in nbgrader, unique in the notebook.
        points: what a cell of tests is worth; None for the others.
    """

    kind: Literal["code", "markdown"]
    name: str
    source: str
    points: float | None = None
    solution: bool = False


def tests_name(criterion: str) -> str:
    """Name of the cell of tests of a criterion, in notebooks and in nbgrader's gradebook."""
    return f"{CRITERION}{criterion}"


def asked(source: str) -> tuple[str, str] | None:
    """Assignment and criterion that a cell of tests asks for; None where it is none of ours."""
    found = _ASKED.search(source)
    return (found[1], found[2]) if found else None


def notebook(assignment: Assignment) -> Any:
    """The instructor's version, with the reference as solution where there is one.

    Raises:
        CourseError: a file of the assignment is missing, or has a line that nbgrader would take for its own.
    """
    import nbformat

    cells = [_node(cell, assignment.id) for cell in _cells(assignment)]
    made = nbformat.v4.new_notebook(cells=cells, metadata=_METADATA)
    nbformat.validate(made)
    return made


def _cells(assignment: Assignment) -> Iterator[Cell]:
    given = {str(name): content for name, content in student_files(assignment)}
    yield Cell("markdown", "lesson", _text(given, assignment.folder / "README.md"))
    yield Cell("code", "setup", _SETUP)
    stub = _text(given, assignment.folder / f"{assignment.id}.py")
    # Without a region nbgrader would put its line in place of the whole cell, and the stub would be gone.
    region = ["### BEGIN SOLUTION", *_reference(assignment), "### END SOLUTION"]
    yield Cell("code", ANSWER, "\n".join([stub, "\n", *region]), solution=True)
    yield Cell("markdown", "criteria", _HEADING)
    checks = assignment.folder / "checks.py"
    public = _functions(_text(given, checks), checks)
    for criterion in assignment.criteria:
        source = _tests(assignment.id, criterion, public.get(criterion.id, ""))
        yield Cell("code", tests_name(criterion.id), source, criterion.points)


def _reference(assignment: Assignment) -> list[str]:
    """The solution, where there is one."""
    file = assignment.graders / "reference.py" if assignment.graders is not None else None
    if file is None or not file.is_file():
        return []
    return [written_for(assignment, _text({file.name: file.read_bytes()}, file), file.name)]


def _tests(assignment: str, criterion: Criterion, public: str) -> str:
    says = " ".join(criterion.says.split())
    points = "1 point" if criterion.points == 1 else f"{criterion.points:g} points"
    lines = textwrap.wrap(f"{criterion.id}, {points}: {says}", 100, break_long_words=False)
    if public:
        lines += ["", "The public check:", *(f"    {line}" if line else "" for line in public.splitlines())]
    command = f"%criterion {assignment} {criterion.id}"
    hidden = ["### BEGIN HIDDEN TESTS", f"{command} --hidden", "### END HIDDEN TESTS"]
    return "\n".join([*(f"# {line}".rstrip() for line in lines), command, *hidden])


def _functions(checks: str, file: Path) -> Mapping[str, str]:
    """The functions of the public checks by criterion, as they are written."""
    try:
        tree = ast.parse(checks)
    except SyntaxError as error:
        raise CourseError(f"{file}:{error.lineno}", f"this is not Python: {error.msg}") from None
    lines = checks.splitlines()
    return {
        node.name.removeprefix("test_"): "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _text(given: Mapping[str, bytes], file: Path) -> str:
    """What a file says, as a student gets it, once no line of it means something to nbgrader."""
    if file.name not in given:
        raise CourseError(str(file), "this file is missing")
    try:
        text = given[file.name].decode("utf-8").strip()
    except UnicodeDecodeError:
        raise CourseError(str(file), "this is not UTF-8") from None
    for number, line in enumerate(text.splitlines(), 1):
        found = _WORDS.search(line)
        if found:
            raise CourseError(f"{file}:{number}", f"nbgrader takes a line with '{found[0]}' for one of its own",
                              "Say it in other words, or in small letters.")  # fmt: skip
    return text


def _node(cell: Cell, assignment: str) -> Any:
    import nbformat

    graded = cell.points is not None
    about: dict[str, Any] = {
        "schema_version": _SCHEMA, "grade_id": cell.name, "grade": graded, "solution": cell.solution,
        "locked": not cell.solution, "task": False,
    }  # fmt: skip
    if graded:
        about["points"] = cell.points
    # The same file every time; nbformat would draw ids.
    number = hashlib.sha256(f"{assignment}/{cell.name}".encode()).hexdigest()[:16]
    new: Any = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
    return new(cell.source, id=number, metadata={"nbgrader": about})
