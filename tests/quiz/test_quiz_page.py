"""The source of the page: self-contained, the same for the same items, silent about the answers, hostile text tamed."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from base64 import b64decode, b64encode
from collections import Counter
from html import unescape
from html.parser import HTMLParser

import pytest
from tests.quiz.page_items import BANK, FIGURE, ITEMS, MISCONCEPTIONS

from dlgrade import markup
from dlgrade.course import Misconception
from dlgrade.quiz import Bank, Item, Option
from dlgrade.quiz._page import page
from dlgrade.quiz._score import right_answer

ATTACK = (
    '</script><script>hacked=1</script><img src=x onerror=hacked=1>" \' onclick="hacked=1" `<b>` '
    "\u2028\u2029\x1b[31m\u202e{{7*7}}"
)


class Tags(HTMLParser):
    """The elements of a page with their attributes, and the text between."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def source() -> str:
    return page(BANK, ITEMS, MISCONCEPTIONS)


def put(item: Item, **changes: object) -> str:
    """The page of a single item."""
    return page(BANK, [dataclasses.replace(item, **changes)], MISCONCEPTIONS)


def test_the_same_items_give_the_same_page(source: str) -> None:
    assert page(BANK, ITEMS, MISCONCEPTIONS) == source


def test_every_change_of_the_content_gives_the_page_another_key(source: str) -> None:
    def key(text: str) -> str:
        return re.findall(r'data-key="(\w+)"', text)[0]

    said = dict(MISCONCEPTIONS)
    said["no-plus-one"] = dataclasses.replace(said["no-plus-one"], feedback="Something else.")
    unused = {**MISCONCEPTIONS, "unused": Misconception("unused", "A belief.", "A feedback.", ("a-card",))}
    changed = [*ITEMS[:-1], dataclasses.replace(ITEMS[-1], because="Something else.")]
    assert key(page(BANK, changed, MISCONCEPTIONS)) != key(source)
    assert key(page(BANK, ITEMS, said)) != key(source)
    assert key(page(BANK, ITEMS, unused)) == key(source)


