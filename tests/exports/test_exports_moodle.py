"""Moodle XML, read as strictly as Moodle reads it."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree

import pytest
from tests.exports.conftest import HOSTILE_RAW, SHOWN, Seen, hostile, kinds, puts_of, seen, wanted_of, written
from tests.quiz.conftest import Course

from dlgrade.exports._nouns import Content, Wanted
from dlgrade.quiz import score

Element = ElementTree.Element
# question/type/questiontypebase.php and question/engine/bank.php of Moodle 4.
SHARES = {0.0, 5.0, 10.0, 11.11111, 12.5, 14.28571, 16.66667, 20.0, 25.0, 30.0, 33.33333, 40.0, 50.0, 60.0, 66.66667,
          70.0, 75.0, 80.0, 83.33333, 90.0, 100.0}  # fmt: skip
SHARED = {"name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden", "idnumber", "tags"}
COMBINED = {"correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"}
OWN = {
    "multichoice": {"single", "shuffleanswers", "answernumbering", "showstandardinstruction", "answer", *COMBINED},
    "truefalse": {"answer"},
    "numerical": {"answer", "unitgradingtype", "unitpenalty", "showunits", "unitsleft"},
    "shortanswer": {"usecase", "answer"},
    "matching": {"shuffleanswers", "subquestion", "shownumcorrect", *COMBINED},
    "ordering": {"layouttype", "selecttype", "selectcount", "gradingtype", "showgrading", "numberingstyle", "answer",
                 "shownumcorrect", *COMBINED},
    "essay": {"responseformat", "responserequired", "responsefieldlines", "attachments", "attachmentsrequired",
              "graderinfo", "responsetemplate"},
}  # fmt: skip
MAY = {"multichoice": {"shownumcorrect"}}


@dataclass
class Answer:
    share: float
    text: str
    told: str
    tolerance: float = 0.0


@dataclass
class Question:
    """One question as Moodle would have it."""

    kind: str
    id: str
    name: str
    category: str
    stem: str
    told: str
    element: Element
    answers: list[Answer] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)


def text_of(parent: Element, name: str) -> str:
    (child,) = parent.findall(name)
    assert [one.tag for one in child if one.tag != "file"] == ["text"]
    return child.findtext("text") or ""


def read(data: bytes) -> list[Question]:
    """The questions of a file; whatever Moodle would refuse or misread is an error."""
    root = ElementTree.fromstring(data)
    assert root.tag == "quiz"
    category, found = "", []
    for element in root:
        assert element.tag == "question"
        if element.get("type") == "category":
            category = text_of(element, "category")
            assert category.startswith("$course$/top/")
            assert len(element.findtext("idnumber") or "") in range(1, 101)
            continue
        found.append(question(element, category))
    return found


def question(element: Element, category: str) -> Question:
    kind = element.get("type") or ""
    names = {child.tag for child in element}
    assert SHARED | OWN[kind] <= names <= SHARED | OWN[kind] | MAY.get(kind, set()), names
    for name in names - {"answer", "subquestion"}:
        assert len(element.findall(name)) == 1, name
    for name in ("questiontext", "generalfeedback"):
        assert element.find(name).get("format") == "html"  # type: ignore[union-attr]
    read_one = Question(
        kind,
        element.findtext("idnumber") or "",
        text_of(element, "name"),
        category,
        text_of(element, "questiontext"),
        text_of(element, "generalfeedback"),
        element,
        [answer(one, kind) for one in element.findall("answer")],
        {one.get("name") or "": b64decode(one.text or "", validate=True) for one in element.iter("file")},
    )
    assert len(read_one.id) in range(1, 101)
    sources = Seen(read_one.stem).sources
    assert sources == [f"@@PLUGINFILE@@/{name}" for name in read_one.files]
    CHECKS.get(kind, lambda one: None)(read_one)
    return read_one


def answer(element: Element, kind: str) -> Answer:
    share = float(element.get("fraction") or "")
    if kind != "ordering":
        assert abs(share) in SHARES
    told = text_of(element, "feedback") if element.find("feedback") is not None else ""
    return Answer(share, element.findtext("text") or "", told, float(element.findtext("tolerance") or 0))


def multichoice(one: Question) -> None:
    shares = [one_answer.share for one_answer in one.answers]
    if one.element.findtext("single") == "true":
        assert sorted(shares) == [0.0] * (len(shares) - 1) + [100.0]
    else:
        assert sum(share for share in shares if share > 0) == pytest.approx(100, abs=0.001)
        assert all(shares)


def truefalse(one: Question) -> None:
    assert sorted((answer.text, answer.share) for answer in one.answers) in (
        [("false", 0.0), ("true", 100.0)],
        [("false", 100.0), ("true", 0.0)],
    )


def numerical(one: Question) -> None:
    assert one.answers[0].share == 100  # Moodle takes the first that fits
    for one_answer in one.answers:
        float(one_answer.text)
        assert one_answer.tolerance >= 0


def ordering(one: Question) -> None:
    assert [answer.share for answer in one.answers] == [*range(1, len(one.answers) + 1)]
    assert one.element.findtext("gradingtype") == "LONGEST_ORDERED_SUBSET"


def matching(one: Question) -> None:
    rows = pairs(one)
    assert len([left for left, _ in rows if left]) >= 2
    assert len(rows) >= 2
    assert all(right for _, right in rows)


CHECKS = {
    "multichoice": multichoice,
    "truefalse": truefalse,
    "numerical": numerical,
    "ordering": ordering,
    "matching": matching,
}


def pairs(one: Question) -> list[tuple[str, str]]:
    return [(row.findtext("text") or "", text_of(row, "answer")) for row in one.element.findall("subquestion")]


def by_id(content: Content) -> dict[str, Question]:
    found = read(content.data)
    assert len({one.id for one in found}) == len(found)
    return {one.id: one for one in found}


def test_every_shipped_item_arrives_and_none_is_left_out(exported: Callable[[str], Content], shipped: Wanted) -> None:
    content = exported("moodle")
    found = by_id(content)
    assert content.left_out == {}
    assert set(found) == set(puts_of(shipped))
    for one in found.values():
        seen(one.stem + one.told + "".join(answer.told for answer in one.answers))


def test_drawn_questions_stand_in_a_category_of_their_own(course: Course) -> None:
    found = by_id(written("moodle", kinds(course)))
    drawn = {one.category for one in found.values() if one.id.startswith("mini/number")}
    assert drawn == {"$course$/top/A course/A small bank/number"}
    assert found["mini/one"].category == "$course$/top/A course/A small bank"
    assert len([name for name in found if name.startswith("mini/number/")]) == 3


def test_each_kind_becomes_its_type(course: Course) -> None:
    found = by_id(written("moodle", kinds(course)))
    types = {name.split("/")[1]: one.kind for name, one in found.items()}
    assert types == {
        "one": "multichoice", "several": "multichoice", "number": "numerical", "order": "ordering", "match": "matching",
        "claim": "truefalse", "output": "shortanswer", "output-chosen": "multichoice", "two-tier": "multichoice",
        "spot": "multichoice", "free": "essay", "figure": "numerical", "formula": "truefalse",
    }  # fmt: skip


def test_right_and_wrong_answers_with_what_is_said_of_them(course: Course) -> None:
    found = by_id(written("moodle", kinds(course)))
    told = {seen(one.text): (one.share, seen(one.told)) for one in found["mini/one"].answers}
    assert told == {"This": (100, ""), "That": (0, "It is not so."), "Not x < 1 & so": (0, "It is not.")}
    assert seen(found["mini/one"].told) == "So it is."
    number = found["mini/number/0"]
    right, wrong = number.answers
    assert float(wrong.text) == 4 * float(right.text)
    assert right.tolerance == 0.01
    assert seen(wrong.told) == "It is not so."
    assert "in kg" in seen(number.stem)
    assert pairs(found["mini/match"]) == [("one", "uno"), ("two", "due"), ("also one", "uno"), ("", "tre")]
    assert [one.text for one in found["mini/order"].answers] == ["First", "Second", "Third", "Fourth"]
    assert {one.text for one in found["mini/output"].answers} == {"(1, 2) [3]", "(1,2)[3]", "(1, 2)[3]"}
    assert "One idea" in seen(text_of(found["mini/free"].element, "graderinfo"))
    assert found["mini/free"].element.findtext("defaultgrade") == "0"


def test_an_answer_without_its_reason_earns_nothing(course: Course) -> None:
    one = by_id(written("moodle", kinds(course)))["mini/two-tier"]
    letter = re.search(r"([A-C])\. Yes", seen(one.stem))
    number = re.search(r"([1-3])\. Because\.", seen(one.stem))
    assert letter
    assert number
    assert {answer.text: answer.share for answer in one.answers if answer.share} == {
        f"{letter[1]}, because of {number[1]}": 100
    }
    assert len(one.answers) == 9


def test_a_faulty_line_is_chosen_among_the_lines_that_have_something(course: Course) -> None:
    one = by_id(written("moodle", kinds(course)))["mini/spot"]
    assert [(seen(answer.text), answer.share) for answer in one.answers] == [
        ("Line 1: x = 1", 0), ("Line 3: y = x / 0", 100), ("Line 4: print(y)", 0),
    ]  # fmt: skip
    assert one.element.findtext("shuffleanswers") == "false"
    assert seen(one.answers[2].told) == "It is not so."


def test_ticks_are_worth_what_dlgrade_gives(exported: Callable[[str], Content], shipped: Wanted) -> None:
    found = by_id(exported("moodle"))
    checked = 0
    for name, put in puts_of(shipped).items():
        if put.form == "choices":
            shares = [answer.share / 100 for answer in found[name].answers]
            texts = [answer.text for answer in put.choices]
            for taken in ({0}, {0, 1}, {1, 2}, set(range(len(shares)))):
                places = [
                    place for place, option in enumerate(put.item.options) if option.text in {texts[i] for i in taken}
                ]
                earned = max(0.0, sum(shares[i] for i in taken))
                assert earned == pytest.approx(score(put.item, places).points, abs=1e-4)
                checked += 1
    assert checked > 40


def test_a_share_that_moodle_does_not_have_leaves_the_question_out(course: Course) -> None:
    right = ", ".join(f"r{n}" for n in range(11))
    wanted = wanted_of(course, f"""\
        many:
          objective: aim
          ask: Which?
          right: [{right}]
          wrong: [{{text: w, because: No.}}]
          because: So.
          cards: [card]
    """)  # fmt: skip
    content = written("moodle", wanted)
    assert read(content.data) == []
    assert content.left_out == {"mini/many": "Moodle has no share for one of 11 right options"}


def test_a_figure_is_a_file_in_the_question(course: Course) -> None:
    found = by_id(written("moodle", kinds(course)))
    one = found["mini/figure/0"]
    (data,) = one.files.values()
    assert data.startswith(b"<svg")
    assert Seen(one.stem).alts[0].startswith('A line "through" 0 with slope ')


def test_formulas_are_left_to_mathjax_and_nothing_else_is(course: Course) -> None:
    one = by_id(written("moodle", kinds(course)))["mini/formula"]
    assert seen(one.stem) == r"Is \(\frac{a}{b} < 1 \& c\) or $HOME or $5?"
    assert r"\[x^2\]" in seen(one.told)


def test_hostile_text_arrives_as_text(course: Course) -> None:
    found = by_id(written("moodle", hostile(course)))
    assert len(found) == 11
    for one in found.values():
        assert SHOWN in seen(one.stem), one.id
        assert SHOWN in seen(one.told), one.id
        for answer in one.answers:
            seen(answer.told)
    assert found["mini/one"].category == f"$course$/top/{SHOWN}/{SHOWN}".replace("</", "<//").replace(" // ", " //// ")
    assert [seen(one.text) for one in found["mini/one"].answers if one.share] == [SHOWN]
    assert Seen(found["mini/figure"].stem).alts == [HOSTILE_RAW]
    assert found["mini/output"].answers[0].text == HOSTILE_RAW


def test_a_star_that_was_printed_is_no_wildcard(course: Course) -> None:
    question = """q: {objective: aim, ask: "What?", runs: x, prints: '2*3 *', because: So., cards: [card]}"""
    (one,) = read(written("moodle", wanted_of(course, question)).data)
    assert one.answers[0].text == r"2\*3 \*"


def test_what_no_keyboard_has_is_left_out_and_said(course: Course) -> None:
    question = r'q: {objective: aim, ask: "What?", runs: x, prints: "a\u202eb", because: So., cards: [card]}'
    for form in ("moodle", "gift", "qti12", "qti21"):
        content = written(form, wanted_of(course, question))
        assert content.left_out == {"mini/q": "the program prints nothing, or nothing that a keyboard has"}


def test_the_same_banks_give_the_same_bytes_and_another_seed_keeps_the_ids(course: Course) -> None:
    first = written("moodle", kinds(course)).data
    assert written("moodle", kinds(course)).data == first
    other = read(written("moodle", kinds(course, seed=7, count=200)).data)
    assert {one.id for one in read(first)} <= {one.id for one in other}
