"""Both pages in a real browser: nothing runs that is not ours, nothing is loaded, all can be read and sorted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.browser import Page
from tests.overview.conftest import HOSTILE, grade, mixed, report

from dlgrade.intake import Refused
from dlgrade.overview import board, board_page, index

Open = Callable[..., Page]

WIDE = """[...document.querySelectorAll("body *")].filter(one =>
  !one.closest(".scroll") && !one.closest("svg") && one.getBoundingClientRect().right > innerWidth + 0.5
).map(one => one.outerHTML.slice(0, 120))"""
COLUMN = '[...document.querySelectorAll("#all tbody tr")].map(row => row.cells[{0}].textContent.trim())'


def hostile_index() -> str:
    crashed = report("crashed")
    crashed["problem"]["what"] = crashed["criteria"][0]["says"] = HOSTILE[1] + HOSTILE[11]
    grades = [grade(who, report("review"), name=who, number=2) for who in HOSTILE]
    grades += [grade(f"z{who}", crashed, name=who, late=timedelta(hours=1)) for who in HOSTILE]
    refused = [Refused(who, who, who, who) for who in HOSTILE]
    return index(grades, title=HOSTILE[0], refused=refused, pages={who: f"{who}.html" for who in HOSTILE})


def class_index() -> str:
    grades = [*mixed(40), *(grade(f"z{n}", report("trained", fingerprint="ab" * 32)) for n in range(3))]
    return index(grades, refused=[Refused("s900", "s900.zip", "broken")], pages={one.who: "x.html" for one in grades})


def class_board() -> str:
    grades = mixed(40)
    names = {one.who: f"careful sequoia {one.who}" for one in grades}
    return board_page(board("code6", grades, names, private=True, mine=grades[1].who))


def hostile_board() -> str:
    grades = [grade(who, report("trained", profile="full")) for who in HOSTILE]
    return board_page(board("code6", grades, {who: who for who in HOSTILE}, title=HOSTILE[1], mine=HOSTILE[0]))


PAGES = {
    "class": class_index,
    "hostile": hostile_index,
    "board": class_board,
    "hostile board": hostile_board,
    "nobody": lambda: index([]),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_load_nothing_say_nothing_and_are_no_wider_than_the_window(name: str, opened: Open) -> None:
    page = opened(PAGES[name]())
    assert page.console == []
    assert page.loaded == []
    assert page.run("document.images.length") == 0
    for width in (320, 390, 1000, 1400):
        page.resize(width, 800)
        assert page.run("document.documentElement.scrollWidth") == width, page.run(WIDE)
        assert page.run(WIDE) == []
    for medium in ({"prefers_color_scheme": "dark"}, {"medium": "print"}):
        page.emulate(**medium)
        assert page.console == []


def test_hostile_ids_stand_there_as_they_are_written(opened: Open) -> None:
    page = opened(hostile_index())
    cells = page.run(COLUMN.format(0))
    assert len(cells) == 2 * len(HOSTILE)
    assert any(cell.startswith("<script>alert(1)</script>") for cell in cells)
    assert any(cell.startswith("</style><style>*{display:none}</style>") for cell in cells)
    assert page.run('getComputedStyle(document.querySelector("#all")).display') == "table"


def test_links_stay_in_the_folder_of_the_page(opened: Open, tmp_path: Path) -> None:
    page = opened(hostile_index())
    found = page.run('[...document.links].map(one => one.href).filter(href => !href.includes("#"))')
    assert len(found) >= len(HOSTILE) - 1
    ours = tmp_path.as_uri() + "/"
    out = [href for href in found if not href.startswith(ours)]
    # A page that is really called ../../etc/passwd.html is where its caller put it; no other protocol or host is.
    assert {href.split(":")[0] for href in found} == {"file"}
    assert all(href.endswith("etc/passwd.html") for href in out)


def test_a_heading_sorts_by_its_column_and_what_has_no_value_stays_last(opened: Open) -> None:
    page = opened(class_index())
    heads = page.run('[...document.querySelectorAll("#all thead th")].map(one => one.textContent)')
    column = heads.index("Parameters")
    before = page.run(COLUMN.format(0))
    page.click(f"#all thead th:nth-child({column + 1}) button")
    rising = page.run(COLUMN.format(column))
    numbers = [int(text.replace(",", "")) for text in rising if text]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 20
    assert rising[len(numbers) :] == [""] * (len(rising) - len(numbers)) != []
    assert page.run('document.getElementById("sorted").textContent') == "Sorted by Parameters, ascending."
    page.key("Enter")
    falling = page.run(COLUMN.format(column))
    assert [int(text.replace(",", "")) for text in falling if text] == numbers[::-1]
    assert falling[-1] == ""
    assert page.run(f'document.querySelectorAll("#all thead th")[{column}].ariaSort') == "descending"
    page.click("#all thead th:nth-child(1) button")
    assert page.run(COLUMN.format(0)) == before
    assert page.run('document.querySelectorAll("#all thead [aria-sort]").length') == 1


def test_without_the_script_the_table_is_all_there(browser: object, tmp_path: Path) -> None:
    page = browser.page()  # type: ignore[attr-defined]
    page.send("Emulation.setScriptExecutionDisabled", value=True)
    path = tmp_path / "page.html"
    path.write_text(class_index(), encoding="utf-8")
    page.open(path)
    tree = page.send("Accessibility.getFullAXTree")["nodes"]
    names = [one["name"]["value"] for one in tree if one.get("role", {}).get("value") == "rowheader" and "name" in one]
    assert {"s000", "s039", "z2"} <= set(names)
    assert "button" not in {role for role, _ in page.controls()}


def test_the_drawings_have_words_and_follow_the_theme(opened: Open) -> None:
    for text in (class_index(), class_board()):
        light = opened(text, prefers_color_scheme="light")
        dark = opened(text, prefers_color_scheme="dark")
        colour = 'getComputedStyle(document.querySelector("svg text")).fill'
        assert light.run(colour) != dark.run(colour)
        assert light.run('[...document.querySelectorAll("svg[role=img]")].every(one => one.ariaLabel.length > 30)')
