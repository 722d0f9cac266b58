"""The page in a real browser: it fits a phone, loads nothing, and a student's text stays text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.browser import Browser, Page

from dlgrade.course import Report
from dlgrade.report import html

Make = Callable[[str], Report]

NAMES = ["failing", "passing", "stub", "every_verdict", "hostile"]
MEASURE = """(() => {
  const root = document.documentElement;
  const text = document.querySelector("svg text");
  const wide = [...document.querySelectorAll("body *")].filter(one => !one.closest(".scroll, svg, thead")
    && one.getBoundingClientRect().right > root.clientWidth + 1);
  return {
    width: root.clientWidth, needs: root.scrollWidth,
    wide: wide.slice(0, 5).map(one => one.outerHTML.slice(0, 200)),
    active: document.querySelectorAll("script, iframe, object, [onerror], [onload]").length,
    broken: [...document.images].filter(one => !one.naturalWidth).length,
    images: document.images.length,
    font: text ? getComputedStyle(text).fontFamily : "",
    body: getComputedStyle(document.body).fontFamily,
    background: getComputedStyle(document.body).backgroundColor,
  };
})()"""


@pytest.fixture
def opened(browser: Browser, make: Make, tmp_path: Path) -> Callable[..., Page]:
    """Opens a report by its name."""

    def show(name: str, *, instructor: bool = False, **media: str) -> Page:
        path = tmp_path / f"{name}.html"
        path.write_text(html(make(name), instructor=instructor), encoding="utf-8")
        return browser.page(**media).open(path)

    return show


def measured(page: Page) -> dict[str, Any]:
    return dict(page.run(MEASURE))


@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_wider_than_its_window(name: str, opened: Callable[..., Page]) -> None:
    page = opened(name, instructor=True)
    for width in (320, 390, 1000):
        page.resize(width, 800)
        found = measured(page)
        assert found["width"] == width
        assert found["needs"] == width, found["wide"]
        assert not found["wide"]


@pytest.mark.parametrize("name", NAMES)
def test_the_browser_loads_nothing_and_runs_nothing(name: str, opened: Callable[..., Page]) -> None:
    page = opened(name)
    found = measured(page)
    assert page.loaded == []
    assert page.console == []
    assert found["active"] == 0
    assert found["broken"] == 0


def test_the_passing_page_has_its_pictures_and_one_font(opened: Callable[..., Page]) -> None:
    found = measured(opened("passing"))
    assert found["images"] == 30
    assert found["font"] == found["body"]


def test_the_page_follows_the_readers_theme(opened: Callable[..., Page]) -> None:
    light = measured(opened("stub", prefers_color_scheme="light"))
    dark = measured(opened("stub", prefers_color_scheme="dark"))
    assert light["background"] == "rgb(245, 244, 240)"
    assert dark["background"] == "rgb(19, 22, 27)"
