"""The page for everyone: on a telephone, in the dark, on paper, without a mouse, without eyes, without a script."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from tests.browser import Browser, Page
from tests.quiz.page_items import BANK, FIGURE, ITEMS, MISCONCEPTIONS

from dlgrade.quiz import Item
from dlgrade.quiz._page import page

Open = Callable[..., Page]
LONG = (
    "W" * 120
    + r" $x_1 + x_2 + x_3 + x_4 + x_5 + x_6 + x_7 + x_8 + x_9 + x_{10} + x_{11} + x_{12} = \sum_{i=1}^{12} x_i$"
)
ANSWER = """questions.forEach((one, place) => {
  const state = stateOf(one);
  const controls = [...one.querySelectorAll("form input, form textarea, form select")];
  const half = controls.filter((_, at) => at % 2 === place % 2);
  for (const control of half.length ? half : controls) {
    if (control.matches("select")) control.value = "1";
    else if (control.matches("[type=radio], [type=checkbox]")) control.checked = true;
    else control.value = "23";
  }
  state.given = controlOf(one).read(one);
  if (one.dataset.form === "two_tier") state.given = [1, 1];
  state.committed = true;
  finish(one);
})"""


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the quiz, answered or not; motion is reduced, so that every colour is the final one at once."""
    pages = []

    def show(width: int = 1000, *, answered: bool = False, items: tuple[Item, ...] = ITEMS, **media: str) -> Page:
        path = tmp_path / "quiz.html"
        path.write_text(page(BANK, items, MISCONCEPTIONS), encoding="utf-8")
        shown = browser.page(width, **{"prefers_reduced_motion": "reduce", **media}).open(path)
        if answered:
            shown.run(ANSWER)
            assert shown.run("questions.every(isDone)")
        pages.append(shown)
        return shown

    yield show
    for one in pages:
        assert one.console == []
        assert one.loaded == []


# ---- Room.

WIDER = """(() => {
  const root = document.documentElement;
  const wide = [...document.querySelectorAll("body *")].filter((one) =>
    !one.closest("math, .unseen, .skip") && one.getBoundingClientRect().right > root.clientWidth + 1);
  return [root.clientWidth, root.scrollWidth, wide.map((one) => one.outerHTML.slice(0, 200))];
})()"""


def stretched(item: Item) -> Item:
    """The item with words and formulas that no telephone is wide enough for."""
    return dataclasses.replace(
        item,
        ask=f"{LONG}\n\n| a | b |\n|---|---|\n| {'a' * 40} | {'b' * 40} |\n\n```python\n{'x' * 90}\n```",
        because=LONG,
        options=tuple(
            one if item.kind == "spot" else dataclasses.replace(one, text=f"{place} {LONG}")
            for place, one in enumerate(item.options)
        ),
        reasons=tuple(dataclasses.replace(one, text=f"{place} {LONG}") for place, one in enumerate(item.reasons)),
        order=tuple(f"{place} {LONG}" for place, _ in enumerate(item.order)),
        pairs=tuple((f"{place} {LONG}", f"{place} {LONG}") for place, _ in enumerate(item.pairs)),
        unit=item.unit and "kilobytes per second and pixel",
        cards=("a-card-with-an-id-" * 8,),
        figure=FIGURE.replace('width="400"', 'width="1400"') if item.figure else "",
    )


@pytest.mark.parametrize("answered", [False, True], ids=["open", "answered"])
@pytest.mark.parametrize("items", [ITEMS, tuple(map(stretched, ITEMS))], ids=["as usual", "stretched"])
def test_the_page_fits_a_telephone(items: tuple[Item, ...], answered: bool, opened: Open) -> None:
    shown = opened(360, items=items, answered=answered)
    for width in (320, 360, 1280):
        shown.resize(width, 740)
        inner, needs, wide = shown.run(WIDER)
        assert (inner, needs, wide) == (width, width, [])


def test_what_is_touched_is_large_enough_for_a_finger(opened: Open) -> None:
    shown = opened(360)
    sizes = shown.run(
        """[...document.querySelectorAll("main button, .choice, .line, select, textarea, [type=text]")]
        .filter((one) => one.checkVisibility())
        .map((one) => [one, one.getBoundingClientRect()])
        .map(([one, box]) => [one.outerHTML.slice(0, 90), box.height, box.width])"""
    )
    assert len(sizes) > 40
    assert [one for one in sizes if one[1] < 24 or one[2] < 44] == []
    assert [one for one in sizes if one[1] < 43.9 and "line" not in one[0]] == []


