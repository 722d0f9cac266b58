"""QTI 2.1: packages as the schema wants them, and items that mark as dlgrade does."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from itertools import product
from xml.etree import ElementTree

import pytest
from tests.exports.conftest import HOSTILE_RAW, KINDS, SHOWN, hostile, kinds, puts_of, wanted_of, written
from tests.exports.qti21 import MATH, QTI, Element, Player, faults
from tests.quiz.conftest import Course

from dlgrade.exports._nouns import Put, Wanted
from dlgrade.exports._qti import identifier
from dlgrade.quiz import score


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def items(data: bytes) -> dict[str, Element]:
    """The items by their titles, which are our ids."""
    found = {}
    for name, content in unpacked(data).items():
        if name.startswith("items/"):
            element = ElementTree.fromstring(content)
            assert faults(element) == [], name
            assert name == f"items/{element.get('identifier')}.xml"
            found[element.get("title") or ""] = element
    return found


def text(element: Element | None) -> str:
    assert element is not None
    return "".join(element.itertext())


def named(item: Element) -> dict[str, str]:
    """Names of the choices by their texts."""
    return {
        text(one): one.get("identifier") or ""
        for tag in ("simpleChoice", "simpleAssociableChoice")
        for one in item.iter(f"{QTI}{tag}")
    }


def test_every_shipped_item_is_as_the_schema_wants_it(exported: Callable[[str], object], shipped: Wanted) -> None:
    content = exported("qti21")
    puts = puts_of(shipped)
    assert set(items(content.data)) == set(puts)  # type: ignore[attr-defined]
    assert content.left_out == {}  # type: ignore[attr-defined]
    orders = {"/".join(name.split("/")[:2]) for name, put in puts.items() if put.form == "order"}
    assert set(content.changed) == orders  # type: ignore[attr-defined]


def test_the_package_is_whole(exported: Callable[[str], object]) -> None:
    check = pytest.importorskip("qti_package_maker.common.package_integrity")
    files = unpacked(exported("qti21").data)  # type: ignore[attr-defined]
    assert check.check_entries(files) == []
    manifest = ElementTree.fromstring(files["imsmanifest.xml"])
    listed = {one.get("href") for one in manifest.iter() if one.tag.endswith("}file")}
    assert listed == set(files) - {"imsmanifest.xml"}
    names = [one.get("identifier") for one in manifest.iter() if one.tag.endswith("}resource")]
    assert len(set(names)) == len(names)


def test_tests_name_every_item_and_select_one_of_the_draws(exported: Callable[[str], object], shipped: Wanted) -> None:
    files = unpacked(exported("qti21").data)  # type: ignore[attr-defined]
    for sheet in shipped.sheets:
        test = ElementTree.fromstring(files[f"tests/{identifier(sheet.bank.id)}.xml"])
        assert faults(test) == []
        named_there = {one.get("href") for one in test.iter(f"{QTI}assessmentItemRef")}
        wanted = {f"../items/{identifier(put.id)}.xml" for family in sheet.families for put in family.puts}
        assert named_there == wanted
        groups = [one for one in test.iter(f"{QTI}assessmentSection") if one.find(f"{QTI}selection") is not None]
        assert len(groups) == sum(family.varied for family in sheet.families)


def answers(put: Put, item: Element) -> list[tuple[object, object]]:
    """Answers to try: as the item takes them, and as dlgrade does."""
    place = {option.text: i for i, option in enumerate(put.item.options)}
    names = [one.get("identifier") for one in item.iter(f"{QTI}simpleChoice")]
    match put.form:
        case "choice" if put.item.kind == "two_tier":
            return [(name, None) for name in names]
        case "choice" if put.item.kind == "spot":
            return [(name, int(choice.label) - 1) for name, choice in zip(names, put.choices, strict=True)]
        case "choice" | "claim":
            return [(name, place[choice.text]) for name, choice in zip(names, put.choices, strict=True)]
        case "choices":
            takes = list(product([False, True], repeat=min(len(names), 4)))
            return [
                (
                    [name for name, taken in zip(names, take, strict=False) if taken],
                    [place[choice.text] for choice, taken in zip(put.choices, take, strict=False) if taken],
                )
                for take in takes
                if any(take)
            ]
        case "number":
            assert put.item.number is not None
            tried = [put.item.number, put.item.number + 3 * put.item.tolerance + 1, *(one.value for one in put.wrong)]
            return [(float(value), float(value)) for value in tried]
        case "typed":
            return [(answer, answer) for answer in (*put.answers, "something else")]
        case "match":
            sides = dict.fromkeys([*(right for _, right in put.pairs), *put.item.distractors])
            taken = [[sides_of for _ in put.pairs] for sides_of in sides] + [[right for _, right in put.pairs]]
            return [
                (
                    [f"left{i} right{put.sides.index(side) + 1}" for i, side in enumerate(row, 1)],
                    [list(sides).index(side) for side in row],
                )
                for row in taken
            ]
    return []


def test_items_mark_as_dlgrade_does(exported: Callable[[str], object], shipped: Wanted) -> None:
    found, tried = items(exported("qti21").data), 0  # type: ignore[attr-defined]
    for name, put in puts_of(shipped).items():
        player = Player(found[name])
        for theirs, ours in answers(put, found[name]):
            points = player.answer(theirs)["SCORE"]
            if ours is not None:
                assert points == pytest.approx(score(put.item, ours).points), (name, theirs)
            tried += 1
        if put.form != "essay":
            right = player.correct if player.cardinality != "single" else player.correct[0]
            assert player.answer(float(str(right)) if player.kind == "float" else right)["SCORE"] == 1, name
            assert player.answer(None)["SCORE"] == 0
    assert tried > 1500


def test_who_errs_is_told_why(course: Course) -> None:
    found = items(written("qti21", kinds(course)).data)
    one = Player(found["mini/one"])
    one.answer(named(one.item)["That"])
    assert [text(said) for said in one.said()] == ["It is not so.", "So it is."]
    one.answer(named(one.item)["This"])
    assert [text(said) for said in one.said()] == ["So it is."]
    number = Player(found["mini/number/0"])
    number.answer(4 * float(number.correct[0]))
    assert next(text(said) for said in number.said()) == "It is not so."
    several = Player(found["mini/several"])
    several.answer([named(several.item)["Gamma"], named(several.item)["Delta"]])
    assert {text(said) for said in several.said()} == {"It is not so.", "No.", "So they are."}


def test_an_order_has_all_points_or_none_and_this_is_said(course: Course) -> None:
    content = written("qti21", kinds(course))
    assert content.changed == {"mini/order": "QTI 2.1 cannot mark a part of an order; it has all points or none"}
    player = Player(items(content.data)["mini/order"])
    names = named(player.item)
    right = [names[word] for word in ("First", "Second", "Third", "Fourth")]
    assert player.answer(right)["SCORE"] == 1
    assert player.answer(right[::-1])["SCORE"] == 0
    assert [one.get("identifier") for one in player.item.iter(f"{QTI}simpleChoice")] != right


def test_a_reflection_has_no_points_and_its_ideas_for_who_marks_it(course: Course) -> None:
    item = items(written("qti21", kinds(course)).data)["mini/free"]
    rubric = next(item.iter(f"{QTI}rubricBlock"))
    assert rubric.get("view") == "scorer"
    assert "Another idea" in text(rubric)
    most = next(one for one in item.iter(f"{QTI}outcomeDeclaration") if one.get("identifier") == "MAXSCORE")
    assert text(most) == "0"


def test_formulas_are_mathml(course: Course) -> None:
    item = items(written("qti21", kinds(course)).data)["mini/formula"]
    body = item.find(f"{QTI}itemBody")
    assert body is not None
    assert [one.tag for one in body.iter() if one.tag.endswith("}mfrac")] == [f"{MATH}mfrac"]
    assert "$HOME" in text(body)
    assert len([one for one in item.iter() if one.tag == f"{MATH}msup"]) == 1


def test_a_figure_is_a_file_of_the_package(course: Course) -> None:
    data = written("qti21", kinds(course)).data
    (image,) = items(data)["mini/figure/0"].iter(f"{QTI}img")
    assert unpacked(data)[(image.get("src") or "").removeprefix("../")].startswith(b"<svg")
    assert (image.get("alt") or "").startswith('A line "through" 0 with slope ')


def test_hostile_text_arrives_as_text(course: Course) -> None:
    found = items(written("qti21", hostile(course)).data)
    assert len(found) == 11
    for name, item in found.items():
        assert SHOWN in text(item.find(f"{QTI}itemBody")), name
        assert SHOWN in text(list(item.iter(f"{QTI}modalFeedback"))[-1]), name
    assert SHOWN in named(found["mini/one"])
    assert f"{SHOWN} 1" in named(found["mini/match"])
    assert next(found["mini/figure"].iter(f"{QTI}img")).get("alt") == HOSTILE_RAW
    assert Player(found["mini/output"]).correct == [HOSTILE_RAW]


def test_links_and_tables_lose_only_what_the_schema_has_not(course: Course) -> None:
    question = """\
        q:
          objective: aim
          ask: |
            See [this](https://example.org/?a=1&b=2).

            | a | b |
            |--:|:--|
            | 1 | 2 |
          claim: true
          misconception: belief
          because: So.
    """
    (item,) = items(written("qti21", wanted_of(course, question)).data).values()
    assert next(item.iter(f"{QTI}a")).attrib == {"href": "https://example.org/?a=1&b=2"}
    assert [text(one) for one in item.iter(f"{QTI}td")] == ["1", "2"]


def test_ids_and_bytes_stay(course: Course) -> None:
    first = written("qti21", kinds(course)).data
    assert written("qti21", kinds(course)).data == first
    changed = wanted_of(course, KINDS.lstrip("\n").replace("Which one?", "Which of them?"))
    assert set(unpacked(first)) == set(unpacked(written("qti21", changed).data))


def test_identifiers_are_those_that_qti_allows() -> None:
    assert identifier("quiz8/pool-weights/3") == "quiz8.pool-weights.3"
    assert identifier("2nd/q") == "_2nd.q"
