"""The page in a real browser, used by keys alone."""

from __future__ import annotations

import json

import pytest
from tests.browser import Page
from tests.quiz.page_use import PLACE, RIGHT, Open, choice, item, opening, text, texts

opened = pytest.fixture(opening)


def tab_to(shown: Page, wanted: str, *, back: bool = False) -> None:
    """Press Tab until an element has the focus that fits a selector."""
    for _ in range(60):
        if shown.run(f"document.activeElement.matches({json.dumps(wanted)})"):
            return
        shown.key("Tab", shift=back)
    pytest.fail(f"Tab does not lead to {wanted}")


def arrow_to(shown: Page, question: str, tier: int, words: str) -> None:
    """Choose a radio button: the group takes the focus as one, arrows go through it."""
    tab_to(shown, f'#{question} [data-tier="{tier}"] input')
    shown.key(" ")
    for _ in range(12):
        if words in str(shown.run("document.activeElement.closest('label').textContent")):
            return
        shown.key("ArrowDown")
    pytest.fail(f"no arrow leads to {words}")


def by_keys(shown: Page, key: str) -> None:
    """The right answer to a question whose heading has the focus."""
    one, name = item(key), PLACE[key]
    if key == "eval-mode":
        for words in RIGHT:
            tab_to(shown, f"{choice(shown, key, words)} input")
            shown.key(" ")
            tab_to(shown, f"#{name} fieldset *:first-child input", back=True)
    elif one.kind in ("one", "claim", "two_tier") or one.options:
        words = {"pool-weights": "None", "claim": "False", "chosen": "4.0", "faulty": "softmax(1)"}
        arrow_to(shown, name, 0, words.get(key, "Cross-entropy"))
        if one.kind == "two_tier":
            tab_to(shown, f"#{name} [type=submit]")
            shown.key("Enter")
            assert "gradient is" in text(shown, f"#{name} .reason")
            arrow_to(shown, name, 1, "Its gradient is")
    elif one.kind == "order":
        sort_by_keys(shown, name, [words.strip("`") for words in one.order])
    elif one.kind == "match":
        for place, (_, right) in enumerate(one.pairs):
            tab_to(shown, f"#{name}-{place}")
            pick_by_keys(shown, right.replace("$1 \\times 1$", "1 \u00d7 1"))
    else:
        tab_to(shown, f"#{name}-0")
        shown.type({"conv-size": "24", "printed": one.printed, "small": "-1/4"}.get(key, "Down the slope."))
    tab_to(shown, f"#{name} [type=submit]")
    shown.key("Enter")


def pick_by_keys(shown: Page, wanted: str) -> None:
    for _ in range(12):
        if shown.run("document.activeElement.selectedOptions[0].textContent") == wanted:
            return
        shown.key("ArrowDown")
    pytest.fail(f"no arrow leads to {wanted}")


def sort_by_keys(shown: Page, name: str, wanted: list[str]) -> None:
    tab_to(shown, f"#{name} button")
    for place, words in enumerate(wanted):
        now = texts(shown, f"#{name} .order .words").index(words)
        if now == place:
            continue
        button = str(shown.run(f"document.querySelectorAll('#{name} .order > li')[{now}].querySelector('button').id"))
        focus_within(shown, name, button)
        for step in range(now, place, -1):
            shown.key("Enter")
            assert shown.focus() == button  # the button keeps the focus wherever its item goes
            assert text(shown, "#live") == f"{words}: now {step} of {len(wanted)}"


def focus_within(shown: Page, name: str, button: str) -> None:
    buttons = list(shown.run(f"[...document.querySelectorAll('#{name} .order button')].map((one) => one.id)"))
    here, there = buttons.index(shown.focus()), buttons.index(button)
    for _ in range(abs(there - here)):
        shown.key("Tab", shift=there < here)
    assert shown.focus() == button


def test_the_whole_quiz_is_taken_by_keyboard_alone(opened: Open) -> None:
    shown = opened()
    shown.key("Tab")
    assert shown.focus() == "Skip to the questions"
    shown.key("Enter")
    for number, key in enumerate(PLACE, 1):
        assert shown.focus() == f"q{number}-title"
        by_keys(shown, key)
        verdict = "What a good answer has" if item(key).kind == "free" else "Right"
        assert shown.focus() == verdict, key
        if item(key).kind == "free":
            shown.key("Tab", " ")
        tab_to(shown, ".next")
        shown.key("Enter")
    assert shown.focus() == "result-title"
    assert text(shown, "#score") == "11 of 11 points"
    assert text(shown, "#so-far") == "12 of 12 answered, 11 points"
    assert text(shown, "#review") == ""


@pytest.mark.parametrize("end", ["first", "last"])
def test_a_button_at_the_end_of_an_order_keeps_the_focus_and_says_where_the_item_is(end: str, opened: Open) -> None:
    shown = opened()
    which, move, place = ("first", -1, 1) if end == "first" else ("last", 1, 5)
    button = f'.order > li:{which}-child [data-move="{move}"]'
    words = text(shown, f".order > li:{which}-child .words")
    shown.run(f"document.querySelector('{button}').focus()")
    assert shown.run("document.activeElement.getAttribute('aria-disabled')") == "true"
    before = texts(shown, ".order .words")
    name = shown.focus()
    shown.key("Enter")
    assert (shown.focus(), texts(shown, ".order .words")) == (name, before)
    assert text(shown, "#live") == f"{words}: now {place} of 5"


def test_an_order_is_never_shown_in_its_right_order(opened: Open) -> None:
    shown = opened()
    right = [words.strip("`") for words in item("step").order]
    seen = set()
    for _ in range(150):
        shown.run("beginAfresh(String(Math.random()))")
        seen.add(tuple(texts(shown, ".order .words")))
    assert tuple(right) not in seen
    assert len(seen) > 40
