"""The page marks as `score` does: the same points, sentences and cards for the same answer, whatever it is."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser import Browser, Page
from tests.quiz.page_items import BANK, ITEMS, MISCONCEPTIONS

from dlgrade.markup import html
from dlgrade.quiz import Item, WrongNumber
from dlgrade.quiz._numbers import typed_number
from dlgrade.quiz._page import page
from dlgrade.quiz._score import right_sides, score

NUMBERS = """
24|24.0|24.|+24|-24|024|2.4e1|2,4e1|240e-1|48/2|24 / 1|24pixels|24 Pixels|24 PIXELS|pixels|24 px|2 4|23|23.0|23,00
28|28.1|23.999999999|24.00000001|24.0000001|0.24e2|.24e2|,24e2|24,0|24,00|24,000|24.000|24.000,0|1,234|1,234.5|1.234,5
1.234.567|1,234,567|1,23,456|01,234|1 234|1 234,5|1 234.5|12 34|1_234|1'234|1’234|1 234 567|1 1/2|3/4|3/0|3/|/3|1/2/3
0/5|-0.25|−0.25|–0.25|-.25|-,25|-1/4|1/-4|0.25|-0.2505|-0.2506|-0.2513|-0.25126|-0.2499|-25e-2|-2.5E-1|1e400|-1e400|1e99999
nan|inf|Infinity|0x18|0b1|1e|e5|1e+|1e5|--24|+-24|٢٤|２４|24%|x|..|.|,|-|+|1..2|1,,2|1e5.5|twenty|5.e3|5e|1,5e3
1.5,5|24\t|\u00a024\u00a0|1\u00a0234|1\u2009234|1\u202f234|'24|24'|24_|1 234_567|000|0|-0|1000,123|9,999|9.999|99.999
9.999.999,25|µ|ß
""".replace("\n", "|")
TYPED = [
    "",
    *NUMBERS.split("|"),
    "1" * 60,
    "1" * 61,
    " " * 70 + "24",
    "0." + "3" * 58,
    "1/" + "3" * 58,
]
PRINTED = [
    "torch.Size([3, 2])\ntorch.Size([3, 2])",
    "torch.Size([3,2]) torch.Size([3,2])",
    "  torch . Size ( [ 3 , 2 ] )\r\n\ttorch.Size([3, 2])\u00a0",
    "torch.Size([3, 2])torch.Size([3, 2])",
    "torch.Size([3 2])\ntorch.Size([3, 2])",
    "torch.Size([32])\ntorch.Size([3, 2])",
    "Torch.Size([3, 2])\ntorch.Size([3, 2])",
    "torch.Size([3, 2])",
    "",
    "é_1 e\u0301 漢字 ½ ٣ ² 🙂 \u200b \x1f \x85 \u3000 a\u2028b",
]


def answers(item: Item) -> Iterator[Any]:
    """Every answer that the item can be given, or for typed ones many."""
    yield None
    match item.kind:
        case "one" | "claim" | "spot":
            yield from range(len(item.options))
        case "output":
            yield from range(len(item.options)) if item.options else PRINTED
        case "several":
            places = range(len(item.options))
            for count in range(len(places) + 1):
                yield from map(list, itertools.permutations(places, count))
        case "two_tier":
            yield from map(list, itertools.product(range(len(item.options)), range(len(item.reasons))))
        case "order":
            yield from map(list, itertools.permutations(range(len(item.order))))
        case "match":
            yield from map(list, itertools.product([None, *range(len(right_sides(item)))], repeat=len(item.pairs)))
        case "number":
            yield from (text for text in TYPED if typed_number(text, item.unit) is not None)
        case "free":
            for count in range(len(item.ideas) + 1):
                yield {"text": "words", "ticked": list(range(count))}


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Page:
    path = tmp_path / "quiz.html"
    path.write_text(page(BANK, ITEMS, MISCONCEPTIONS), encoding="utf-8")
    return browser.page().open(path)


def marked(opened: Page, number: int, item: Item, given: list[Any]) -> list[dict[str, Any]]:
    return list(
        opened.run(f"{json.dumps(given)}.map((one) => mark('{item.kind}', secrets.get(questions[{number}]), one))")
    )


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_every_answer_gets_the_same_mark_in_the_page_as_from_score(item: Item, opened: Page) -> None:
    given = list(answers(item))
    wanted = [score(item, answer, MISCONCEPTIONS) for answer in given]
    found = marked(opened, ITEMS.index(item), item, given)
    for answer, mark, told in zip(given, wanted, found, strict=True):
        assert told["points"] == pytest.approx(mark.points, abs=1e-12), answer
        assert told["of"] == mark.out_of, answer
        assert tuple(told["cards"]) == mark.cards, answer
        assert [bare(text) for text in told["says"]] == [bare(html(text)) for text in mark.feedback], answer
    assert len({mark.points for mark in wanted}) > 1 or item.kind == "free"


def bare(text: str) -> str:
    """Without the paragraph that markup puts around a sentence."""
    return text.removeprefix("<p>").removesuffix("</p>")


@pytest.mark.parametrize("unit", ["", "pixels", "%", "µm", "Straße", "e3"])
def test_a_typed_number_is_read_alike(unit: str, opened: Page) -> None:
    typed = [*TYPED, *(f"{text} {unit}" for text in TYPED), *(text + unit.upper() for text in TYPED)]
    wanted = [typed_number(text, unit) for text in typed]
    found = opened.run(f"{json.dumps(typed)}.map((one) => typedNumber(one, {json.dumps(unit)}))")
    for text, one, other in zip(typed, wanted, found, strict=True):
        assert one == other, text
    assert sum(one is not None for one in wanted) > 50
    assert sum(one is None for one in wanted) > 50


def test_wrong_numbers_near_each_other_are_told_apart_alike(browser: Browser, tmp_path: Path) -> None:
    base = next(item for item in ITEMS if item.id == "hand/small")
    items = [
        dataclasses.replace(base, id=f"hand/n{place}", number=number, tolerance=tolerance, wrong_numbers=wrong)
        for place, (number, tolerance, wrong) in enumerate(
            [
                (0.1 + 0.2, 0.0, (WrongNumber(0.3001, "no-plus-one"), WrongNumber(0.3002, "pool-learns"))),
                (1e15, 1e6, (WrongNumber(1e15 + 3e6, "no-plus-one"), WrongNumber(-1e15, "pool-learns"))),
                (61_706, 6.2e-5, (WrongNumber(61_470, "no-plus-one"), WrongNumber(61_470.5, "pool-learns"))),
                (0, 0.0, (WrongNumber(1, "no-plus-one"), WrongNumber(0.001, "pool-learns"))),
                (2**61, 0.0, (WrongNumber(2**61 + 2**32, "no-plus-one"),)),
            ]
        )
    ]
    path = tmp_path / "quiz.html"
    path.write_text(page(BANK, items, MISCONCEPTIONS), encoding="utf-8")
    opened = browser.page().open(path)
    for number, item in enumerate(items):
        values = [item.number, *(wrong.value for wrong in item.wrong_numbers)]
        near = [1, 1 + 1e-10, 1 - 5e-10, 1 + 2e-9, 1.0049, 1.0051, 0.996, 0.9949]
        given = [repr(float(value) * factor) for value in values if value is not None for factor in near] + ["0.00099"]
        wanted = [score(item, answer, MISCONCEPTIONS) for answer in given]
        found = marked(opened, number, item, given)
        assert [(told["points"], tuple(told["cards"])) for told in found] == [(m.points, m.cards) for m in wanted]
