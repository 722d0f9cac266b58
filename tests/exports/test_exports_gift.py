"""GIFT, read by the rules of Moodle's own reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from tests.exports.conftest import HOSTILE_RAW, SHOWN, Seen, hostile, kinds, puts_of, seen, wanted_of, written
from tests.quiz.conftest import Course

from dlgrade.exports._nouns import Content, Wanted

# Moodle's own placeholders are words; these are signs that no bank has.
HELD = {
    "\\:": "\ue001",
    "\\#": "\ue002",
    "\\=": "\ue003",
    "\\{": "\ue004",
    "\\}": "\ue005",
    "\\~": "\ue006",
    "\\n": "\ue007",
}


@dataclass
class Question:
    """One question as Moodle would have it."""

    id: str
    name: str
    category: str
    stem: str
    kind: str
    told: str
    answers: list[tuple[float, str, str]] = field(default_factory=list)  # share, text, what is said


def held(text: str) -> str:
    """Moodle's `escapedchar_pre`: signs behind a backslash act no more."""
    text = text.replace("\\\\", "\ue000")
    for escaped, place in HELD.items():
        text = text.replace(escaped, place)
    return text.replace("\ue000", "\\")


def freed(text: str) -> str:
    """Moodle's `escapedchar_post`."""
    for escaped, place in HELD.items():
        text = text.replace(place, escaped[1] if escaped != "\\n" else "\n")
    return text.strip()


def read(data: bytes) -> list[Question]:
    """Questions are parted by blank lines, comments and categories are lines of their own."""
    category, found = "", []
    for block in re.split(r"\n[ \t]*\n", data.decode()):
        comments = [line for line in block.split("\n") if line.strip().startswith("//")]
        text = held("\n".join(line for line in block.split("\n") if not line.strip().startswith("//")).strip())
        if text.startswith("$CATEGORY:"):
            category = text.removeprefix("$CATEGORY:").strip()
        elif text:
            found.append(question(text, category, comments))
    return found


def question(text: str, category: str, comments: list[str]) -> Question:
    (comment,) = comments
    (name_id,) = re.findall(r"\[id:([^\x00-\x1F\x7F\]]+)\]", comment)
    assert text.startswith("::")
    name, _, rest = text[2:].partition("::")
    assert (rest.count("{"), rest.count("}")) == (1, 1)
    assert rest.endswith("}")
    stem, _, inside = rest[:-1].partition("{")
    assert stem.startswith("[html]")
    inside, _, told = inside.partition("####")
    found = Question(name_id, freed(name), category, freed(stem.removeprefix("[html]")), "", freed(told))
    answers(found, inside.strip())
    return found


def answers(found: Question, inside: str) -> None:
    if not inside:
        found.kind = "essay"
    elif inside[0] == "#":
        found.kind = "numerical"
        found.answers = [one_answer(part) for part in inside[1:].split("=") if part.strip()]
    elif "~" in inside:
        found.kind = "multichoice"
        found.answers = [one_answer(part, sign) for sign, part in re.findall(r"([=~])([^=~]*)", inside)]
    elif "=" in inside and "->" in inside:
        found.kind = "matching"
        for part in inside.split("=")[1:]:
            left, arrow, right = part.partition("->")
            assert arrow
            found.answers.append((100.0, freed(left), freed(right)))
    elif inside.split("#")[0] in ("TRUE", "FALSE"):
        found.kind = "truefalse"
        truth, _, told = inside.partition("#")
        found.answers = [(100.0, truth, freed(told))]
    else:
        found.kind = "shortanswer"
        found.answers = [one_answer(part) for part in inside.split("=") if part.strip()]


def one_answer(part: str, sign: str = "=") -> tuple[float, str, str]:
    part = part.strip()
    share = 100.0 if sign == "=" else 0.0
    weight = re.match(r"%(-?[0-9]{1,3}\.?[0-9]*)%", part)
    if weight:
        share, part = float(weight[1]), part[weight.end() :]
    text, _, told = part.partition("#")
    return share, freed(text), freed(told)


def by_id(content: Content) -> dict[str, Question]:
    found = read(content.data)
    assert len({one.id for one in found}) == len(found)
    return {one.id: one for one in found}


def test_every_shipped_item_arrives_and_what_changed_is_named(
    exported: Callable[[str], Content], shipped: Wanted
) -> None:
    content = exported("gift")
    found, puts = by_id(content), puts_of(shipped)
    assert set(found) == set(puts)
    assert content.left_out == {}
    changed = {"/".join(name.split("/")[:2]) for name, put in puts.items() if put.form in ("order", "essay")}
    assert set(content.changed) == changed
    for name, one in found.items():
        assert one.stem
        seen(one.stem + one.told)
        assert one.kind != "multichoice" or len(one.answers) == len(puts[name].choices)


