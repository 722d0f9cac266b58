"""Drills of questions: what is asked, in which order, what is kept."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dlgrade.course import load_course
from dlgrade.errors import MachineError
from dlgrade.study import Answered, History, history, log_file, outline, questions_of
from dlgrade.study._log import add, slowness
from dlgrade.study._stream import following

if TYPE_CHECKING:
    from conftest import Course


def right_answers(said: str) -> str:
    """What answers the questions that were printed."""
    return "".join(f"{int(a) + int(b)}\n" for a, b in re.findall(r"What is (\d+) \+ (\d+)\.", said))


def answered(*what: tuple[str, bool, float]) -> History:
    now = datetime.now(UTC)
    return History(tuple(Answered("t", name, ok, s, now, number) for number, (name, ok, s) in enumerate(what, 1)))


class Named:
    def __init__(self, name: str) -> None:
        self.id = name


POOL = [Named(name) for name in "abcd"]


def test_a_drill_asks_times_and_counts_the_streak(course: Course) -> None:
    ran = course.command("drill", "quiz-sums", "--seed", "1", "-n", "1", answers="?\n")
    assert (ran.code, ran.err) == (0, "")
    said = ran.out
    first = right_answers(said)
    log_file().unlink()
    ran = course.command("drill", "quiz-sums", "--seed", "1", "-n", "1", answers=first)
    assert (ran.code, ran.err) == (0, "")
    for part in ("Drill quiz-sums: 2 questions, new numbers each time\n", "\n1  quiz-sums\n",
                 "Right. 0 s; streak 1, best 1.", "quiz-sums: 1 of 1 right in 0:00; streak 1, best 1."):  # fmt: skip
        assert part in ran.out
    ran = course.command("drill", "quiz-sums", "-n", "1", answers="?\n")
    assert "Not right. 0 s; best streak 1." in ran.out, "streaks go on from drill to drill"


def test_a_wrong_answer_has_its_feedback_the_answer_and_the_explanation(course: Course) -> None:
    said = course.command("drill", "carry", "--seed", "1", answers="")
    assert said.code == 2
    said = course.command("drill", "carrying", "--seed", "1", "-n", "1", answers="?\n")
    asked = re.search(r"What is (\d+) \+ 10", said.out)
    assert asked is not None
    log_file().unlink()
    ran = course.command("drill", "carrying", "--seed", "1", "-n", "1", answers=f"{int(asked[1]) + 1}\n")
    assert f"The nought counts.\nThe answer: {int(asked[1]) + 10}\nB.\n" in ran.out


def test_numbers_are_new_each_time(course: Course) -> None:
    said = course.command("drill", "carrying", "--seed", "1", "-n", "6", answers="?\n" * 6).out
    assert len(set(re.findall(r"What is \d+ \+ 10", said))) == 6


def test_the_end_of_the_input_and_q_end_a_drill_without_an_error(course: Course) -> None:
    for answers in ("?\n", "?\nq\n"):
        ran = course.command("drill", "quiz-sums", answers=answers)
        assert (ran.code, ran.err) == (0, "")
        assert "quiz-sums: 0 of 1 right" in ran.out
    assert "Nothing was answered." in course.command("drill", "quiz-sums", answers="").out
    assert len(history().answers) == 2


def test_minutes_end_a_drill_between_two_questions(course: Course) -> None:
    ran = course.command("drill", "quiz-sums", "--minutes", "0.000001", answers="?\n?\n?\n")
    assert ran.code == 0
    assert len(history().answers) <= 1, "the one that was asked in time"


@pytest.mark.skipif(os.name != "posix", reason="sends the signal of Ctrl-C")
def test_ctrl_c_loses_nothing(course: Course) -> None:
    process = course.process("drill", "quiz-sums", "--seed", "5")
    assert process.stdin is not None
    process.stdin.write("?\n")
    process.stdin.flush()
    patience = time.monotonic() + 60
    while not history().answers and time.monotonic() < patience:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "0 of 1 right" in out
    assert "Traceback" not in err
    assert len(history().answers) == 1


def test_hostile_text_of_a_learner_is_shown_and_never_sent(course: Course) -> None:
    out = course.command("drill", "quiz-sums", answers="\x1b[2J\u202e\n?\n").out
    assert r"\x1b[2J\u202e" in out
    assert not set(out) & set("\x1b\u202e")


@pytest.mark.parametrize(
    ("topic", "questions"),
    [
        ("quiz-sums", "quiz-sums/two quiz-sums/ten"),  # neither the fixed claim nor the reflection
        ("sums", "quiz-sums/two quiz-sums/ten"),  # the lesson of the bank
        ("net", "quiz-prints/shown"),  # by a card of the assignment, in a bank that has no lesson
        ("deck-sums", "quiz-prints/shown quiz-sums/two quiz-sums/ten"),
        ("reading", "quiz-prints/shown"),  # an objective; the faulty line takes no seconds
        ("adding", "quiz-sums/two"),  # a tag above the tag of the card
        ("carrying", "quiz-sums/ten"),  # by the belief of a wrong number
    ],
)
def test_a_topic_leads_to_questions_that_are_short_and_drawn_or_computed(
    course: Course, topic: str, questions: str
) -> None:
    found = questions_of(topic, load_course(course.root), outline(course.root))
    assert " ".join(question.id for question in found) == questions


def test_a_topic_that_is_not_there_is_named_with_the_nearest(course: Course) -> None:
    ran = course.command("drill", "quiz-sum")
    assert ran.code == 2
    assert "there is no quiz, assignment, deck, objective or tag quiz-sum\n  Did you mean quiz-sums?" in ran.err
    assert "trick has no question that a drill can ask" in course.command("drill", "trick").err
    assert "one topic at a time" in course.command("drill", "sums", "net").err


def test_a_quiz_that_cannot_be_read_is_told_with_its_line(course: Course) -> None:
    course.write("quizzes/quiz-sums.yaml", "title: T\nobjectives: {a: A}\nquestion: {}\n")
    ran = course.command("drill", "quiz-sums")
    assert ran.code == 2
    assert "quiz-sums.yaml:3: unknown key 'question'" in ran.err


def test_without_a_topic_the_slowest_not_seen_for_longest_comes_first(course: Course) -> None:
    assert "  quiz-sums      2  About sums" in course.command("drill").out
    add("sums", "quiz-sums/two", True, 30.0)
    for _ in range(3):
        add("net", "quiz-prints/shown", True, 4.0)
    out = course.command("drill").out
    assert out.index("  sums  1 answer, 30 s, streak 1, best 1") < out.index("  net   3 answers, 4 s, streak 3, best 3")
    assert "    dlgrade drill sums\n" in out


def test_what_was_never_asked_comes_first_in_an_order_that_the_seed_decides() -> None:
    past = answered(("a", True, 5), ("b", True, 5))
    assert following(POOL, past, 1).id in "cd"
    assert {following(POOL, past, seed).id for seed in range(20)} == {"c", "d"}
    assert [following(POOL, History(), 1, mixed=False).id, following(POOL, past, 1, mixed=False).id] == ["a", "c"]


def test_what_was_wrong_comes_back_after_three_others() -> None:
    wrong = (("a", False, 5.0), ("b", True, 5.0), ("c", True, 5.0))
    assert following(POOL, answered(*wrong), 1).id == "d"
    assert following(POOL, answered(*wrong, ("d", True, 5.0)), 1).id == "a"


def test_then_comes_what_is_slow_and_was_last_seen_long_ago() -> None:
    quick_then_slow = (("a", True, 2.0), ("b", True, 30.0), ("c", True, 2.0), ("d", True, 2.0))
    assert following(POOL, answered(*quick_then_slow), 1).id == "b"
    alike = (("c", True, 2.0), ("a", True, 2.0), ("b", True, 2.0), ("d", True, 2.0))
    assert following(POOL, answered(*alike), 1).id == "c"


def test_no_question_comes_twice_in_a_row_while_there_is_another() -> None:
    assert following(POOL[:2], answered(("b", True, 1), ("a", True, 99)), 1).id == "b"
    assert following(POOL[:1], answered(("a", True, 99)), 1).id == "a"


def test_slow_is_the_median_of_the_last_answers_with_a_minute_for_a_wrong_one() -> None:
    assert slowness(answered(("a", True, 99), ("a", True, 3), ("a", True, 5), ("a", True, 4)).answers) == 4
    assert slowness(answered(("a", False, 3)).answers) == 60
    assert slowness(()) == 0


def test_looking_makes_no_file_and_a_file_of_something_else_is_left_alone(course: Course) -> None:
    course.command("drill")
    assert not log_file().exists()
    with sqlite3.connect(log_file()) as other:
        other.execute("create table mine (x)")
    other.close()
    before = log_file().read_bytes()
    ran = course.command("drill", "quiz-sums", answers="?\n")
    assert ran.code == 3
    assert "does not hold drills\n  Move it away" in ran.err
    assert log_file().read_bytes() == before


def test_a_file_of_a_newer_dlgrade_is_refused() -> None:
    add("t", "q", True, 1.0)
    with sqlite3.connect(log_file()) as file:
        file.execute("pragma user_version = 99")
    file.close()
    with pytest.raises(MachineError, match="newer dlgrade"):
        history()