def test_the_progress_stays_in_sight_and_hides_nothing_that_has_the_focus(opened: Open) -> None:
    shown = opened(360)
    shown.run("scrollTo(0, 3000)")
    assert shown.run("document.querySelector('.progress').getBoundingClientRect().top") == 0
    for _ in range(60):
        shown.key("Tab")
        under = shown.run(
            """(() => {
              const one = document.activeElement.closest("label") ?? document.activeElement;
              const bar = document.querySelector(".progress").getBoundingClientRect();
              if (one === document.body || one.closest(".progress, .skip, body > header")) return "";
              return one.getBoundingClientRect().top < bar.bottom - 1 ? one.outerHTML.slice(0, 200) : "";
            })()"""
        )
        assert under == ""


# ---- Colours.

CONTRASTS = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = ([red, green, blue]) => [red, green, blue]
    .map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const found = rgba(getComputedStyle(at).backgroundColor);
      if (found[3] === 255) return found;
      if (found[3]) throw new Error("half transparent: " + at.outerHTML.slice(0, 100));
    }
    throw new Error("no ground");
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    const words = walker.currentNode.textContent.trim();
    if (!words || !one.checkVisibility() || one.closest("script, style, .unseen")) continue;
    const style = getComputedStyle(one);
    for (let at = one; at; at = at.parentElement) {
      if (getComputedStyle(at).opacity !== "1") throw new Error("opacity: " + at.outerHTML.slice(0, 100));
    }
    const [brighter, darker] = [light(rgba(style.color)), light(ground(one))].sort((a, b) => b - a);
    found.push([(brighter + 0.05) / (darker + 0.05), words.slice(0, 30), one.className || one.tagName]);
  }
  for (const field of document.querySelectorAll("[type=text], textarea, select")) {
    if (!field.checkVisibility()) continue;
    const style = getComputedStyle(field);
    const [brighter, darker] = [light(rgba(style.color)), light(ground(field))].sort((a, b) => b - a);
    found.push([(brighter + 0.05) / (darker + 0.05), "field", field.id]);
  }
  return found;
})()"""


@pytest.mark.parametrize("answered", [False, True], ids=["open", "answered"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_its_ground(scheme: str, answered: bool, opened: Open) -> None:
    shown = opened(answered=answered, prefers_color_scheme=scheme)
    shown.run("questions.forEach((one) => (find('.hint', one).textContent = 'Choose an answer first.'))")
    found = shown.run(CONTRASTS)
    assert len(found) > 150
    assert [one for one in found if one[0] < 4.5] == []
    if answered:
        assert {"mark", "num"} <= {one[2] for one in found}


def test_the_page_is_dark_for_who_wants_it_dark(opened: Open) -> None:
    grounds = [
        opened(prefers_color_scheme=scheme).run("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert grounds == ["rgb(245, 244, 240)", "rgb(19, 22, 27)"]


def test_what_has_the_focus_by_key_has_a_ring(opened: Open) -> None:
    shown = opened()
    ringless = []
    for _ in range(70):
        shown.key("Tab")
        ring = shown.run(
            """(() => {
              const one = document.activeElement;
              const ringed = one.closest(".choice, .line") ?? one;
              const style = getComputedStyle(ringed);
              return one === document.body || (style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2)
                ? "" : one.outerHTML.slice(0, 200);
            })()"""
        )
        ringless += [ring] if ring else []
    assert ringless == []


@pytest.mark.parametrize(("wish", "moves"), [("reduce", False), ("no-preference", True)])
def test_nothing_moves_for_who_wants_no_motion(wish: str, moves: bool, opened: Open) -> None:
    shown = opened(prefers_reduced_motion=wish)
    found = shown.run(
        """[...document.querySelectorAll("*")].map((one) => getComputedStyle(one))
        .filter((style) => style.scrollBehavior === "smooth" || style.animationName !== "none"
          || style.transitionDuration !== "0s").length"""
    )
    assert (found > 0) == moves


# ---- What assistive technology is told.


def nodes(shown: Page) -> list[dict[str, object]]:
    found = []
    for node in shown.send("Accessibility.getFullAXTree")["nodes"]:
        if not node.get("ignored"):
            value = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
            found.append({"role": node["role"]["value"], "name": node.get("name", {}).get("value", ""), **value})
    return found


@pytest.mark.parametrize("answered", [False, True], ids=["open", "answered"])
def test_every_control_has_a_name_of_its_own_or_in_its_group(answered: bool, opened: Open) -> None:
    shown = opened(answered=answered)
    controls = shown.controls()
    assert [role for role, name in controls if not name.strip()] == []
    names = {name for _, name in controls}
    if not answered:
        assert {"None", "One per channel", "Check", "I do not know", "Your answer pixels", "What it prints"} <= names
        assert {"Move up: forward pass", "Move down: backward()", "1x1 convolution", "MaxPool2d"} <= names
        assert "Line 5 : optimiser.zero_grad()" in {" ".join(name.split()) for name in names}
    else:
        assert {"a surface of the loss", "Your result", "Copy the result"} <= names


def test_a_group_of_choices_says_what_is_asked(opened: Open) -> None:
    shown = opened()
    tree = shown.send("Accessibility.getFullAXTree")["nodes"]
    groups = [node for node in tree if node.get("role", {}).get("value") == "group" and not node.get("ignored")]
    told = {
        (node["name"]["value"], node.get("description", {}).get("value", ""))
        for node in groups
        if node.get("name", {}).get("value")
    }
    assert ("Choose one answer", "How many parameters has nn.MaxPool2d(2)?") in told
    assert ("Choose all that hold", "What does net.eval() change?") in told
    assert ("True or false?", "Gradients are set back to zero by backward().") in told
    assert all(description for _, description in told)


def test_the_page_has_landmarks_and_an_outline_without_gaps(opened: Open) -> None:
    for answered in (False, True):
        shown = opened(answered=answered)
        roles = [str(node["role"]) for node in nodes(shown)]
        assert [roles.count(role) for role in ("banner", "main", "contentinfo", "status")] == [1, 1, 1, 1]
        regions = [node["name"] for node in nodes(shown) if node["role"] == "region"]
        assert regions == ["Progress", *(f"Question {number}" for number in range(1, 13)), "Your result"]
        levels = shown.run("all('h1, h2, h3, h4').filter((one) => one.checkVisibility()).map((one) => +one.tagName[1])")
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_figure_is_told_in_words(opened: Open) -> None:
    images = [node["name"] for node in nodes(opened()) if node["role"] == "image"]
    assert images == ['A curve that rises from 0 to 1, steepest in the "middle"']


def test_formulas_reach_assistive_technology_as_formulas(opened: Open) -> None:
    assert any(str(node["role"]).startswith("Math") for node in nodes(opened()))


def test_what_is_wrong_with_an_answer_is_an_alert(opened: Open) -> None:
    shown = opened()
    shown.click("#q1 [type=submit]")
    (hint,) = shown.run("all('#q1 [role=alert]').map((one) => one.textContent)")
    assert hint == "Choose an answer first."
    assert shown.focus() == "Check"


def test_marks_are_words_and_not_colours_alone(opened: Open) -> None:
    shown = opened(answered=True)
    marked = shown.run("all('label.right, label.wrong, .pair').map((one) => find('.mark', one).textContent)")
    assert len(marked) > 12
    assert all(marked)
    bars = shown.run("all('.segments i').map((one) => getComputedStyle(one).backgroundImage + one.className)")
    assert len(set(bars)) >= 3  # right, part and wrong differ in pattern too


# ---- Paper, and no script.


def test_on_paper_the_questions_stand_without_what_only_a_screen_can_do(opened: Open) -> None:
    shown = opened(700)
    shown.emulate("print", prefers_color_scheme="dark")
    seen = "(selector) => all(selector).filter((one) => one.checkVisibility()).length"
    gone = ".progress, .skip, .actions, .moves, button, dialog, .result"
    assert shown.run(f"({seen})({json.dumps(gone)})") == 0
    assert shown.run(f"({seen})('.question .ask, .choice, .line, .figure')") == shown.run(
        "all('.question .ask, .choice, .line, .figure').length"
    )  # the second tier as well
    sides = shown.run("all('.paper li').filter((one) => one.checkVisibility()).map((one) => one.textContent)")
    assert sorted(sides) == ["adds noise", "halves the side", "leaves 1 \u00d7 1", "mixes channels"]
    assert shown.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert [one for one in shown.run(CONTRASTS) if one[0] < 4.5] == []
    assert shown.run(WIDER)[2] == []


def test_on_paper_the_feedback_stands_too(opened: Open) -> None:
    shown = opened(700, answered=True)
    shown.emulate("print")
    assert shown.run("all('.feedback').filter((one) => one.checkVisibility()).length") == len(ITEMS)
    assert [one for one in shown.run(CONTRASTS) if one[0] < 4.5] == []


def test_without_scripts_the_questions_can_be_read_and_nothing_pretends_to_work(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "quiz.html"
    path.write_text(page(BANK, ITEMS, MISCONCEPTIONS), encoding="utf-8")
    shown = browser.page()
    shown.send("Emulation.setScriptExecutionDisabled", value=True)
    shown.open(path)
    named = [(node["role"], node["name"]) for node in nodes(shown)]
    assert any("turned off here" in str(name) for _, name in named)
    assert ("heading", "Question 12") in named
    assert not [name for role, name in named if role == "button" and not str(name).startswith("Move")]
