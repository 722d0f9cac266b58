"""Taking a quiz in a terminal: end to end, through a pipe, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from dlgrade.gradebook import Gradebook

if TYPE_CHECKING:
    from conftest import Course

BANK = """
pick:
  objective: aim
  ask: Which one is **right**?
  right: This
  wrong: [{text: That, misconception: belief}, {text: Other, because: Not that either.}]
  because: This is so.
  cards: [card]
count: {objective: aim, ask: How many is $2 \\cdot 12$., number: 24, unit: px, because: Twice twelve., cards: [card]}
said: {objective: aim, ask: It is so., claim: true, because: Thus., cards: [card]}
"""

EVERY = """
several: {objective: aim, because: B., ask: Which are even., right: ["2", "4"],
          wrong: [{text: "3", misconception: belief}]}
sort: {objective: aim, because: B., ask: Sort., order: [first, then, last], cards: [card]}
pairs: {objective: aim, because: B., ask: What goes with what., match: {one: "1", two: "2"},
        distractors: ["3"], cards: [card]}
prints: {objective: aim, because: B., ask: What is printed., runs: print(1), prints: "1", cards: [card]}
lines: {objective: aim, because: B., ask: What is printed., runs: x, prints: "1\\n2", cards: [card]}
tiers: {objective: aim, because: B., ask: Which., right: This,
        wrong: [{text: That, because: N.}, {text: Other, because: N.}],
        cards: [card], why: {right: So, wrong: [{text: Thus, because: N.}, {text: Hence, because: N.}]}}
spot: {objective: aim, because: B., ask: Which line., spot: "a = 1\\nb = 2", line: 2, mend: b = 3, proof: assert b == 3,
       blame: {"1": belief}}
