"""What the page keeps of a sitting, how one begins again, and what is summed up in the end."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest
from tests.browser import Browser, Page
from tests.quiz.page_items import BANK, ITEMS, MISCONCEPTIONS
from tests.quiz.page_use import PLACE, RIGHT, Open, check, click_choice, opening, text, texts

from dlgrade.quiz._page import page

opened = pytest.fixture(opening)


def answer_some(shown: Page) -> None:
    click_choice(shown, "pool-weights", "Four")
    check(shown, "pool-weights")
    click_choice(shown, "eval-mode", RIGHT[1])
    shown.click("#q3 input")
    shown.type("2")
    shown.click('#q4 [data-move="1"]')
    click_choice(shown, "why-loss", "Cross-entropy")
    check(shown, "why-loss")
    shown.click("#q11 textarea")
    shown.type("Half a though")


STATE = """JSON.stringify([
  [...document.querySelectorAll("input, select, textarea")]
    .map((one) => [one.name, one.value, one.checked, one.disabled]),
  [...document.querySelectorAll(".question, #score, .totals")].map((one) => one.innerText),
])"""


def test_after_a_reload_all_is_as_it_was(opened: Open) -> None:
    shown = opened()
    answer_some(shown)
    before = shown.run(STATE)
    shown.reload()
    assert shown.run(STATE) == before
    assert text(shown, "#q1 .feedback h3") == "Not right"
    assert text(shown, "#so-far") == "1 of 12 answered, 0 points"
    assert text(shown, "#live") == ""  # nothing is announced that did not just happen


def test_another_quiz_does_not_find_these_answers(opened: Open) -> None:
    shown = opened()
    answer_some(shown)
    fresh = page(BANK, ITEMS[:-1], MISCONCEPTIONS)
    Path(shown.opened[0].removeprefix("file://")).write_text(fresh, encoding="utf-8")
    shown.reload()
    assert text(shown, "#so-far") == "0 of 11 answered, 0 points"


def test_starting_again_asks_first_then_erases_and_shuffles(opened: Open) -> None:
    shown = opened()
    answer_some(shown)
    before = shown.run(STATE)
    shown.click("#again")
    assert shown.run("document.activeElement.closest('dialog')?.id") == "sure"
    shown.key("Escape")
    assert shown.run(STATE) == before
    shown.click("#again")
    shown.click("#keep")
    assert shown.run(STATE) == before
    orders = set()
    for _ in range(8):
        shown.click("#again")
        shown.click("#erase")
        orders.add(tuple(texts(shown, ".choice .words, .order .words")))
        assert shown.focus() == BANK.title
    assert len(orders) == 8
    assert text(shown, "#so-far") == "0 of 12 answered, 0 points"
    assert shown.run("[...document.querySelectorAll('input:checked, :disabled')].length") == 0
    shown.reload()
    assert tuple(texts(shown, ".choice .words, .order .words")) in orders


@pytest.mark.parametrize("kept", ["{", "null", "3", '{"seed": "a", "answers": {"q4": {"given": 7, "done": true}}}'])
def test_what_was_kept_and_does_not_fit_is_left_aside(kept: str, opened: Open) -> None:
    shown = opened()
    shown.run(f"localStorage.setItem(shelf, {json.dumps(kept)})")
    shown.reload()
    assert text(shown, "#so-far") == "0 of 12 answered, 0 points"
    click_choice(shown, "pool-weights", "None")
    assert check(shown, "pool-weights") == "Right"


def test_where_nothing_can_be_kept_the_page_works_and_says_so(browser: Browser) -> None:
    source = page(BANK, ITEMS, MISCONCEPTIONS).encode()
    shown = browser.page().open(f"data:text/html;charset=utf-8;base64,{b64encode(source).decode()}")
    assert shown.run("(() => { try { localStorage } catch (refusal) { return refusal.name } })()") == "SecurityError"
    assert text(shown, "#forgetful").startswith("This browser lets the page keep nothing")
    click_choice(shown, "pool-weights", "None")
    assert check(shown, "pool-weights") == "Right"
    shown.click("#again")
    shown.click("#erase")
    assert text(shown, "#so-far") == "0 of 12 answered, 0 points"
    assert shown.console == []


def test_the_result_is_told_by_objective_with_the_cards_to_review(opened: Open) -> None:
    shown = opened()
    assert text(shown, "#left") == "12 of 12 questions are open; they count as nothing so far."
    click_choice(shown, "pool-weights", "Four")
    check(shown, "pool-weights")
    click_choice(shown, "claim", "False")
    check(shown, "claim")
    rows = texts(shown, ".totals .num")
    assert rows == ["0 of 2, 1 open", "1 of 6, 5 open", "0 of 3, 3 open", "not counted"]
    assert texts(shown, "#review li") == ["pool-none", "pool-what"]
    assert text(shown, "#review pre") == "dlgrade deck export --card pool-none --card pool-what"
    assert text(shown, "#open") == "Next open"
    assert shown.run("document.querySelector('#open').hash") == "#q2-title"
    for key in PLACE:
        if key not in ("pool-weights", "claim", "explain"):
            shown.click(f"#{PLACE[key]} .unknown")
    shown.click("#q11 textarea")
    shown.type("Downhill.")
    check(shown, "explain")
    assert text(shown, "#left") == "All questions are answered."
    assert text(shown, "#open") == "Your result"
    kept = json.loads(str(shown.run("localStorage.getItem('dlgrade result hand')")))
    assert (kept["points"], kept["of"]) == (1, 11)


def test_the_result_is_copied_as_text(opened: Open) -> None:
    shown = opened()
    click_choice(shown, "pool-weights", "Four")
    check(shown, "pool-weights")
    shown.browser.send(
        "Browser.grantPermissions",
        permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        browserContextId=shown.context,
    )
    shown.click("#copy")
    shown.until("document.querySelector('#copy').textContent === 'Copied'")
    copied = str(shown.run("navigator.clipboard.readText()"))
    assert copied.split("\n") == [
        "A question of each kind (hand): 0 of 11 points, 1 of 12 answered",
        "- Say what a layer does and does not do: 0 of 2, 1 open",
        "- Read a training loop: 0 of 6, 6 open",
        "- Compute sizes: 0 of 3, 3 open",
        "- Explain in your own words: not counted",
        "Cards to review: pool-none, pool-what",
    ]
    assert text(shown, "#copy") == "Copied"
    assert text(shown, "#live") == "The result is copied."


def test_where_a_page_may_not_copy_the_text_lies_there_selected(opened: Open) -> None:
    shown = opened()
    shown.run("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    shown.click("#copy")
    assert shown.focus() == "copied"
    assert "0 of 11 points" in str(shown.run("getSelection().toString()"))
