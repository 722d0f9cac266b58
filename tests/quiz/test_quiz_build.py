"""The build: a bank whose answers cannot be confirmed is refused, everything wrong with it at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from dlgrade.errors import UsageError
from dlgrade.quiz._build import Built, build

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Course

GOOD = """
conv-size:
  objective: aim
  vary: {n: {from: 24, to: 64}, k: [3, 5, 7], s: [1, 2], p: [0, 1, 2]}
  require: n + 2*p >= k
  ask: "A convolution with kernel {k}, stride {s}, padding {p} reads {n}x{n}. How wide is what it puts out?"
  number: (n + 2*p - k)//s + 1
  wrong_numbers:
    (n + 2*p - k)//s: belief
    (n + p - k)//s + 1: belief
  oracle: |
    read = torch.empty(1, 1, n, n, device="meta")
    answer = nn.Conv2d(1, 8, k, stride={s}, padding=p, device="meta")(read).shape[-1]
  because: "{room} steps beyond the first place."
  let: {room: n + 2*p - k}
printed:
  objective: aim
  vary: {a: [1, 2], b: [3, 4]}
  let: {c: a*b}
  ask: What is printed?
  runs: |
    torch.manual_seed({a})
    print({a} * {b}, float(np.float64({b})), end=" ")
    print(math.floor(F.relu(torch.tensor([-1.0, 2.5]))[1]))
  prints: "{c} {b}.0 2"
  because: Thus.
  cards: [card]
chosen:
  objective: aim
  ask: What is printed?
  runs: |
    for i in range(2):
        print(torch.arange(3) * i)
  prints: |
    tensor([0, 0, 0])
    tensor([0, 1, 2])
  wrong:
    - {text: "tensor([0, 1, 2])", because: There are two rounds.}
    - text: |
        tensor([0, 1, 2])
        tensor([0, 2, 4])
      misconception: belief
  because: Thus.
spotted:
  objective: aim
  ask: Which line is wrong?
  spot: |
    def double(x):
        y = x + x
        return x
  line: 3
  mend: return y
  proof: assert double(2) == 4
  blame: {2: belief}
  because: Thus.
oracles:
  objective: aim
  vary: {n: [2, 3, 4]}
  let: {more: n + 1, square: n*n}
  ask: What is {n} squared?
  right: "{square}"
  wrong: [{text: "{more}", misconception: belief}, {text: "half of {n}", because: No.}]
  oracle: answer = torch.tensor(n) ** 2
  because: Thus.
ordered:
  objective: aim
  ask: Sort.
  order: [a, b, c]
  oracle: answer = sorted("cab")
  because: Thus.
  cards: [card]
matched:
  objective: aim
  ask: Match.
  match: {one: "1", two: "2.0"}
  distractors: ["3"]
  oracle: "answer = {'one': 1, 'two': np.float32(2)}"
  because: Thus.
  cards: [card]
claimed:
  objective: aim
  ask: Two is even.
  claim: true
  oracle: answer = 2 % 2 == 0
  misconception: belief
  because: Thus.
several:
  objective: aim
  ask: Which are even?
  right: ["2", "4"]
  wrong: [{text: "3", misconception: belief}]
  oracle: answer = {4, 2}
  because: Thus.
drawn:
  objective: aim
  vary: {h: [3, 5]}
  ask: How many edges has the net?
  number: 2*h
  figure: network([2, {h}, 0 + 1])
  alt: A network with 2 inputs, {h} hidden units and one output.
  because: Thus.
  cards: [card]
free:
  objective: aim
  ask: What did you learn?
  free: [an idea]
