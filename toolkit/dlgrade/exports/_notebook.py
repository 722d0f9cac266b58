"""A notebook that nbgrader releases, collects and marks: the instructor's version, with answers and hidden tests.

Each question is a locked text, a cell for the answer and a cell of tests; reflections are a text that is marked by
hand, for no points. The metadata follow version 3 of nbgrader's schema. ``nbgrader generate_assignment`` takes answers
and hidden tests out of what students get. Does not promise secrecy beyond that: this file has the answers in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from dlgrade.exports._cells import figure_cell, hint, line_cell, solution, tests, text_cell
from dlgrade.exports._forms import LETTERS, listed
from dlgrade.exports._nouns import Content, Put, Sheet, Wanted

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_SCHEMA = 3


def write(wanted: Wanted) -> Content:
    """The questions as a notebook, one section for each bank."""
    import nbformat

    cells: list[Any] = []
    number = 0
    for sheet in wanted.sheets:
        cells.append(_text(f"{sheet.bank.id}_title", _title(sheet)))
        for family in sheet.families:
            for put in family.puts:
                number += 1
                cells += _question(put, number)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=_METADATA)
    nbformat.validate(notebook)
    return Content((nbformat.writes(notebook) + "\n").encode(), {}, {})


def grade_id(item: str) -> str:
    """The id of an item as nbgrader can write it; different for different ids."""
    return item.replace("/", "_")  # ids have no underscores of their own


def _title(sheet: Sheet) -> str:
    about = "Write each answer into the cell below its question, in place of the line that raises an error."
    return f"<h1>{line_cell(sheet.bank.title)}</h1>\n\n{about}"


def _question(put: Put, number: int) -> Iterator[Any]:
    name, grade = f"q{number}", grade_id(put.id)
    choices, letters = _listed(put)
    shown = [f"## Question {number}", text_cell([put.stem]), figure_cell(put), text_cell(choices)]
    yield _text(f"{grade}_question", "\n\n".join(filter(None, shown)))
    if put.form == "essay":
        ideas = text_cell(["A good answer has:", "\n".join(f"- {idea}" for idea in put.ideas)])
        yield _cell("markdown", f"{grade}_answer", ideas, grade=True, solution=True, points=0)
        return
    answer = f"# {hint(put, name)}\n### BEGIN SOLUTION\n{name} = {solution(put, letters)}\n### END SOLUTION"
    yield _cell("code", f"{grade}_answer", answer, solution=True)
    yield _cell("code", f"{grade}_tests", tests(put, name, letters), grade=True, locked=True, points=1)


def _listed(put: Put) -> tuple[list[str], Sequence[str]]:
    """What there is to choose from, in markup, and what each of it is called in an answer."""
    labels = [choice.label for choice in put.choices if choice.label]
    match put.form:
        case "choice" if put.item.kind == "two_tier":
            return [], labels
        case "choice" if put.item.kind == "spot":
            return ["\n".join(f"- {choice.text}" for choice in put.choices)], labels
        case "choice" | "choices":
            texts = [choice.text for choice in put.choices]
        case "order":
            texts = [put.order[place] for place in put.shown_order]
        case "match":
            texts = list(put.sides)
        case _:
            return [], ()
    letters = LETTERS[: len(texts)]
    choices = listed(texts, [f"{letter}." for letter in letters])
    if put.form != "match":
        return [choices], letters
    lefts = listed([left for left, _ in put.pairs], [f"{place}." for place in range(1, len(put.pairs) + 1)])
    return [lefts, "What belongs to each?", choices], letters


def _text(name: str, source: str) -> Any:
    return _cell("markdown", name, source, locked=True)


def _cell(
    kind: str, name: str, source: str, *, grade: bool = False, solution: bool = False, locked: bool = False,
    points: int | None = None,
) -> Any:  # fmt: skip
    import nbformat

    nbgrader = {"schema_version": _SCHEMA, "grade_id": name, "grade": grade, "solution": solution, "locked": locked}
    nbgrader |= {"task": False} | ({} if points is None else {"points": points})
    number = hashlib.sha256(name.encode()).hexdigest()[:16]
    more = {"id": number, "metadata": {"nbgrader": nbgrader}}
    if kind == "code":
        return nbformat.v4.new_code_cell(source, **more)
    return nbformat.v4.new_markdown_cell(source, **more)