def test_each_kind_becomes_its_type(course: Course) -> None:
    found = by_id(written("gift", kinds(course)))
    types = {name.split("/")[1]: one.kind for name, one in found.items()}
    assert types == {
        "one": "multichoice", "several": "multichoice", "number": "numerical", "order": "matching", "match": "matching",
        "claim": "truefalse", "output": "shortanswer", "output-chosen": "multichoice", "two-tier": "multichoice",
        "spot": "multichoice", "free": "essay", "figure": "numerical", "formula": "truefalse",
    }  # fmt: skip


def test_right_and_wrong_answers_with_what_is_said_of_them(course: Course) -> None:
    found = by_id(written("gift", kinds(course)))
    told = {seen(text): (share, seen(said)) for share, text, said in found["mini/one"].answers}
    assert told == {"This": (100, ""), "That": (0, "It is not so."), "Not x < 1 & so": (0, "It is not.")}
    assert sorted(share for share, _, _ in found["mini/several"].answers) == [-50, -50, -50, 50, 50]
    right, wrong = found["mini/number/0"].answers
    value, tolerance = map(float, right[1].split(":"))
    assert (right[0], tolerance) == (100, 0.01)
    assert wrong[0] == 0
    assert float(wrong[1].split(":")[0]) == 4 * value
    assert seen(wrong[2]) == "It is not so."
    assert found["mini/claim"].answers == [(100.0, "FALSE", "<p>It is not so.</p>")]
    order = {seen(left): right for _, left, right in found["mini/order"].answers}
    assert order == {"First": "1", "Second": "2", "Third": "3", "Fourth": "4"}
    assert ("", "tre") in [(left, right) for _, left, right in found["mini/match"].answers]
    assert seen(found["mini/free"].told) == "A good answer has:One ideaAnother idea"


def test_categories_are_those_of_moodle_xml(course: Course) -> None:
    found = by_id(written("gift", kinds(course)))
    assert found["mini/one"].category == "$course$/top/A course/A small bank"
    assert found["mini/number/0"].category == "$course$/top/A course/A small bank/number"


def test_a_figure_stands_in_the_text(course: Course) -> None:
    one = Seen(by_id(written("gift", kinds(course)))["mini/figure/0"].stem)
    assert one.sources[0].startswith("data:image/svg+xml;base64,")
    assert one.alts[0].startswith('A line "through" 0 with slope ')


def test_formulas_keep_their_backslashes(course: Course) -> None:
    one = by_id(written("gift", kinds(course)))["mini/formula"]
    assert seen(one.stem) == r"Is \(\frac{a}{b} < 1 \& c\) or $HOME or $5?"


def test_hostile_text_arrives_as_text(course: Course) -> None:
    content = written("gift", hostile(course))
    found = by_id(content)
    assert content.left_out == {"mini/output": "GIFT takes an answer with an arrow for a matching"}
    assert len(found) == 10
    for one in found.values():
        assert SHOWN in seen(one.stem), one.id
        assert SHOWN in seen(one.told), one.id
    assert [seen(text) for share, text, _ in found["mini/one"].answers if share] == [SHOWN]
    assert Seen(found["mini/figure"].stem).alts == [HOSTILE_RAW]
    assert {seen(left) for _, left, _ in found["mini/match"].answers} == {SHOWN, "a"}
    assert {right for _, _, right in found["mini/match"].answers} == {f"{SHOWN} 1", f"{SHOWN} 2"}


@pytest.mark.parametrize("text", ["50% of it", "%50%x", "a ->b", "{", "=", "~", "#", "\\\\n", "T"])
def test_an_option_is_never_a_command(course: Course, text: str) -> None:
    question = f"""\
        q:
          objective: aim
          ask: "Which?"
          right: '{text}!'
          wrong: [{{text: 'a', because: No.}}, {{text: '{text}', because: No.}}]
          because: So.
          cards: [card]
    """
    (one,) = read(written("gift", wanted_of(course, question)).data)
    assert one.kind == "multichoice"
    plain = text.replace("\\\\", "\\")
    assert sorted((share, seen(shown)) for share, shown, _ in one.answers) == sorted(
        [(0, plain), (0, "a"), (100, plain + "!")]
    )


def test_the_same_banks_give_the_same_bytes(course: Course) -> None:
    assert written("gift", kinds(course)).data == written("gift", kinds(course)).data
