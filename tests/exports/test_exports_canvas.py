"""QTI 1.2 for Canvas, through text2qti; the package is checked by qti-package-maker."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from tests.exports.conftest import HOSTILE_RAW, KINDS, SHOWN, Seen, hostile, kinds, puts_of, seen, wanted_of, written
from tests.quiz.conftest import Course

from dlgrade.exports._nouns import Content, Wanted

pytest.importorskip("text2qti")
QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
BASE = "%24IMS-CC-FILEBASE%24"


@dataclass
class Item:
    """One item as Canvas would have it; texts are HTML."""

    id: str
    title: str
    kind: str
    points: float
    stem: str
    choices: dict[str, str]
    right: list[str]
    told: dict[str, str]
    element: ElementTree.Element


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def read(data: bytes) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for name, content in unpacked(data).items():
        if name.endswith(".xml") and b"<questestinterop" in content:
            for element in ElementTree.fromstring(content).iter(f"{QTI}item"):
                one = item(element)
                assert one.title not in found
                found[one.title] = one
    assert len({one.id for one in found.values()}) == len(found)
    return found


def item(element: ElementTree.Element) -> Item:
    meta = {
        one.findtext(f"{QTI}fieldlabel"): one.findtext(f"{QTI}fieldentry") or ""
        for one in element.iter(f"{QTI}qtimetadatafield")
    }
    told = {
        one.get("ident") or "": one.findtext(f".//{QTI}mattext") or "" for one in element.iter(f"{QTI}itemfeedback")
    }
    shown = {one.get("linkrefid") for one in element.iter(f"{QTI}displayfeedback")}
    assert set(told) <= shown
    scored = [one for one in element.iter(f"{QTI}respcondition") if one.find(f"{QTI}setvar") is not None]
    return Item(
        element.get("ident") or "",
        element.get("title") or "",
        meta["question_type"],
        float(meta["points_possible"]),
        element.findtext(f"{QTI}presentation/{QTI}material/{QTI}mattext") or "",
        {
            one.get("ident") or "": one.findtext(f".//{QTI}mattext") or ""
            for one in element.iter(f"{QTI}response_label")
            if one.find(f"{QTI}material") is not None
        },
        [
            equal.text or ""
            for condition in scored
            for equal in condition.iter(f"{QTI}varequal")
            if equal not in [inner for no in condition.iter(f"{QTI}not") for inner in no]
        ],
        told,
        element,
    )


def right(one: Item) -> set[str]:
    return {seen(one.choices[name]) for name in one.right}


def bare(item_name: str) -> str:
    return item_name.removeprefix("mini/").split("/")[0]


def test_every_shipped_item_arrives_and_what_changed_is_named(
    exported: Callable[[str], Content], shipped: Wanted
) -> None:
    content = exported("qti12")
    found, puts = read(content.data), puts_of(shipped)
    assert set(found) == set(puts)
    assert content.left_out == {}
    for name, put in puts.items():
        one = found[name]
        seen(one.stem)
        for html in (*one.told.values(), *one.choices.values()):
            seen(html)
        if put.form in ("order", "essay"):
            assert "/".join(name.split("/")[:2]) in content.changed
        if put.form in ("choice", "choices"):
            assert len(one.right) == sum(choice.right for choice in put.choices)


def test_the_package_is_whole(exported: Callable[[str], Content]) -> None:
    from qti_package_maker.common.package_integrity import check_entries

    files = unpacked(exported("qti12").data)
    # Canvas's own word for the folder of the files, which the check does not know.
    entries = {
        name: data.replace(BASE.encode(), b"..") if name.endswith(".xml") else data for name, data in files.items()
    }
    assert check_entries(entries) == []
    manifest = ElementTree.fromstring(files["imsmanifest.xml"])
    listed = {one.get("href") for one in manifest.iter() if one.tag.endswith("}file")}
    assert listed == set(files) - {"imsmanifest.xml"}


def test_each_kind_becomes_its_type(course: Course) -> None:
    content = written("qti12", kinds(course))
    assert {bare(name): one.kind for name, one in read(content.data).items()} == {
        "one": "multiple_choice_question", "several": "multiple_answers_question", "number": "numerical_question",
        "order": "matching_question", "match": "matching_question", "claim": "true_false_question",
        "output": "short_answer_question", "output-chosen": "multiple_choice_question",
        "two-tier": "multiple_choice_question", "spot": "multiple_choice_question", "free": "essay_question",
        "figure": "numerical_question", "formula": "true_false_question",
    }  # fmt: skip
    assert content.changed == {
        "mini/order": "text2qti has no orders; written as a matching of positions",
        "mini/free": "Canvas has nothing to tick; the ideas of a good answer are in the feedback",
    }


def test_right_and_wrong_answers_with_what_is_said_of_them(course: Course) -> None:
    found = read(written("qti12", kinds(course)).data)
    one = found["mini/one"]
    assert right(one) == {"This"}
    told = {seen(text): seen(one.told.get(f"{name}_fb", "")) for name, text in one.choices.items()}
    assert told == {"This": "", "That": "It is not so.", "Not x < 1 & so": "It is not."}
    assert seen(one.told["general_fb"]) == "So it is."
    assert right(found["mini/several"]) == {"Alpha", "Beta"}
    assert right(found["mini/claim"]) == {"False"}
    assert set(found["mini/output"].right) == {"(1, 2) [3]", "(1,2)[3]", "(1, 2)[3]"}
    number = found["mini/number/0"]
    low, high = (float(number.element.findtext(f".//{QTI}{name}") or "") for name in ("vargte", "varlte"))
    assert high - low == pytest.approx(0.02)
    assert "kg: It is not so." in seen(number.told["general_incorrect_fb"])


def test_a_matching_says_what_belongs_to_what(course: Course) -> None:
    found = read(written("qti12", kinds(course)).data)
    for name, wanted in {
        "mini/match": {"one": "uno", "two": "due", "also one": "uno"},
        "mini/order": {"First": "1", "Second": "2", "Third": "3", "Fourth": "4"},
    }.items():
        element, choices = found[name].element, found[name].choices
        lefts = {
            one.get("ident"): one.findtext(f"{QTI}material/{QTI}mattext") for one in element.iter(f"{QTI}response_lid")
        }
        pairs = {lefts[one.get("respident")]: choices[one.text or ""] for one in element.iter(f"{QTI}varequal")}
        assert pairs == wanted
    assert "tre" in found["mini/match"].choices.values()


def test_canvas_picks_one_of_the_draws_and_counts_it_once(course: Course) -> None:
    files = unpacked(written("qti12", kinds(course)).data)
    (assessment,) = (data for data in files.values() if b"<questestinterop" in data)
    groups = [
        one
        for one in ElementTree.fromstring(assessment).iter(f"{QTI}section")
        if one.find(f"{QTI}selection_ordering") is not None
    ]
    assert [len(one.findall(f"{QTI}item")) for one in groups] == [3, 3]
    assert {one.findtext(f".//{QTI}selection_number") for one in groups} == {"1"}
    (meta,) = (data.decode() for name, data in files.items() if name.endswith("assessment_meta.xml"))
    assert set(re.findall(r"<points_possible>([\d.]+)<", meta)) == {"12.0"}  # thirteen questions, one a reflection


def test_what_canvas_cannot_keep_as_a_number_is_compared_as_text(course: Course) -> None:
    for number, tolerance in (("0", "0"), ("1/80000", "1/8000000")):
        question = f"""\
            q:
              objective: aim
              ask: How much?
              number: {number}
              tolerance: {tolerance}
              wrong_numbers: {{1 + 1: belief}}
              because: So.
        """
        content = written("qti12", wanted_of(course, question))
        (one,) = read(content.data).values()
        assert one.kind == "short_answer_question"
        assert float(one.right[0]) == eval(number)
        assert "four decimals" in content.changed["mini/q"]


class Equations(HTMLParser):
    """Formulas as Canvas keeps them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if dict(attrs).get("class") == "equation_image":
            self.found.append(dict(attrs)["data-equation-content"] or "")


