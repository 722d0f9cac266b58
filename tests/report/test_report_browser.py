"""The page in a real browser: it fits a phone, loads nothing, and a student's text stays text.

A page without scripts cannot speak for itself, so each is put into a frame of a page that measures it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from dlgrade.course import Report
from dlgrade.report import html

Make = Callable[[str], Report]

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
]
MEASURE = """
<script>
onload = () => {
  const found = [...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument, root = page.documentElement, view = frame.contentWindow;
    const text = page.querySelector("svg text");
    const wide = [...page.querySelectorAll("body *")].filter(one => !one.closest(".scroll, svg, thead")
      && one.getBoundingClientRect().right > root.clientWidth + 1);
    return {
      name: frame.title, width: root.clientWidth, needs: root.scrollWidth,
      wide: wide.slice(0, 5).map(one => one.outerHTML.slice(0, 200)),
      loaded: view.performance.getEntriesByType("resource").map(one => one.name)
        .filter(name => !name.startsWith("data:")),
      active: page.querySelectorAll("script, iframe, object, [onerror], [onload]").length,
      broken: [...page.images].filter(one => !one.naturalWidth).length,
      images: page.images.length,
      font: text ? view.getComputedStyle(text).fontFamily : "",
      body: view.getComputedStyle(page.body).fontFamily,
      background: view.getComputedStyle(page.body).backgroundColor,
    };
  });
  document.body.textContent = "MEASURED" + JSON.stringify(found) + "END";
};
</script>
"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs a browser: chromium is not installed")


def measured(folder: Path, pages: dict[str, str], width: int, *flags: str) -> dict[str, dict[str, Any]]:
    size = f'width="{width}" height="800" frameborder="0"'
    frames = [f'<iframe title="{name}" {size} srcdoc="{escape(page)}"></iframe>' for name, page in pages.items()]
    outer = folder / "outer.html"
    outer.write_text(f"<!doctype html><meta charset=utf-8>{MEASURE}{''.join(frames)}", encoding="utf-8")
    command = [str(BROWSER), *FLAGS, *flags, f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    done = subprocess.run([*command, outer.as_uri()], capture_output=True, text=True, timeout=60, check=True)
    match = re.search(r"<body>MEASURED(.*)END</body>", done.stdout, re.DOTALL)
    assert match, done.stdout[-2000:] + done.stderr[-2000:]
    return {page["name"]: page for page in json.loads(unescape(match[1]))}


@pytest.fixture(scope="module")
def names() -> list[str]:
    return ["failing", "passing", "stub", "every_verdict", "hostile"]


@pytest.mark.parametrize("width", [320, 390, 1000])
def test_no_page_is_wider_than_its_window(width: int, names: list[str], make: Make, tmp_path: Path) -> None:
    pages = {name: html(make(name), instructor=True) for name in names}
    found = measured(tmp_path, pages, width)
    for name in names:
        assert found[name]["width"] == width
        assert found[name]["needs"] == width, (name, found[name]["wide"])
        assert not found[name]["wide"], (name, found[name]["wide"])


def test_the_browser_loads_nothing_and_runs_nothing(names: list[str], make: Make, tmp_path: Path) -> None:
    found = measured(tmp_path, {name: html(make(name)) for name in names}, 1000)
    for name in names:
        assert found[name]["loaded"] == []
        assert found[name]["active"] == 0
        assert found[name]["broken"] == 0
    assert found["passing"]["images"] == 30
    assert found["passing"]["font"] == found["passing"]["body"]


def test_the_page_follows_the_readers_theme(make: Make, tmp_path: Path) -> None:
    page = {"stub": html(make("stub"))}
    (tmp_path / "light").mkdir()
    (tmp_path / "dark").mkdir()
    light = measured(tmp_path / "light", page, 1000, "--blink-settings=preferredColorScheme=1")
    dark = measured(tmp_path / "dark", page, 1000, "--blink-settings=preferredColorScheme=0")
    assert light["stub"]["background"] == "rgb(245, 244, 240)"
    assert dark["stub"]["background"] == "rgb(19, 22, 27)"
