"""Drills of code: which lines are taken out, and that what is typed is judged by running it, elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlgrade.course import load_course
from dlgrade.study import Bench, history, outline, sources
from dlgrade.study._bench import Outcome, _checked
from dlgrade.study._gaps import filled, gaps, judge, noticed, pick, shown
from dlgrade.study._inside import probe
from dlgrade.study._programs import Program, lesson_programs, question_program

if TYPE_CHECKING:
    from conftest import Course

LESSON = """
# A lesson

```python
def total(numbers):
    result = 0
    for number in numbers:
        result += number  # one by one
    unused = 3
    return result
```

```
not python
```

```sh
echo no
```

```python
this does not parse
```

```python
six = 7  # Wrong: it is 6
```

```python
six = total([1, 2, 3])
```
"""


def here(code: str, after: str) -> Outcome:
    """The bench's work without a worker: for programs of these tests alone."""
    return _checked(probe(None, code, after, [1, 4, 4]))


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    path = tmp_path / "README.md"
    path.write_text(LESSON, encoding="utf-8")
    return path


def test_the_python_blocks_of_a_lesson_are_its_programs_each_with_those_before_it(lesson: Path) -> None:
    first, last = lesson_programs("sums", lesson)
    assert (first.id, first.before, first.code.split("\n")[0]) == ("sums#1", "", "def total(numbers):")
    assert (last.id, last.before, last.code) == ("sums#4", first.code, "six = total([1, 2, 3])")
    assert list(lesson_programs("sums", lesson.parent / "missing.md")) == []


def test_programs_come_from_the_lesson_then_from_quizzes_and_never_from_graders(course: Course) -> None:
    course.write("assignments/sums/README.md", LESSON)
    course.write("graders/sums/README.md", "```python\nsecret = 1\n```\n")
    course.write("graders/sums/reference.py", "secret = 1\n")
    assignment = next(one for one in load_course(course.root).assignments if one.id == "sums")
    found = sources(assignment, outline(course.root))
    assert [one.id for one in found] == ["sums#1", "sums#4", "quiz-prints/faulty"]
    assert not any("secret" in one.program.code for one in found if one.program)


def test_a_faulty_line_is_drilled_mended_and_with_its_proof(course: Course) -> None:
    line = next(one for one in outline(course.root).questions if one.key == "faulty")
    program = question_program(line, course.root / "quizzes", 1)
    assert program.code == "def double(x):\n    y = x + x\n    return y"
    assert (program.proof, program.key_line) == ("assert double(4) == 8", 3)


def test_statements_of_one_line_and_heads_may_be_taken_out() -> None:
    code = (
        '"""Text."""\nimport math\nfor x in [1]:\n    a = 1; b = 2\n    c = [\n        3]\n    if c: pass\n'
        "    d = 4  # four\n"
        "with open('#') as f:\n    pass"
    )
    found = [(gap.line, gap.text, gap.indent, gap.comment, gap.head) for gap in gaps(code)]
    assert found == [
        (3, "for x in [1]:", "", "", True), (8, "d = 4", "    ", "# four", False),
        (9, "with open('#') as f:", "", "", True),
    ]  # fmt: skip


def test_only_lines_whose_absence_is_noticed_are_taken_out(lesson: Path) -> None:
    first, last = lesson_programs("sums", lesson)
    assert [gap.text for gap in noticed(first, here)] == [
        "result = 0", "for number in numbers:", "result += number", "return result",
    ], "and not the unused one"  # fmt: skip
    assert [gap.text for gap in noticed(last, here)] == ["six = total([1, 2, 3])"]


def test_a_program_that_does_not_run_is_not_asked() -> None:
    assert noticed(Program("q", "x = y"), here) == ()
    assert noticed(Program("q", "x = 1", proof="assert x == 2"), here) == ()


def test_the_line_that_people_get_wrong_is_taken_out_first() -> None:
    program = Program("q", "a = 1\nb = 2\nc = 3", key_line=2)
    may = gaps(program.code)
    assert [gap.line for gap in pick(program, may, 1, 5)] == [2]
    two = [gap.line for gap in pick(program, may, 2, 5)]
    assert 2 in two
    assert two == sorted(two)
    assert len(pick(program, may, 9, 5)) == 3


def test_a_gap_keeps_its_indentation_and_its_comment(lesson: Path) -> None:
    program = next(iter(lesson_programs("sums", lesson)))
    gap = next(gap for gap in gaps(program.code) if gap.comment)
    assert shown(program, (gap,)).split("\n")[3] == "        ________  # one by one"
    assert filled(program, {gap: "  result = result + number"}).split("\n")[3] == "        result = result + number"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("result += number", None),
        ("result = number + result", None),
        ("result -= number", "total is not what it is in the lesson"),
        ("result = number", "total is not what it is in the lesson"),
        ("result +=", "line 4: not Python: invalid syntax"),
        ("result += x", "total is not what it is in the lesson"),
    ],
)
def test_what_is_typed_is_judged_by_what_it_does(lesson: Path, typed: str, says: str | None) -> None:
    program = next(iter(lesson_programs("sums", lesson)))
    gap = next(gap for gap in gaps(program.code) if gap.comment)
    verdict = judge(program, {gap: typed}, here)
    assert verdict.right == (says is None)
    assert verdict.says.startswith(says or "")


