"""How the tests of the page use it: open it, read it, choose and check."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.browser import Browser, Page
from tests.quiz.page_items import BANK, ITEMS, MISCONCEPTIONS

from dlgrade.quiz import Item
from dlgrade.quiz._page import page

Open = Callable[..., Page]
PLACE = {item.id.split("/")[1]: f"q{number}" for number, item in enumerate(ITEMS, 1)}
"""The questions by their names in the page."""
RIGHT = "Batch norm uses its running statistics", "Dropout passes everything on"


def opening(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the quiz; in the end nothing may have been asked of the network or complained of in the console."""
    pages = []

    def show(width: int = 1000, source: str = "", **media: str) -> Page:
        path = tmp_path / "quiz.html"
        path.write_text(source or page(BANK, ITEMS, MISCONCEPTIONS), encoding="utf-8")
        pages.append(browser.page(width, **media).open(path))
        return pages[-1]

    yield show
    for one in pages:
        assert one.console == []
        assert one.loaded == []


def item(key: str) -> Item:
    return ITEMS[int(PLACE[key][1:]) - 1]


def text(shown: Page, selector: str) -> str:
    """What is to be read in an element; nothing where there is none, or none to be seen."""
    return "".join(texts(shown, selector)[:1])


def texts(shown: Page, selector: str) -> list[str]:
    read = '(one) => one.checkVisibility() ? one.innerText.trim() : ""'
    return list(shown.run(f"[...document.querySelectorAll({json.dumps(selector)})].map({read})"))


def choice(shown: Page, key: str, words: str, tier: int = 0) -> str:
    value = shown.run(
        f"""[...document.querySelectorAll('#{PLACE[key]} [data-tier="{tier}"] [data-value]')]
        .find((one) => one.querySelector(".words").textContent.includes({json.dumps(words)})).dataset.value"""
    )
    return f'#{PLACE[key]} [data-tier="{tier}"] [data-value="{value}"]'


def click_choice(shown: Page, key: str, words: str, tier: int = 0) -> None:
    shown.click(f"{choice(shown, key, words, tier)} .words")


def check(shown: Page, key: str) -> str:
    """Press Check, and read the verdict."""
    shown.click(f"#{PLACE[key]} [type=submit]")
    return text(shown, f"#{PLACE[key]} .feedback h3")