def test_formulas_are_those_of_canvas(course: Course) -> None:
    one = read(written("qti12", kinds(course)).data)["mini/formula"]
    assert Equations(one.stem).found == [r"\frac{a}{b} < 1 \& c"]
    assert Equations(one.told["general_fb"]).found == ["x^2"]
    assert seen(one.stem) == "Is  or $HOME or $5?"


def test_a_figure_is_a_file_of_the_package(course: Course) -> None:
    content = written("qti12", kinds(course))
    stem = Seen(read(content.data)["mini/figure/0"].stem)
    assert unpacked(content.data)[stem.sources[0].removeprefix(f"{BASE}/")].startswith(b"<svg")


def test_hostile_text_arrives_as_text(course: Course) -> None:
    found = read(written("qti12", hostile(course)).data)
    assert len(found) == 11
    for one in found.values():
        assert SHOWN in seen(one.stem), one.title
        assert SHOWN in seen(one.told["general_fb"]), one.title
    assert right(found["mini/one"]) == {SHOWN}
    assert Seen(found["mini/figure"].stem).alts == [HOSTILE_RAW]
    assert found["mini/output"].right[0] == HOSTILE_RAW
    assert f"{SHOWN} 1" in found["mini/match"].choices.values()


@pytest.mark.parametrize(
    "line", [r"\num{12} \SI{3}{m}", "1. a", "*a) b", "[*] c", "...", "GROUP", "= 5", "<!-- d -->", "% e"]
)
def test_words_of_text2qti_in_a_bank_are_words(course: Course, line: str) -> None:
    wanted = wanted_of(course, f"""\
        q:
          objective: aim
          ask: |
            ```
            {line}
            ```
          right: '`{line}`'
          wrong: [{{text: '`{line}` no', because: 'No: `{line}`'}}, {{text: b, because: No.}}]
          because: 'So: `{line}`'
          cards: [card]
        p: {{objective: aim, ask: 'What, `{line}`', runs: x, prints: '{line}', because: So., cards: [card]}}
    """)  # fmt: skip
    found = read(written("qti12", wanted).data)
    one = found["mini/q"]
    assert seen(one.stem) == line
    assert right(one) == {line}
    assert seen(one.told["general_fb"]) == f"So: {line}"
    assert f"No: {line}" in {seen(text) for text in one.told.values()}
    assert found["mini/p"].right[0] == line


def test_ids_stay_when_words_change_and_bytes_when_nothing_does(course: Course) -> None:
    first = written("qti12", kinds(course)).data
    assert written("qti12", kinds(course)).data == first
    changed = wanted_of(course, KINDS.lstrip("\n").replace("Which one?", "Which of them?"))
    before, after = read(first), read(written("qti12", changed).data)
    assert {name: one.id for name, one in before.items()} == {name: one.id for name, one in after.items()}
    assert before["mini/one"].stem != after["mini/one"].stem
    assert set(unpacked(first)) == set(unpacked(written("qti12", changed).data))