def test_a_program_is_judged_by_its_proof_or_by_what_it_prints() -> None:
    proof = Program("q", "def double(x):\n    return x + x", proof="assert double(4) == 8")
    (gap,) = gaps(proof.code)
    assert judge(proof, {gap: "return 2 * x"}, here).right
    assert judge(proof, {gap: "return x"}, here).says == "what has to hold does not"
    prints = Program("q", "x = 3\nprint(x)")
    assert judge(prints, {gaps(prints.code)[0]: "x = 1 + 2"}, here).right
    assert judge(prints, {gaps(prints.code)[0]: "x = 4"}, here).says == "it prints '4', wanted '3'"
    assert judge(prints, {gaps(prints.code)[0]: "y = 4"}, here).says == "line 2: NameError: name 'x' is not defined"


def test_networks_are_told_by_their_parameters_and_answers() -> None:
    code = (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.conv = nn.Conv2d(1, 2, 3)\n    def forward(self, x):\n        x = F.relu(self.conv(x))\n"
        "        return x.mean((2, 3))"
    )
    program = Program("q", code)
    by_text = {gap.text: gap for gap in gaps(code)}
    assert {gap.text for gap in noticed(program, here)} == set(by_text)
    last = by_text["return x.mean((2, 3))"]
    assert judge(program, {last: "return nn.AdaptiveAvgPool2d(1)(x).flatten(1)"}, here).right
    assert not judge(program, {last: "return x.amax((2, 3))"}, here).right
    assert not judge(program, {by_text["self.conv = nn.Conv2d(1, 2, 3)"]: "self.conv = nn.Conv2d(1, 3, 3)"}, here).right


def test_a_claim_of_another_form_is_no_answer() -> None:
    for told in (None, [], {"printed": 1}, {"printed": "", "fault": "", "line": True, "left": {}}):
        assert _checked(told).fault == "its process gave an answer that is not one"


def test_what_is_typed_runs_in_the_worker_and_stops_there() -> None:
    with Bench(seconds=2) as bench:
        assert bench.run("import os\nprint(os.getpid())").printed.strip() != str(os.getpid())
        assert "2 seconds" in bench.run("while True: pass").fault
        assert "ended" in bench.run("import os\nos._exit(0)").fault
        assert bench.run("x = 1 / 0") == Outcome(fault="ZeroDivisionError: division by zero", line=1)
        assert bench.run("x = 2").left == (("x", "2"),), "the next one runs as if nothing had been"


def test_a_drill_of_code_from_the_first_gap_to_the_last(course: Course) -> None:
    course.write("assignments/sums/README.md", "```python\nx = 2\n```\n")
    course.write("quizzes/quiz-prints.yaml", "title: T\nobjectives: {a: A}\nquestions: {}\n")
    course.write("quizzes/quiz-sums.yaml", "title: T\nobjectives: {a: A}\nquestions: {}\n")
    ran = course.command("drill", "blank", "sums", "--seed", "1", answers="\nx = 1 + 1\nx = 3\n?\n")
    assert (ran.code, ran.err) == (0, "")
    for part in ("Drill blank sums: 1 program\n", "1  sums#1\nType the missing line.\n\n   1 | ________\n\nline 1 > \n",
                 "Type the line, or ? if you do not know.", "streak 1, best 1.\nOne way:\n     1 | x = 2\n",
                 "Not right. 0 s; best streak 1.\nX is not what it is in the lesson.",
                 "blank sums: 1 of 3 right in"):  # fmt: skip
        assert part in ran.out
    assert [(one.topic, one.question, one.right) for one in history().answers] == [
        ("blank sums", "sums#1", True), ("blank sums", "sums#1", False), ("blank sums", "sums#1", False),
    ]  # fmt: skip


def test_a_program_that_was_right_has_one_gap_more_the_next_time(course: Course) -> None:
    course.write("assignments/sums/README.md", "```python\nx = 2\ny = x\n```\n")
    course.write("quizzes/quiz-prints.yaml", "title: T\nobjectives: {a: A}\nquestions: {}\n")
    answers = "x = 2\n" if "   1 | ____" in course.command("drill", "blank", "sums", "--seed", "1").out else "y = x\n"
    out = course.command("drill", "blank", "sums", "--seed", "1", "-n", "2", answers=f"{answers}x = 2\ny = x\n").out
    assert "Type the 2 missing lines.\n\n   1 | ________\n   2 | ________\n" in out
    assert "2 of 2 right" in out


def test_an_assignment_without_programs_says_what_to_do_instead(course: Course) -> None:
    course.write("quizzes/quiz-prints.yaml", "title: T\nobjectives: {a: A}\nquestions: {}\n")
    ran = course.command("drill", "blank", "sums")
    assert ran.code == 2
    assert "neither the lesson of sums nor a quiz" in ran.err
    assert "dlgrade drill sums asks questions instead." in ran.err
    assert "blank wants one assignment" in course.command("drill", "blank").err
    assert "there is no assignment smus\n  Did you mean sums?" in course.command("drill", "blank", "smus").err