free: {objective: aim, ask: What did you learn., free: [an idea, another], compare: mini}
"""


def letter_of(text: str, said: str) -> str:
    """The letter before an option in what was printed."""
    found = re.search(rf"^  ([a-z])\) {re.escape(text)}$", said, re.MULTILINE)
    assert found is not None
    return found.group(1)


def shown(course: Course, name: str, seed: int = 1) -> str:
    """The questions, as they are put to who knows none."""
    return course.taken(name, "?\n" * 20, "--seed", str(seed), "--fresh").stdout


def test_a_quiz_is_taken_from_the_first_question_to_the_result(course: Course) -> None:
    course.bank(BANK)
    this = letter_of("This", shown(course, "mini"))
    ran = course.process("quiz", "take", "mini", "--seed", "1", answers=f"{this}\n24 px\nfalse\n".encode())
    assert (ran.returncode, ran.stderr) == (0, "")
    for part in (
        "A small bank", "1/3", "Which one is right?", "2/3", "3/3", "Right.", "This is so.", "Not right.",
        "The answer: True", "2 of 3 points  (seed 1)", "  2 of 3  Know a thing", "Review: card",
        "    dlgrade deck export --card card\n",
    ):  # fmt: skip
        assert part in ran.stdout
    assert "\x1b" not in ran.stdout
    assert max(map(len, ran.stdout.split("\n"))) <= 80


def test_a_wrong_option_has_its_feedback_and_its_cards(course: Course) -> None:
    course.bank(BANK)
    said = shown(course, "mini")
    ran = course.taken("mini", f"{letter_of('That', said)}\n?\ntrue\n", "--seed", "1", "--fresh")
    assert "It is not so." in ran.stdout
    assert "Review: other-card  card\n    dlgrade deck export --card other-card --card card\n" in ran.stdout
    ran = course.taken("mini", f"{letter_of('Other', said)}\n?\ntrue\n", "--seed", "1", "--fresh")
    assert "Not that either." in ran.stdout
    assert "Review: card" in ran.stdout


def test_every_kind_is_answered_from_the_keyboard(course: Course) -> None:
    course.bank(EVERY, name="every")
    said = course.taken("every", "?\n?\n?\n?\n?\n\na\n?\nq\n", "--seed", "3", "--fresh").stdout

    def letters(number: int, *texts: str) -> str:
        """The letters of options of one question."""
        part = said.split(f"\n{number}/", 1)[1].split(f"\n{number + 1}/", 1)[0]
        return " ".join(letter_of(text, part) for text in texts)

    answers = [
        letters(1, "4", "2"),
        letters(2, "first", "then", "last").replace(" ", ""),
        f"2{letters(3, '2')} 1{letters(3, '1')}",
        "1",
        "1\n2\n",
        f"{letters(6, 'This')}\n{letters(6, 'So')}",
        "2",
        "I learnt\nmuch\n\na",
    ]
    ran = course.taken("every", "\n".join(answers) + "\n", "--seed", "3", "--fresh")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.count("Right.") == 7
    assert "7 of 7 points" in ran.stdout
    assert "Noted." in ran.stdout
    assert "1 of 2 ideas ticked." in ran.stdout
    assert "Review" not in ran.stdout
    with Gradebook() as book:
        last = book.last("quiz", "every")
    assert last is not None
    assert last.results["questions"][-1]["answer"] == {"text": "I learnt\nmuch", "ticked": [0]}
    assert last.results["objectives"] == {"aim": {"says": "Know a thing", "points": 7, "max": 7}}


def test_what_is_no_answer_is_asked_again(course: Course) -> None:
    course.bank(BANK)
    ran = course.taken("mini", "z\n\n9\nab\n1\nmany\n1 1/2\n24\nperhaps\nt\n", "--seed", "1")
    assert ran.returncode == 0
    assert ran.stdout.count("Type a letter from a to c, or ? if you do not know.") == 4
    assert ran.stdout.count("Type a number, such as") == 2
    assert ran.stdout.count("Type a letter from a to b") == 1


def test_options_are_mixed_by_the_seed_and_claims_are_not(course: Course) -> None:
    course.bank(BANK)
    orders = {re.findall(r"\) (This|That|Other)$", shown(course, "mini", seed), re.MULTILINE)[0] for seed in range(8)}
    assert len(orders) > 1
    assert shown(course, "mini", 1) == shown(course, "mini", 1)
    for seed in range(4):
        assert "  a) True\n  b) False" in shown(course, "mini", seed)


def test_what_was_answered_is_kept_and_gone_on_with(course: Course) -> None:
    course.bank(BANK)
    stopped = course.taken("mini", "a\nq\n", "--seed", "5")
    assert stopped.returncode == 0
    assert "Kept: 1 answer; dlgrade quiz take mini goes on." in stopped.stdout
    ended = course.taken("mini", "y\n24\n")
    assert "You stopped here after 1 answer (seed 5)." in ended.stdout
    assert "1/3" not in ended.stdout
    assert "2/3" in ended.stdout
    assert "Kept: 2 answers" in ended.stdout, "the end of the pipe stops as well"
    done = course.taken("mini", "\ntrue\n")
    assert "of 3 points  (seed 5)" in done.stdout
    assert "You stopped" not in course.taken("mini", "q\n").stdout


def test_who_wants_to_begins_anew(course: Course) -> None:
    course.bank(BANK)
    course.taken("mini", "a\nq\n", "--seed", "5")
    assert "1/3" in course.taken("mini", "what\nno\nq\n", "--seed", "6").stdout
    again = course.taken("mini", "q\n")
    assert "after 1 answer (seed 5)" in again.stdout, "nothing was answered anew, so nothing was lost"
    fresh = course.taken("mini", "a\nq\n", "--seed", "7", "--fresh")
    assert "You stopped" not in fresh.stdout
    assert "(seed 7)" in course.taken("mini", "q\n").stdout


def test_an_answer_to_a_question_that_changed_is_asked_again(course: Course) -> None:
    course.bank(BANK)
    course.taken("mini", "a\n24\nq\n", "--seed", "5")
    course.bank(BANK.replace("number: 24", "number: 25"))
    said = course.taken("mini", "y\nq\n").stdout
    assert "Questions that have changed since are asked again: 1." in said
    assert "2/3" in said
    assert "1/3" not in said


@pytest.mark.skipif(os.name != "posix", reason="sends the signal of Ctrl-C")
def test_ctrl_c_keeps_what_was_answered(course: Course) -> None:
    course.bank(BANK)
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", "from dlgrade.cli import main; main()", "quiz", "take", "mini", "--seed", "5"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "DLGRADE_COURSE": str(course.root)},
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write("a\n")
    process.stdin.flush()
    patience = time.monotonic() + 60
    while time.monotonic() < patience:
        with Gradebook() as book:
            if book.kept("quiz", "mini") is not None:
                break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Kept: 1 answer" in out
    assert "Traceback" not in err


def test_the_result_is_in_the_gradebook(course: Course) -> None:
    course.bank(BANK)
    course.taken("mini", "?\n23\ntrue\n", "--seed", "5")
    with Gradebook() as book:
        last = book.last("quiz", "mini")
        assert book.kept("quiz", "mini") is None
    assert last is not None
    assert (last.points, last.max, last.seed) == (1, 3, 5)
    assert [(q["id"], q["points"], q["answer"]) for q in last.results["questions"]] == [
        ("mini/pick", 0, None), ("mini/count", 0, "23"), ("mini/said", 1, 0),
    ]  # fmt: skip
    assert last.results["cards"] == ["other-card", "card"]
    assert "1 of 3" in course.command("quiz", "list").stdout


def test_a_reflection_shows_the_result_it_is_about(course: Course) -> None:
    course.bank("free: {objective: aim, ask: Was it hard., free: [an idea], compare: other}", name="free")
    course.bank(BANK, name="other")
    assert "other: no result yet." in course.taken("free", "q\n").stdout
    course.taken("other", "?\n24\ntrue\n", "--seed", "5")
    said = course.taken("free", "It was\n\n\n").stdout
    assert re.search(r"other: 2 of 3 points on \d{4}-\d\d-\d\d", said)
    assert "Your answers are kept." in said
    assert "points  (seed" not in said


def test_hostile_text_of_a_bank_and_of_a_learner_is_shown_and_never_sent(course: Course) -> None:
    course.bank("""
        q:
          objective: aim
          ask: "<script>alert(1)</script> [red]no markup[/red] \\e[31mred \\u202e\\u0007"
          right: "<b>bold</b>"
          wrong: [{text: "[link](javascript:alert)", because: N.}, {text: "\\e]0;title\\a", because: N.}]
          because: B.
          cards: [card]
        free: {objective: aim, ask: What., free: [x]}
        """)
    ran = course.taken("mini", "\x1b[2J\n?\nI \x1b[31m am \u202e red\n\n\n", "--seed", "1")
    assert ran.returncode == 0
    assert "<script>alert(1)</script> [red]no markup[/red]" in ran.stdout
    assert "<b>bold</b>" in ran.stdout
    assert not set(ran.stdout) & set("\x1b\x07\u202e")
    assert r"\x1b[2J" in ran.stdout


def test_bytes_that_are_no_text_do_not_stop_a_quiz(course: Course) -> None:
    course.bank("free: {objective: aim, ask: What., free: [x]}")
    ran = course.process("quiz", "take", "mini", answers=b"\xff\xfe caf\xe9\n\n\n")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_page_is_written_instead(course: Course) -> None:
    course.bank(BANK)
    ran = course.taken("mini", "", "--seed", "3", "--html", "mini.html")
    assert ran.returncode == 0
    assert "mini.html  A small bank, seed 3" in ran.stdout
    assert "Which one is" in (course.root / "mini.html").read_text(encoding="utf-8")
    nowhere = course.taken("mini", "", "--html", "no/such/folder/mini.html")
    assert nowhere.returncode == 3
    assert "cannot be written" in nowhere.stderr


def test_a_quiz_that_is_not_there_or_not_right_is_one_line(course: Course) -> None:
    course.bank(BANK)
    missing = course.taken("minni", "")
    assert (missing.returncode, missing.stderr) == (2, "error: there is no quiz minni\n  Did you mean mini?\n")
    course.bank("q: {objective: aim, ask: A., claim: 3, because: B.}", name="wrong")
    wrong = course.taken("wrong", "")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: quizzes/wrong.yaml:4: ")
    assert "wrong  cannot be read; dlgrade quiz build wrong says why" in course.command("quiz", "list").stdout


def test_build_ends_with_two_where_something_is_wrong(course: Course) -> None:
    course.bank(BANK)
    good = course.command("quiz", "build")
    assert (good.returncode, good.stderr) == (0, "")
    assert re.search(r"^ok +mini +3 questions, +0 % varied, +0 % run, \d+\.\d s$", good.stdout, re.MULTILINE)
    course.bank("q: {objective: aim, ask: A., claim: true, because: B., cards: [x]}", name="other")
    bad = course.command("quiz", "build")
    assert bad.returncode == 2
    assert bad.stderr.startswith("quizzes/other.yaml:4: no deck has the card 'x'\n")
    assert "1 wrong   other" in bad.stdout
    assert course.command("quiz", "build", "mini").returncode == 0


def test_no_quiz_command_imports_torch(course: Course) -> None:
    course.bank(BANK + "runs: {objective: aim, ask: A., runs: print(1), prints: '1', because: B., cards: [card]}\n")
    program = (
        "import sys; from dlgrade.cli import main\n"
        "try: main()\nexcept SystemExit: print(sorted({'torch', 'matplotlib'} & set(sys.modules)))"
    )
    for arguments in (["list"], ["take", "mini", "--seed", "1"], ["build", "mini"]):
        ran = subprocess.run(
            [sys.executable, "-c", program, "quiz", *arguments], input="?\n" * 5, capture_output=True, text=True,
            check=True, env={**os.environ, "DLGRADE_COURSE": str(course.root)},
        )  # fmt: skip
        assert ran.stdout.endswith("[]\n")