"""


def test_a_bank_that_is_right_is_accepted(course: Course) -> None:
    course.bank(GOOD)
    seen: list[Built] = []
    assert [str(fault) for fault in build(course.root, on_built=seen.append)] == []
    (built,) = seen
    assert (built.id, built.questions, built.varied, built.ran) == ("mini", 11, 4, 9)
    assert (built.choices, built.longest) == (1, 0)


PROGRAMS = {
    "an oracle that denies": (
        "ask: '{n}.', vary: {n: [2, 3]}, number: 2*n, oracle: answer = n ** 2",
        ["the oracle finds 9, the bank says 6 with n = 3", "One of the two is wrong."],
    ),
    "an oracle that says nothing": (
        "ask: A., number: 2, oracle: n = 3",
        ["the oracle stops: NameError: it does not set 'answer'"],
    ),
    "an oracle of another option": (
        "ask: A., right: x, wrong: [{text: y, because: N.}, {text: z, because: N.}], oracle: answer = 'y'",
        ["the oracle finds 'y', the bank says 'x'"],
    ),
    "an oracle of another order": (
        "ask: A., order: [x, y, z], oracle: answer = list('xzy')",
        ["the oracle finds ['x', 'z', 'y'], the bank says ['x', 'y', 'z']"],
    ),
    "changed output": (
        "ask: A., runs: print(1 + 1), prints: '3'",
        ["the program prints '2', the bank says '3'", "Write what is printed"],
    ),
    "a program that fails": (
        "ask: A., runs: 'x = 1\n\n      y = 1 / 0', prints: '3'",
        ["the program stops: ZeroDivisionError: division by zero"],
    ),
    "a program that is none": (
        "ask: A., runs: 'x = = 1', prints: '3'",
        ["the program stops: SyntaxError"],
    ),
    "a program that loops": (
        "ask: A., runs: 'while True: pass', prints: '3'",
        ["the program stops: it ran for more than 4 seconds and was stopped"],
    ),
    "a program that ends its process": (
        "ask: A., runs: 'import os; os._exit(7)', prints: '3'",
        ["the program stops: it ended the process it ran in (exit code 7)"],
    ),
    "a program that exits": (
        "ask: A., runs: raise SystemExit(3), prints: '3'",
        ["the program stops: SystemExit: 3"],
    ),
    "a program that asks": (
        "ask: A., runs: print(input()), prints: ''",
        ["the program stops: EOFError"],
    ),
    "a program without end": (
        "ask: A., runs: print('x' * 10**6), prints: ''",
        ["it prints more than 20,000 characters"],
    ),
    "a proof that proves nothing": (
        "ask: A., spot: x = 1, line: 1, mend: x = 2, proof: assert x",
        ["the proof passes with the faulty line"],
    ),
    "a mend that mends nothing": (
        "ask: A., spot: x = 1, line: 1, mend: x = 2, proof: assert x == 3",
        ["the proof fails with the mended line: AssertionError"],
    ),
    "the next one after all these": (
        "ask: A., runs: 'print(sorted(globals())[-1], torch.rand(1).item() < 1)', prints: torch True",
        [],
    ),
}


@pytest.fixture(scope="module")
def said(
    tmp_path_factory: pytest.TempPathFactory, make_course: Callable[[Path, Callable[[Path], object]], Course]
) -> Iterator[dict[int, list[str]]]:
    """What is said of each of PROGRAMS; one build for all, as torch takes seconds to start."""
    before = os.getcwd()
    course = make_course(tmp_path_factory.mktemp("programs") / "course", os.chdir)
    path = course.bank(
        "".join(
            f"q{i}: {{objective: aim, because: B., cards: [card], {text}}}\n"
            for i, (text, _) in enumerate(PROGRAMS.values())
        )
    )
    lines = path.read_text().split("\n")
    places = {
        line: i for i in range(len(PROGRAMS)) for line, text in enumerate(lines, 1) if text.startswith(f"  q{i}:")
    }
    told: dict[int, list[str]] = {i: [] for i in range(len(PROGRAMS))}
    try:
        for fault in build(course.root, ["mini"], seconds=4):
            place = max(line for line in places if line <= int(fault.where.rpartition(":")[2]))
            told[places[place]].append(str(fault))
        yield told
    finally:
        os.chdir(before)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_does_not_confirm_the_answer_is_named(name: str, said: dict[int, list[str]]) -> None:
    wanted = PROGRAMS[name][1]
    told = said[list(PROGRAMS).index(name)]
    assert len(told) == (1 if wanted else 0)
    assert all(part in told[0] for part in wanted)


def test_a_fault_inside_a_program_has_the_line_in_the_file(course: Course) -> None:
    said = course.faults("""
        q:
          objective: aim
          ask: What is printed?
          runs: |
            x = 1

            y = x / 0
          prints: "1"
          because: B.
          cards: [card]
        """)
    assert said == "quizzes/mini.yaml:10: the program stops: ZeroDivisionError: division by zero"


TEXTS = {
    "unknown tag": (
        "{objective: aim, ask: A., claim: true, misconception: beleif, because: B.}",
        "there is no misconception 'beleif'\n  Did you mean 'belief'?",
    ),
    "unknown card": (
        "{objective: aim, ask: A., claim: true, because: B., cards: [cart]}",
        "no deck has the card 'cart'\n  Did you mean 'card'?",
    ),
    "no card": ("{objective: aim, ask: A., claim: true, because: B.}", "no card can be reached from 'q'"),
    "right option twice": (
        "{objective: aim, ask: A., right: [x, ' x'], wrong: [{text: y, because: N.}], because: B., cards: [card]}",
        "a right option is there twice: 'x'",
    ),
    "wrong option equals the right one": (
        "{objective: aim, ask: A., right: '24', because: B., cards: [card],"
        " wrong: [{text: '25', because: N.}, {text: '24.0', because: N.}]}",
        "the wrong option equals the right one: '24.0'",
    ),
    "wrong option twice": (
        "{objective: aim, ask: A., right: x, because: B., cards: [card],"
        " wrong: [{text: y, because: N.}, {text: y, because: N.}]}",
        "the wrong option equals another wrong one: 'y'",
    ),
    "distractor that equals the answer in some draws": (
        "{objective: aim, ask: '{n}.', vary: {n: {from: 1, to: 40}}, let: {m: 2*n, o: n + 17}, right: '{m}',"
        " because: B., cards: [card], wrong: [{text: '{o}', because: N.}, {text: none, because: N.}]}",
        "the wrong option equals the right one: '34' with n = 17, m = 34, o = 34\n  Write another, or",
    ),
    "number that is mostly useless": (
        "{objective: aim, ask: '{n}.', vary: {n: {from: 1, to: 40}}, require: n > 36, number: n, because: B.,"
        " cards: [card]}",
        "draws are usable, wanted one in 5 or more",
    ),
    "number that is never usable": (
        "{objective: aim, ask: '{n}.', vary: {n: [1, 2]}, number: n, wrong_numbers: {2*n/2: belief}, because: B.}",
        "none of 50 draws is usable",
    ),
    "wrong number that is right": (
        "{objective: aim, ask: A., number: 3, wrong_numbers: {1 + 2: belief}, because: B.}",
        "a wrong number is the right one",
    ),
    "items that are one": (
        "{objective: aim, ask: A., order: [x, y, x], because: B., cards: [card]}",
        "items are one and the same: 'x'",
    ),
    "distractor that fits": (
        "{objective: aim, ask: A., match: {a: x, b: y}, distractors: [y], because: B., cards: [card]}",
        "the distractor is a right side: 'y'",
    ),
    "unclosed math": ("{objective: aim, ask: 'What is $x + 1', claim: true, because: B., cards: [card]}", "$"),
    "unknown name in a text": (
        "{objective: aim, ask: '{n} and {m}.', vary: {n: [1, 2]}, number: n, because: B., cards: [card]}",
        "nothing draws or computes 'm', so {m} stays as it is",
    ),
    "name that nobody sees": (
        "{objective: aim, ask: 'A.', vary: {n: [1, 2]}, number: 3, because: B., cards: [card]}",
        "nothing uses 'n'",
    ),
    "braces that TeX loses": (
        "{objective: aim, ask: 'What is $2^{n}$.', vary: {n: [11, 12]}, number: 2**n, because: B., cards: [card]}",
        "TeX will read one digit\n  Write {{n}}.",
    ),
    "broken figure": (
        "{objective: aim, ask: A., claim: true, figure: axes.plod(), alt: A., because: B., cards: [card]}",
        "plod",
    ),
    "figure that draws nothing": (
        "{objective: aim, ask: A., claim: true, figure: x = 1, alt: A., because: B., cards: [card]}",
        "draws nothing",
    ),
}


@pytest.mark.parametrize(("text", "says"), TEXTS.values(), ids=TEXTS)
def test_a_question_that_cannot_be_put_is_refused(course: Course, text: str, says: str) -> None:
    said = course.faults(f"q: {text}")
    assert says in said
    assert all(line.startswith(("quizzes/mini.yaml:4: ", "  ")) for line in said.split("\n"))


def test_html_in_a_text_is_text_and_no_fault(course: Course) -> None:
    ask = "<script>alert(1)</script> & <b>bold</b>"
    assert course.faults(f"q: {{objective: aim, ask: '{ask}', claim: true, because: B., cards: [card]}}") == ""


def test_all_faults_of_a_bank_are_told_together_from_the_top_down(course: Course) -> None:
    said = course.faults("""
        a: {objective: aim, ask: A., claim: 3, because: B.}
        b: {objective: aim, ask: A., claim: true, misconception: nobody, because: B.}
        c: {objective: aim, ask: A., order: [x, x, y], because: B.}
        d: {objective: aim, ask: A., nunber: 3, because: B.}
        """)
    lines = [line for line in said.split("\n") if not line.startswith(" ")]
    assert [line.split(":")[1] for line in lines] == ["4", "5", "6", "6", "7"]


def test_an_objective_that_nothing_examines_is_refused(course: Course) -> None:
    path = course.bank("q: {objective: aim, ask: A., claim: true, because: B., cards: [card]}")
    path.write_text(path.read_text().replace("{aim: Know a thing}", "{aim: Know, idle: Rest}"))
    assert [fault.what for fault in build(course.root)] == [
        "quizzes/mini.yaml: no question examines the objective 'idle'"
    ]


def _choices(lengths: list[bool], name: str = "c") -> str:
    """Questions in which the right option is the longest, or not."""
    return "".join(
        f"{name}{i}: {{objective: aim, ask: A., right: {'long enough' if longest else 'x'}, because: B., cards: [card],"
        " wrong: [{text: short, because: N.}, {text: other, because: N.}]}\n"
        for i, longest in enumerate(lengths)
    )


def test_a_bank_in_which_length_tells_the_answer_is_refused(course: Course) -> None:
    said = course.faults(_choices([True] * 4 + [False] * 3))
    assert "the right option is the longest in 4 of 7 choices, wanted at most half" in said
    assert "c0, c1, c2, c3" in said
    assert course.faults(_choices([True] * 3 + [False] * 3)) == ""
    assert course.faults(_choices([True] * 5), name="few") == "", "five choices say nothing yet"


def test_length_is_that_of_the_words_and_not_of_the_markup(course: Course) -> None:
    marked = _choices([False] * 6).replace("right: x", "right: '**x** `y`'")
    assert course.faults(marked) == ""


@pytest.mark.parametrize(("longest", "says"), [(2, "in 8 %"), (12, "in 50 %"), (6, "")])
def test_over_all_banks_the_longest_is_right_about_as_often_as_any(course: Course, longest: int, says: str) -> None:
    for part in range(4):
        course.bank(_choices([i * 4 + part < longest for i in range(6)]), name=f"part{part}")
    said = "\n".join(map(str, build(course.root)))
    assert (says in said) if says else (said == "")
    assert course.faults(_choices([True] * 3 + [False] * 3), name="one") == "", "said of all banks, not of one"


def test_a_misconception_must_lead_to_cards_that_exist(course: Course) -> None:
    course.misconceptions("""
        belief: {belief: B., feedback: F., cards: []}
        misled: {belief: B., feedback: F., cards: [nowhere]}
        """)
    course.bank("q: {objective: aim, ask: A., claim: true, misconception: belief, because: B.}")
    said = "\n".join(map(str, build(course.root)))
    assert "quizzes/misconceptions.yaml:2: 'belief' leads to no card" in said
    assert "quizzes/misconceptions.yaml:3: no deck has the card 'nowhere'" in said
    only = "\n".join(map(str, build(course.root, ["mini"])))
    assert "belief" in only
    assert "nowhere" not in only, "one bank is told of what it uses"


def test_a_deck_that_cannot_be_read_is_named(course: Course) -> None:
    (course.root / "flashcards" / "broken.yaml").write_text("cards: [\n")
    said = course.faults("q: {objective: aim, ask: A., claim: true, because: B., cards: [card]}")
    assert said.startswith("flashcards/broken.yaml:2: not YAML")


def test_a_bank_that_does_not_exist_is_refused_with_the_nearest(course: Course) -> None:
    course.bank(_choices([False]), name="quiz8")
    with pytest.raises(UsageError, match="there is no quiz quiz9") as refused:
        build(course.root, ["quiz9"])
    assert refused.value.mend == "Did you mean quiz8?"


def test_no_program_of_an_author_runs_in_this_process(course: Course, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    course.faults(f"""
        q:
          objective: aim
          ask: What is printed?
          runs: |
            import os, pathlib
            pathlib.Path("{mark}").write_text(str(os.getpid()))
          prints: ""
          because: B.
          cards: [card]
        """)
    assert mark.read_text() != str(os.getpid())


def test_what_one_program_does_to_torch_does_not_reach_the_next(course: Course) -> None:
    said = course.faults("""
        first:
          objective: aim
          ask: What is printed?
          runs: |
            torch.set_default_dtype(torch.float64); torch.manual_seed(3); torch.set_grad_enabled(False)
            torch.set_printoptions(precision=1); kept = 1
            print("done")
          prints: done
          because: B.
          cards: [card]
        second:
          objective: aim
          ask: What is printed?
          runs: |
            print(torch.tensor(0.123456), torch.is_grad_enabled(), torch.initial_seed(), "kept" in globals())
          prints: tensor(0.1235) True 0 False
          because: B.
          cards: [card]
        """)
    assert said == ""


def test_sets_are_printed_in_one_order_in_every_build(course: Course) -> None:
    def printed() -> str:
        return course.faults("""
            q: {objective: aim, ask: A., runs: "print({'a', 'bb', 'ccc', 'dd'})", prints: x, because: B., cards: [card]}
            """)

    assert printed() == printed()
