"""Drawing: the same everywhere, only with names that are drawn, and never with two right answers."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dlgrade import quiz
from dlgrade.errors import CourseError
from dlgrade.quiz._draw import as_code

if TYPE_CHECKING:
    from conftest import Course

SIZE = """
size:
  objective: aim
  vary: {n: {from: 24, to: 64}, k: [3, 5, 7], p: [0, 1, 2], word: [red, blue]}
  require: [n % k != 0, k > p]
  let: {out: n + 2*p - k + 1, share: out/n}
  ask: "A {word} {n}x{n} map, kernel {k}, padding {p}; {other} and {share:.2f} stay."
  number: out
  wrong_numbers: {n + 2*p - k: belief, n - k + 1: belief}
  because: It is {out}.
"""


def test_values_take_the_place_of_drawn_and_computed_names_only(course: Course) -> None:
    item = course.item(SIZE, 3)
    n, k, p = (item.values[name] for name in ("n", "k", "p"))
    assert 24 <= n <= 64
    assert item.number == n + 2 * p - k + 1
    shown = f"A {item.values['word']} {n}x{n} map, kernel {k}, padding {p}; {{other}} and {item.number / n:.2f} stay."
    assert item.ask == shown
    assert item.id == "mini/size/3"


def test_draws_that_are_not_wanted_are_drawn_again(course: Course) -> None:
    for number in range(quiz.DRAWS):
        item = course.item(SIZE, number)
        assert item.values["n"] % item.values["k"] != 0
        assert item.values["p"] != 0, "without padding a wrong number would be the right one"
        assert all(wrong.value != item.number for wrong in item.wrong_numbers)


def test_the_same_seed_gives_the_same_items_in_every_process(course: Course) -> None:
    path = course.bank(SIZE)
    program = f"""
