"""The notebook as nbgrader takes it: released without answers, executed, and marked as dlgrade marks."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from tests.exports.conftest import HOSTILE_RAW, KINDS, SHOWN, Seen, hostile, kinds, puts_of, wanted_of, written
from tests.quiz.conftest import Course

from dlgrade.exports._nouns import Content, Put, Wanted
from dlgrade.quiz import right_sides, score

KEYS = {"schema_version", "grade", "grade_id", "locked", "solution", "task", "points"}


def read(data: bytes) -> Any:
    """The notebook; whatever nbformat or version 3 of nbgrader's schema refuse is an error."""
    notebook = nbformat.reads(data.decode(), as_version=4)
    nbformat.validate(notebook)
    ids = [cell.metadata.nbgrader.grade_id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert len({cell.id for cell in notebook.cells}) == len(ids)
    for cell in notebook.cells:
        meta = cell.metadata.nbgrader
        assert set(meta) - {"points"} == KEYS - {"points"}
        assert meta.schema_version == 3
        assert re.fullmatch(r"[a-zA-Z0-9_\-]+", meta.grade_id)
        assert ("points" in meta) == meta.grade
        assert meta.task is False
        if cell.cell_type == "markdown":
            assert meta.grade == meta.solution
        else:
            assert meta.grade != meta.solution
        assert meta.locked != meta.solution
    return notebook


def released(notebook: Any) -> Any:
    """What `nbgrader generate_assignment` makes of it: no answers, no hidden tests."""
    for cell in notebook.cells:
        meta, lines, out, inside = cell.metadata.nbgrader, cell.source.split("\n"), [], False
        marks = [line for line in lines if "BEGIN HIDDEN TESTS" in line or line.strip() == "### BEGIN SOLUTION"]
        assert len(marks) == (1 if cell.cell_type == "code" else 0), meta.grade_id
        assert not any("AUTOTEST" in line or "BEGIN MARK SCHEME" in line for line in lines)
        for line in lines:
            if "BEGIN HIDDEN TESTS" in line or line.strip() == "### BEGIN SOLUTION":
                inside = True
                out += ["# YOUR CODE HERE", "raise NotImplementedError()"] if meta.solution else []
            elif "END HIDDEN TESTS" in line or line.strip() == "### END SOLUTION":
                inside = False
            elif not inside:
                out.append(line)
        assert not inside
        cell.source = "YOUR ANSWER HERE" if meta.solution and cell.cell_type == "markdown" else "\n".join(out)
    return notebook


def cells(notebook: Any, part: str) -> dict[str, str]:
    """Sources by the question's id in nbgrader, of cells of one part: question, answer or tests."""
    end = f"_{part}"
    return {
        cell.metadata.nbgrader.grade_id.removesuffix(end): cell.source
        for cell in notebook.cells
        if cell.metadata.nbgrader.grade_id.endswith(end)
    }


def points(tests: str, names: dict[str, object]) -> tuple[float, str]:
    """What nbgrader gives for a cell of tests that is worth one point, and what the cell says."""
    tree = ast.parse(tests)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    names = dict(names)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        try:
            exec(compile(tree, "tests", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "tests", "eval"), names) if last else None
        except (AssertionError, NameError) as error:
            return 0.0, f"{said.getvalue()}{error}"
    # nbgrader takes 0 for a mistake of the author and gives all points.
    return (float(value) if isinstance(value, float) and value > 0 else 1.0), said.getvalue()


def assigned(answer: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(answer, names)
    return {name: value for name, value in names.items() if re.fullmatch(r"q\d+", name)}


def by_grade_id(wanted: Wanted) -> dict[str, Put]:
    return {name.replace("/", "_"): put for name, put in puts_of(wanted).items()}


def test_every_shipped_item_is_there_and_its_answer_has_all_points(
    exported: Callable[[str], Content], shipped: Wanted
) -> None:
    content = exported("notebook")
    notebook, puts = read(content.data), by_grade_id(shipped)
    answers, tests = cells(notebook, "answer"), cells(notebook, "tests")
    assert (content.left_out, content.changed) == ({}, {})
    assert set(cells(notebook, "question")) == set(answers) == set(puts)
    assert set(tests) == {name for name, put in puts.items() if put.form != "essay"}
    for name, source in tests.items():
        assert points(source, assigned(answers[name]))[0] == 1, name


def test_what_students_get_tells_no_answer_and_no_feedback(exported: Callable[[str], Content], shipped: Wanted) -> None:
    notebook, puts = released(read(exported("notebook").data)), by_grade_id(shipped)
    answers, tests = cells(notebook, "answer"), cells(notebook, "tests")
    for name, put in puts.items():
        if put.form == "essay":
            assert answers[name] == "YOUR ANSWER HERE"
            continue
        assert re.fullmatch(r"# Set q\d+ to .*\.\n# YOUR CODE HERE\nraise NotImplementedError\(\)", answers[name])
        assert "_right" not in tests[name]
        assert "_told" not in tests[name]
        assert not put.because or put.because[:30] not in tests[name]
        assert points(tests[name], {})[0] == 0  # nothing answered


def tried(put: Put, letters: str) -> list[tuple[object, object]]:
    """Answers to try: as the notebook takes them, and as dlgrade does."""
    place = {option.text: i for i, option in enumerate(put.item.options)}
    match put.form:
        case "choice" if put.item.kind == "spot":
            return [(choice.label, int(choice.label) - 1) for choice in put.choices]
        case "choice" if put.item.kind != "two_tier":
            return [(letter, place[one.text]) for letter, one in zip(letters, put.choices, strict=False)]
        case "claim":
            return [(one.text == "True", place[one.text]) for one in put.choices]
        case "choices":
            count = len(put.choices)
            takes = [[0], [0, 1], [1, count - 1], [*range(count)]]
            return [(", ".join(letters[i] for i in take), [place[put.choices[i].text] for i in take]) for take in takes]
        case "number":
            assert put.item.number is not None
            return [(value, value) for value in (put.item.number, put.item.number + 1, *(w.value for w in put.wrong))]
        case "typed":
            return [(text, text) for text in (*put.answers, put.item.printed, "something else")]
        case "order":
            orders = [[*range(len(put.order))], list(put.shown_order), list(put.shown_order)[::-1]]
            return [("".join(letters[put.shown_order.index(i)] for i in order).lower(), order) for order in orders]
        case "match":
            sides = right_sides(put.item)
            rows = [[side] * len(put.pairs) for side in sides]
            return [
                ("".join(letters[put.sides.index(one)] for one in row), [sides.index(one) for one in row])
                for row in rows
            ]
    return []


def test_the_tests_mark_as_dlgrade_does(exported: Callable[[str], Content], shipped: Wanted) -> None:
    notebook = read(exported("notebook").data)
    answers, tests = cells(notebook, "answer"), cells(notebook, "tests")
    count = 0
    for name, put in by_grade_id(shipped).items():
        for theirs, ours in tried(put, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
            (variable,) = assigned(answers[name])
            wanted = score(put.item, ours).points
            assert points(tests[name], {variable: theirs})[0] == pytest.approx(wanted, abs=1e-4), (name, theirs)
            count += 1
    assert count > 1500


def test_an_answer_and_its_reason_count_together(course: Course) -> None:
    notebook = read(written("notebook", kinds(course)).data)
    answers, tests = cells(notebook, "answer"), cells(notebook, "tests")
    ((name, right),) = assigned(answers["mini_two-tier"]).items()
    pairs = [f"{letter}{number}" for letter in "ABC" for number in "123"]
    assert right in pairs
    assert [pair for pair in pairs if points(tests["mini_two-tier"], {name: pair})[0]] == [right]


def test_who_errs_is_told_why_and_everybody_the_explanation(course: Course) -> None:
    notebook = read(written("notebook", kinds(course)).data)
    answers, tests = cells(notebook, "answer"), cells(notebook, "tests")
    ((name, right),) = assigned(answers["mini_one"]).items()
    assert points(tests["mini_one"], {name: right})[1] == "So it is.\n"
    told = {points(tests["mini_one"], {name: letter})[1] for letter in "ABC"}
    assert told == {"So it is.\n", "So it is.\nIt is not so.", "So it is.\nIt is not."}
    assert points(tests["mini_one"], {name: "E"})[1] == f'Set {name} to the letter of one choice, such as "A".'
    ((name, number),) = assigned(answers["mini_number_0"]).items()
    assert isinstance(number, float)
    assert points(tests["mini_number_0"], {name: 4 * number})[1].endswith("It is not so.")


def test_a_reflection_is_marked_by_hand_for_no_points(course: Course) -> None:
    notebook = read(written("notebook", kinds(course)).data)
    (cell,) = (one for one in notebook.cells if one.metadata.nbgrader.grade_id == "mini_free_answer")
    assert (cell.cell_type, cell.metadata.nbgrader.points) == ("markdown", 0)
    assert "One idea" in cell.source


def test_programs_are_code_formulas_stand_between_dollars_and_figures_in_the_text(course: Course) -> None:
    questions = cells(read(written("notebook", kinds(course)).data), "question")
    assert "```python\nx = 1\n\ny = x / 0\nprint(y)\n```" in questions["mini_spot"]
    assert (
        r"Is $\frac{a}{b} \lt 1 \& c$ or <code><span>&#36;</span>HOME</code> or <span>&#36;</span>5?"
        in (questions["mini_formula"])
    )
    figure = Seen(questions["mini_figure_0"])
    assert figure.sources[0].startswith("data:image/svg+xml;base64,")
    assert figure.alts[0].startswith('A line "through" 0 with slope ')


def block(source: str) -> str:
    """What a viewer shows of a cell whose texts are blocks of HTML; nothing in it may end a block."""
    pieces = source.split("\n\n")
    assert all(piece.startswith(("<", "## Question")) for piece in pieces), source
    assert "$" not in source
    return "".join(Seen(piece).text for piece in pieces)


def test_hostile_text_arrives_as_text(course: Course) -> None:
    notebook = read(written("notebook", hostile(course)).data)
    questions, answers, tests = (cells(notebook, part) for part in ("question", "answer", "tests"))
    assert len(questions) == 11
    for name, source in questions.items():
        assert SHOWN in block(source), name
        assert "script" not in Seen(source).tags
    for name, source in tests.items():
        earned, said = points(source, assigned(answers[name]))
        assert earned == 1, name
        assert SHOWN in said, name
    assert list(assigned(answers["mini_output"]).values()) == [HOSTILE_RAW]
    assert SHOWN in block(cells(notebook, "title")["mini"].partition("\n\n")[0])


NBGRADER = ["### BEGIN SOLUTION", "### END SOLUTION", "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS",
            "### AUTOTEST x", "=== BEGIN MARK SCHEME ==="]  # fmt: skip


@pytest.mark.parametrize("line", NBGRADER)
def test_words_of_nbgrader_in_a_bank_are_words(course: Course, line: str) -> None:
    wanted = wanted_of(course, f"""\
        q:
          objective: aim
          ask: |
            What does this say?

            ```
            {line}
            ```
          right: "`{line}`"
          wrong: [{{text: a, because: "{line}"}}, {{text: b, because: "{line}"}}]
          because: "{line}"
          cards: [card]
        p:
          objective: aim
          ask: What is printed?
          runs: |
            {line}
          prints: "{line}"
          because: So.
          cards: [card]
    """)  # fmt: skip
    notebook = read(written("notebook", wanted).data)
    answers, tests = cells(notebook, "answer"), cells(notebook, "tests")
    assert points(tests["mini_q"], assigned(answers["mini_q"])) == (1, f"{line}\n")
    assert list(assigned(answers["mini_p"]).values()) == [line]
    assert line in Seen(cells(notebook, "question")["mini_q"]).text
    assert line in Seen(cells(notebook, "question")["mini_p"]).text
    released(notebook)


def test_blank_lines_do_not_end_a_block(course: Course) -> None:
    wanted = wanted_of(course, """\
        q:
          objective: aim
          ask: |
            1. In a list:

               ```python
               a = "$5"

               b = 2
               ```
          claim: true
          misconception: belief
          because: So.
    """)  # fmt: skip
    (source,) = cells(read(written("notebook", wanted).data), "question").values()
    assert 'a = "$5"\n\nb = 2' in block(source)


def test_ids_and_bytes_stay(course: Course) -> None:
    first = written("notebook", kinds(course)).data
    assert written("notebook", kinds(course)).data == first
    changed = wanted_of(course, KINDS.lstrip("\n").replace("Which one?", "Which of them?"))
    ids = [(cell.id, cell.metadata.nbgrader.grade_id) for cell in read(first).cells]
    assert [(cell.id, cell.metadata.nbgrader.grade_id) for cell in read(written("notebook", changed).data).cells] == ids