def test_the_policy_allows_this_script_and_this_style_and_nothing_else(source: str) -> None:
    policy = next(one["content"] for one in Tags(source).of("meta") if one.get("http-equiv"))
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", source, re.DOTALL)
        digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules.pop(f"{tag}-src") == f"'sha256-{digest}'"
    assert rules == {"default-src": "'none'", "img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}


def test_the_page_has_no_address_but_those_of_its_own_parts(source: str) -> None:
    addresses = [
        value or ""
        for _, attributes in Tags(source).found
        for name, value in attributes.items()
        if name in ("src", "href", "action", "srcset", "poster", "data")
    ]
    assert addresses
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|import\(", source)


def test_nothing_that_answers_stands_in_the_source_in_plain(source: str) -> None:
    items = {item.id: item for item in ITEMS}
    secrets = [item.because for item in ITEMS if item.because]
    secrets += [one.feedback for one in MISCONCEPTIONS.values()]
    secrets += [option.because for item in ITEMS for option in (*item.options, *item.reasons) if option.because]
    secrets += [card for item in ITEMS for card in item.cards]
    secrets += [*items["hand/explain"].ideas, items["hand/printed"].printed, items["hand/faulty"].mend.strip()]
    secrets += [right_answer(items[f"hand/{key}"]) for key in ("step", "roles", "faulty", "conv-size/7")]
    # The program of the page itself is no secret and may hold a word such as `mend`.
    shown = unescape(re.sub(r"<(script|style)>.*?</\1>", "", source, flags=re.DOTALL))
    assert len(secrets) >= 40
    for secret in secrets:
        for form in (secret, markup.html(secret), markup.plain(secret), unescape(markup.html(secret, inline=True))):
            assert form not in shown, secret
            assert all(piece not in source for piece in in_base64(form) if len(piece) > 10), secret


def in_base64(text: str) -> list[str]:
    """How a text looks within base64, at each of the three places where it can begin."""
    return [b64encode(b" " * skip + text.encode()).decode()[4:-4] for skip in range(3)]


def test_no_number_that_decides_stands_in_the_source() -> None:
    item = next(item for item in ITEMS if item.kind == "number")
    wrong = (dataclasses.replace(item.wrong_numbers[0], value=71_932),)
    source = put(item, number=71_931, tolerance=0.7193, wrong_numbers=wrong)
    assert "7193" not in source
    assert "71,93" not in source


def test_the_names_of_questions_which_may_tell_much_are_not_in_the_source(source: str) -> None:
    assert not [item.id for item in ITEMS if item.id in source]


def test_the_place_of_an_option_in_the_source_does_not_tell_that_it_is_right() -> None:
    base = ITEMS[0]
    options = (Option("right one", right=True), *(Option(f"wrong {n}", because="No.") for n in range(3)))
    items = [dataclasses.replace(base, id=f"hand/{n}", options=options) for n in range(200)]
    shown = re.findall(r'name="(q\d+)-0" value="(\d)"><span class="words">right one', page(BANK, items, {}))
    counts = Counter(place for _, place in shown)
    assert sum(counts.values()) == 200
    assert all(30 < counts[place] < 70 for place in "0123"), counts


def test_a_claim_asks_true_before_false_whichever_is_right() -> None:
    claim = next(item for item in ITEMS if item.kind == "claim")
    for right, wrong in (("True", "False"), ("False", "True")):
        source = put(claim, options=(Option(right, right=True), Option(wrong)))
        assert re.findall(r'<span class="words">(True|False)</span>', source) == ["True", "False"]


def test_a_figure_is_an_image_with_its_words_in_which_nothing_can_run() -> None:
    item = next(item for item in ITEMS if item.figure)
    evil = FIGURE.replace("<rect", "<script>hacked=1</script><rect")
    (image,) = Tags(put(item, figure=evil)).of("img")
    assert image["alt"] == item.alt
    kind, data = (image["src"] or "").split(",")
    assert kind == "data:image/svg+xml;base64"
    assert b64decode(data).decode() == evil


def test_a_table_is_aligned_by_classes_since_the_policy_forbids_styles(source: str) -> None:
    assert '<td class="to-right">2C</td>' in source
    assert all("style" not in attributes for _, attributes in Tags(source).found)


def test_each_line_of_a_program_is_whole_for_itself_and_none_is_lost() -> None:
    item = next(item for item in ITEMS if item.kind == "spot")
    lines = re.findall(r'<code class="words">(.*?)</code>', put(item), re.DOTALL)
    assert [unescape(re.sub(r"<[^>]+>", "", line)).rstrip("\n") for line in lines] == item.code.split("\n")
    assert all(line.count("<span") == line.count("</span>") for line in lines)
    assert 'class="text"' in lines[-1]  # the string that began a line before


def hostile(item: Item) -> Item:
    """The item with an attack in every text."""
    return dataclasses.replace(
        item,
        ask=ATTACK,
        because=ATTACK,
        options=tuple(dataclasses.replace(one, text=ATTACK, because=ATTACK) for one in item.options),
        reasons=tuple(dataclasses.replace(one, text=ATTACK, because=ATTACK) for one in item.reasons),
        reason_ask=ATTACK,
        unit=ATTACK if item.unit else "",
        order=tuple(f"{place} {ATTACK}" for place, _ in enumerate(item.order)),
        pairs=tuple((ATTACK, f"{place} {ATTACK}") for place, _ in enumerate(item.pairs)),
        code="\n".join([ATTACK] * max(1, len(item.options))) if item.code else "",
        printed=ATTACK,
        mend=ATTACK,
        ideas=(ATTACK,),
        alt=ATTACK,
    )


def hostile_page() -> str:
    bank: Bank = dataclasses.replace(BANK, title=ATTACK, objectives=dict.fromkeys(BANK.objectives, ATTACK))
    known = {tag: dataclasses.replace(one, feedback=ATTACK, belief=ATTACK) for tag, one in MISCONCEPTIONS.items()}
    return page(bank, [hostile(item) for item in ITEMS], known)


def test_hostile_text_stays_text_in_the_source(source: str) -> None:
    found = Tags(hostile_page())
    assert len(found.of("script")) == 1
    assert {name for name, _ in found.found} <= {name for name, _ in Tags(source).found}
    assert not [name for _, attributes in found.found for name in attributes if name.startswith("on")]
    assert not re.search("[\x00-\x08\x0b-\x1f\u2028\u2029\u202e]", hostile_page())
    assert "{{7*7}}" in hostile_page()


@pytest.mark.parametrize("items", [(), ITEMS[:1]])
def test_a_short_quiz_is_a_page_too(items: tuple[Item, ...]) -> None:
    source = page(BANK, items, MISCONCEPTIONS)
    assert source.count('<section class="question"') == len(items)
    assert f"{len(items)} question{'' if len(items) == 1 else 's'}." in source


def test_only_objectives_that_are_examined_are_in_the_result(source: str) -> None:
    assert "Examined by no question here" not in source
    assert "Read a training loop" in source
