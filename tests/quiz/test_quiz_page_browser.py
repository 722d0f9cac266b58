"""The page in a real browser: every kind is answered by clicks and told what it is worth, and strangers get nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.browser import Browser
from tests.quiz.page_items import BANK, ITEMS, MISCONCEPTIONS
from tests.quiz.page_use import PLACE, RIGHT, Open, check, choice, click_choice, opening, text, texts
from tests.quiz.test_quiz_page import hostile_page

from dlgrade.quiz._page import page

opened = pytest.fixture(opening)


def test_a_wrong_choice_is_told_what_its_belief_gets_wrong_and_what_is_right(opened: Open) -> None:
    shown = opened()
    click_choice(shown, "pool-weights", "Four")
    assert check(shown, "pool-weights") == "Not right"
    assert texts(shown, "#q1 .said") == ["A maximum has nothing to learn."]
    assert text(shown, choice(shown, "pool-weights", "Four") + " .mark") == "your answer: wrong"
    assert text(shown, choice(shown, "pool-weights", "None") + " .mark") == "the right answer"
    assert texts(shown, "#q1 .mark").count("") == 2
    assert "it compares, it does not weigh" in text(shown, "#q1 .feedback")
    assert text(shown, "#q1 .cards") == "Cards to review: pool-none, pool-what"
    assert text(shown, "#live") == "Question 1: 0 of 1 point. 1 of 12 answered."


def test_several_choices_are_marked_one_by_one_and_in_part(opened: Open) -> None:
    shown = opened()
    click_choice(shown, "eval-mode", RIGHT[0])
    assert check(shown, "eval-mode") == "Partly right: 0.5 of 1 point"
    assert text(shown, choice(shown, "eval-mode", RIGHT[0]) + " .mark") == "your answer: right"
    assert text(shown, choice(shown, "eval-mode", RIGHT[1]) + " .mark") == "right, not chosen"
    assert texts(shown, "#q2 .said") == ["1 right option not chosen."]


def test_a_wrong_number_is_recognised_and_one_that_is_none_is_asked_again(opened: Open) -> None:
    shown = opened()
    shown.click("#q3 input")
    shown.type("two")
    assert check(shown, "conv-size") == ""
    assert text(shown, "#q3 .hint") == "That is not a number. Write it like 24, 0.75, 3/4 or 1e-3."
    shown.run("document.querySelector('#q3 input').select()")
    shown.type("23,0 pixels")
    assert text(shown, "#q3 .hint") == ""
    shown.click("#q3 input")
    shown.key("Enter")
    assert text(shown, "#q3 .feedback h3") == "Not right"
    assert "times" in text(shown, "#q3 .said")
    assert text(shown, "#q3 .feedback h4 + .words") == "24 pixels"


def test_the_reason_is_asked_after_the_answer_is_given_and_cannot_be_changed(opened: Open) -> None:
    shown = opened()
    assert text(shown, "#q9 .reason") == ""
    assert check(shown, "why-loss") == ""
    assert text(shown, "#q9 .hint") == "Choose an answer first."
    click_choice(shown, "why-loss", "Cross-entropy")
    assert check(shown, "why-loss") == ""
    assert text(shown, "#q9 .reason .ask") == "Why?"
    assert shown.focus() == "q9-reason"
    assert shown.run("document.querySelector('#q9 input').matches(':disabled')")
    assert texts(shown, "#q9 .mark") == [""] * 6  # nothing is said before the reason is given
    assert check(shown, "why-loss") == ""
    assert text(shown, "#q9 .hint") == "Choose the reason first."
    click_choice(shown, "why-loss", "larger numbers", tier=1)
    assert check(shown, "why-loss") == "Not right"
    assert text(shown, choice(shown, "why-loss", "Cross-entropy") + " .mark") == "your answer: right"
    assert text(shown, choice(shown, "why-loss", "larger numbers", 1) + " .mark") == "your reason: wrong"
    assert text(shown, choice(shown, "why-loss", "Its gradient is", 1) + " .mark") == "the right reason"
    assert texts(shown, "#q9 .said")[0].startswith("The answer is right, the reason is not")


def test_matches_are_told_one_by_one(opened: Open) -> None:
    shown = opened()
    shown.run(
        """document.querySelectorAll("#q5 select").forEach((one, place) => {
          if (place > 1) return;
          one.value = [...one.options].find((option) => option.textContent === "halves the side").value;
          one.dispatchEvent(new Event("input", {bubbles: true}));
        })"""
    )
    assert check(shown, "roles") == "Partly right: 0.25 of 1 point"
    wrong = "wrong, right is: mixes channels"
    assert texts(shown, "#q5 .mark")[:2] == [wrong, "right"]
    assert texts(shown, "#q5 .mark")[3] == "right is: halves the side"


def test_the_faulty_line_is_shown_with_its_mend(opened: Open) -> None:
    shown = opened()
    click_choice(shown, "faulty", "zero_grad()")
    assert check(shown, "faulty") == "Not right"
    assert text(shown, choice(shown, "faulty", "softmax(1)") + " .mark") == "the faulty line"
    assert "should be scores = net(images)" in text(shown, "#q10 .feedback")


def test_a_typed_output_is_compared_without_regard_to_space(opened: Open) -> None:
    shown = opened()
    shown.click("#q7 textarea")
    shown.type("torch.Size([3,2])\n\n  torch.Size([3, 2])")
    assert check(shown, "printed") == "Right"


def test_who_does_not_know_is_told_without_reproach(opened: Open) -> None:
    shown = opened()
    click_choice(shown, "chosen", "2.0")
    shown.click("#q8 .unknown")
    assert text(shown, "#q8 .feedback h3") == "You did not know"
    assert texts(shown, "#q8 .said") == []
    assert text(shown, choice(shown, "chosen", "4.0") + " .mark") == "the right answer"
    assert text(shown, "#q8 .cards") == "Card to review: zero-grad"
    assert text(shown, "#so-far") == "1 of 12 answered, 0 points"


def test_a_reflection_is_ticked_after_it_is_written_and_never_marked(opened: Open) -> None:
    shown = opened()
    assert check(shown, "explain") == ""
    assert text(shown, "#q11 .hint") == "Write an answer first."
    shown.click("#q11 textarea")
    shown.type("Down the slope of the loss.")
    assert check(shown, "explain") == "What a good answer has"
    assert texts(shown, "#q11 .feedback label") == [
        "a surface of the loss",
        "the direction of steepest ascent",
        "a step of some size",
    ]
    shown.click("#q11 .feedback label:nth-of-type(2)")
    assert text(shown, "#live") == "1 of 3 ideas"
    assert text(shown, "#so-far") == "1 of 12 answered, 0 points"
    assert "Compare it with your result in quiz-day11." in text(shown, "#q11 .feedback")
    shown.reload()
    assert shown.run("[...document.querySelectorAll('#q11 .feedback input')].map((one) => one.checked)") == [
        False,
        True,
        False,
    ]


def test_a_reflection_shows_the_result_of_the_quiz_it_is_compared_with(opened: Open) -> None:
    shown = opened()
    found = {"points": 6.5, "of": 8, "day": "2026-02-03"}
    shown.run(f"localStorage.setItem('dlgrade result quiz-day11', {json.dumps(json.dumps(found))})")
    shown.click("#q11 textarea")
    shown.type("Downhill.")
    check(shown, "explain")
    assert "your result in quiz-day11: 6.5 of 8 points on 2026-02-03." in text(shown, "#q11 .feedback")


def test_hostile_text_stays_text_when_it_is_answered_too(opened: Open) -> None:
    shown = opened(source=hostile_page())
    for one in ITEMS:
        if one.kind != "free":
            shown.click(f"#{PLACE[one.id.split('/')[1]]} .unknown")
    assert shown.run("typeof hacked") == "undefined"
    assert shown.run("document.querySelectorAll('script').length") == 1
    assert shown.run("[...document.querySelectorAll('*')].flatMap((one) => one.getAttributeNames())"
                     ".filter((name) => name.startsWith('on')).length") == 0  # fmt: skip
    assert "</script><script>hacked=1</script>" in text(shown, "#q1 .feedback")


def test_a_script_that_got_in_anyway_would_not_run(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "quiz.html"
    evil = "<script>hacked = 1</script><img src=x onerror='hacked = 1'><body"
    path.write_text(page(BANK, ITEMS, MISCONCEPTIONS).replace("<body", evil, 1), encoding="utf-8")
    shown = browser.page().open(path)
    assert shown.run("typeof hacked") == "undefined"
    assert any("Content Security Policy" in line for line in shown.console)