from pathlib import Path
from dlgrade import quiz
bank = quiz.load_bank(Path({str(path)!r}))
print([quiz.sitting(bank, 5), quiz.instances(bank, 4), quiz.shuffled("abcdef", "seed", 1)])
"""
    runs = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    bank = quiz.load_bank(path)
    here = [quiz.sitting(bank, 5), quiz.instances(bank, 4), quiz.shuffled("abcdef", "seed", 1)]
    assert runs == {f"{here}\n"}


def test_draws_stay_what_they_were_in_earlier_versions(course: Course) -> None:
    """Exports carry ids of draws: a draw of another content under an old id would be another question."""
    assert dict(course.item(SIZE, 0).values) == PINNED_DRAW
    assert quiz.shuffled("abcdef", "seed", 1) == PINNED_ORDER


PINNED_DRAW = {"n": 54, "k": 7, "p": 2, "word": "red", "out": 52, "share": 52 / 54}
PINNED_ORDER = ["f", "a", "c", "e", "d", "b"]


def test_another_seed_gives_other_numbers(course: Course) -> None:
    bank = course.load(SIZE)
    assert len({quiz.sitting(bank, seed)[0].ask for seed in range(20)}) > 10


def test_instances_differ_and_fewer_are_the_first_of_more(course: Course) -> None:
    bank = course.load(SIZE + "plain: {objective: aim, ask: A., claim: true, because: B.}")
    few, many = quiz.instances(bank, 3), quiz.instances(bank, 10)
    assert [item.id for item in few][-1] == "mini/plain"
    assert {item.id for item in few} <= {item.id for item in many}
    assert len({item.ask for item in many}) == 11
    small = course.load("q: {objective: aim, vary: {n: [1, 2]}, ask: '{n}?', number: n, because: B.}")
    assert len(quiz.instances(small, 10)) == 2


def test_a_sitting_draws_evenly_over_the_objectives(course: Course) -> None:
    path = course.root / "quizzes" / "big.yaml"
    kinds = [("rf", 12), ("pool", 3), ("rare", 1)]
    lines = [
        f"  {objective}-{i}: {{ask: A., objective: {objective}, claim: true, because: B.}}\n"
        for objective, count in kinds
        for i in range(count)
    ]
    path.write_text("title: T\ndraw: 7\nobjectives: {rf: R, pool: P, rare: Q}\nquestions:\n" + "".join(lines))
    bank = quiz.load_bank(path)

    def ids(items: tuple[quiz.Item, ...]) -> set[str]:
        return {item.id for item in items}

    seen: set[str] = set()
    for seed in range(30):
        items = quiz.sitting(bank, seed)
        counts = {objective: sum(item.objective == objective for item in items) for objective, _ in kinds}
        assert counts == {"rf": 3, "pool": 3, "rare": 1}
        assert [item.id for item in items] == [f"big/{q.key}" for q in bank.questions if f"big/{q.key}" in ids(items)]
        seen |= ids(items)
    assert len(seen) == 16, "every question is drawn by some seed"


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        (r"$\frac{{n}}{{k}}$", r"$\frac{7}{3}$"),
        ("`f(x) = {x: 1}` {n}", "`f(x) = {x: 1}` 7"),
        ("{n:,} {n:03d} {half:.1f} {n:.0%}", "7 007 3.5 700%"),
        ("{half} {third} {small} {text} {list}", "3.5 2.333333333 1e-05 a b [1, 2.5, 'c']"),
        ("{ n } {n!r} {} {{n}}", "{ n } {n!r} {} {7}"),
    ],
)
def test_texts_are_filled_as_the_documentation_says(course: Course, template: str, shown: str) -> None:
    item = _filled(course, template.replace("'", "''"))
    assert item.ask == shown


def _filled(course: Course, ask: str) -> quiz.Item:
    bank = course.load(f"""
        q:
          objective: aim
          vary: {{n: [7, 8], text: [a b, c d], list: [[1, 2.5, c], [1]]}}
          require: ["n == 7", "text == 'a b'", "len(list) == 3"]
          let: {{k: 3, half: n/2, third: n/3, small: 10**-5}}
          ask: '{ask}'
          claim: true
          because: B.
        """)
    return quiz.draw(bank, bank.questions[0], 0)


@pytest.mark.parametrize("form", ["{n:1000000000d}", "{n:>99999}", "{text:.2f}", "{n:q}"])
def test_formats_that_make_no_sense_are_refused(course: Course, form: str) -> None:
    with pytest.raises(CourseError, match="cannot be written as"):
        _filled(course, form)


def test_conditions_keep_draws_from_dividing_by_zero(course: Course) -> None:
    bank = course.load("""
        q: {objective: aim, vary: {n: {from: 0, to: 3}}, require: n > 0,
            let: {x: 6/n}, ask: "{n}", number: x, because: B.}
        """)
    assert {quiz.draw(bank, bank.questions[0], n).number for n in range(50)} == {6, 3, 2}


def test_an_expression_without_a_value_names_the_draw(course: Course) -> None:
    bank = course.load("q: {objective: aim, vary: {n: {from: 0, to: 3}}, ask: '{n}?', number: 1/n, because: B.}")
    with pytest.raises(CourseError, match="divides by zero with n = 0") as refused:
        quiz.instances(bank, 4)
    assert refused.value.where == "quizzes/mini.yaml:4"


def test_whole_answers_are_exact_and_others_have_half_a_percent(course: Course) -> None:
    def tolerance(more: str) -> float:
        return course.item(f"q: {{objective: aim, ask: A., because: B., {more}}}").tolerance

    assert tolerance("number: 6/2") < 1e-6
    assert tolerance("number: 100/3") == pytest.approx(100 / 3 * 0.005)
    assert tolerance("number: 100/3, tolerance: 0.01") == pytest.approx(0.01)
    assert tolerance("number: 100, tolerance: 100/50") == 2


def test_claims_outputs_and_lines_become_options(course: Course) -> None:
    claim = course.item("q: {objective: aim, ask: It is so., claim: false, misconception: belief, because: B.}")
    assert [(option.text, option.right, option.misconception) for option in claim.options] == [
        ("False", True, ""), ("True", False, "belief"),
    ]  # fmt: skip
    output = course.item("""
        q: {objective: aim, ask: A., runs: "print('2.')", prints: "2.\\n", because: B.,
            wrong: [{text: "`3`", because: No.}, {text: "a\\nb", because: No.}]}
        """)
    assert [option.text for option in output.options] == ["`2.`", "`` `3` ``", "```\na\nb\n```"]
    spot = course.item("""
        q:
          objective: aim
          ask: Which line?
          spot: |
            def f(x):
                return x

            f(1)
          line: 2
          mend: return 2*x
          proof: assert f(1) == 2
          blame: {4: belief}
          because: B.
        """)
    assert spot.mend == "    return 2*x"
    assert [option.right for option in spot.options] == [False, True, False, False]
    assert spot.options[3].misconception == "belief"


@pytest.mark.parametrize("text", ["2.", "a`b", "``", " x ", "- 1\n- 2", "```\nx\n```"])
def test_what_a_program_prints_is_never_read_as_markup(text: str) -> None:
    from dlgrade import markup

    assert "".join(markup.plain(as_code(text)).split()).strip("`") == "".join(text.split()).strip("`")
    assert "<li>" not in markup.html(as_code(text))


def test_two_beliefs_that_give_one_number_are_told_apart_by_their_order(course: Course) -> None:
    item = course.item("""
        q: {objective: aim, ask: A., number: 3, wrong_numbers: {"4": first, 2*2: second, "5": third}, because: B.}
        """)
    assert [(wrong.value, wrong.misconception) for wrong in item.wrong_numbers] == [(4, "first"), (5, "third")]
