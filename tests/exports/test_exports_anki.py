"""What we export, Anki's own engine imports as cards, now and the next time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.deck.conftest import Anki
from tests.exports.conftest import KINDS, SHOWN, Seen, hostile, kinds, puts_of, wanted_of, written
from tests.quiz.conftest import Course

from dlgrade.exports._cards import guid
from dlgrade.exports._nouns import Content, Wanted


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[Anki]:
    pytest.importorskip("anki.collection")
    made = Anki(tmp_path / "anki")
    yield made
    made.collection.close()


@pytest.fixture
def take(anki: Anki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    """Write banks as if at a moment given in seconds, and import them."""

    def write(wanted: Wanted, moment: float = 1_700_000_000.0) -> object:
        monkeypatch.setattr("time.time", lambda: moment)
        content = written("anki", wanted)
        monkeypatch.undo()
        assert (content.left_out, content.changed) == ({}, {})
        return anki.take(kept(content, tmp_path))

    return write


def kept(content: Content, folder: Path) -> Path:
    file = folder / "cards.apkg"
    file.write_bytes(content.data)
    return file


def sides(anki: Anki, item: str) -> tuple[str, str]:
    """Front and back of the one card of an item, as Anki shows them."""
    (note,) = anki.collection.find_notes(f'"Id:{item}"')
    (card,) = anki.collection.get_note(note).cards()
    return shown(card.question()), shown(card.answer())


def shown(html: str) -> str:
    return re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)


def words(html: str) -> str:
    return " ".join(Seen(re.sub(r"<(?=/?(?:div|p|ul|ol|li|hr)\b)", " <", html)).text.split())


def test_every_shipped_item_is_a_card(
    exported: Callable[[str], Content], shipped: Wanted, anki: Anki, tmp_path: Path
) -> None:
    log = anki.take(kept(exported("anki"), tmp_path))
    puts = puts_of(shipped)
    assert (len(log.new), log.found_notes) == (len(puts), len(puts))
    assert anki.collection.card_count() == len(puts)
    found = {anki.collection.get_note(one)["Id"] for one in anki.collection.find_notes("")}
    assert found == set(puts)
    assert list(anki.collection.media.check().missing) == []
    decks = {one.name for one in anki.collection.decks.all_names_and_ids()} - {"Default"}
    assert len(decks) == len(shipped.sheets) + 1
    for card in anki.every_card():
        assert "<script" not in shown(card.question() + card.answer())


def test_the_question_is_on_the_front_the_answer_and_the_explanation_on_the_back(
    course: Course, take: Callable[..., object], anki: Anki
) -> None:
    take(kinds(course))
    fronts = {name: words(sides(anki, f"mini/{name}")[0]) for name in
              ("one", "several", "order", "match", "claim", "output", "spot", "free", "two-tier")}  # fmt: skip
    backs = {name: words(sides(anki, f"mini/{name}")[1].partition('<hr id="answer">')[2]) for name in fronts}
    assert re.fullmatch(r"Which one\? (?=.*A\. )(?=.*B\. )(?=.*C\. )(?=.*This)(?=.*That).*", fronts["one"])
    assert backs["one"] == "This So it is. Quiz: A small bank"
    assert "Several may be right." in fronts["several"]
    assert backs["several"].startswith("Alpha Beta So they are.")
    assert backs["order"].startswith("First Second Third Fourth One after the other.")
    assert backs["match"].startswith("one → uno two → due also one → uno")
    assert "tre" in fronts["match"]
    assert fronts["claim"] == "The sun is cold. True or false?"
    assert backs["claim"].startswith("False It is hot.")
    assert backs["output"].startswith("(1, 2) [3] A tuple and a list.")
    assert "Line 3: y = x / 0 should be y = x / 1" in backs["spot"]
    assert backs["free"].startswith("A good answer has: One idea Another idea")
    assert re.search(r"[ABC], because of [123] Yes Because\. That is why\.", backs["two-tier"])
    for name, front in fronts.items():
        assert backs[name].split(" Quiz:")[0] not in front


def test_cards_have_figures_formulas_and_tags(course: Course, take: Callable[..., object], anki: Anki) -> None:
    take(kinds(course))
    assert list(anki.collection.media.check().missing) == []
    assert Seen(sides(anki, "mini/figure/0")[0]).sources[0].endswith(".svg")
    assert r"\(\frac{a}{b} &lt; 1 \&amp; c\)" in sides(anki, "mini/formula")[0]
    (note,) = anki.collection.find_notes('"Id:mini/one"')
    assert anki.collection.get_note(note).tags == ["quiz::mini::aim"]


def test_hostile_text_arrives_as_text(course: Course, take: Callable[..., object], anki: Anki) -> None:
    take(hostile(course))
    for name in ("one", "several", "order", "match", "claim", "output", "two-tier", "spot", "free", "figure"):
        front, back = sides(anki, f"mini/{name}")
        assert " ".join(SHOWN.split()) in words(front), name
        assert words(back).count(SHOWN) > words(front).count(SHOWN), name
        assert not Seen(front + back).tags & {"script", "b"}


def test_a_later_export_adds_nothing_and_brings_what_has_changed(
    course: Course, take: Callable[..., object], anki: Anki
) -> None:
    take(kinds(course))
    before = anki.collection.note_count()
    guids = {anki.collection.get_note(one)["Id"]: anki.collection.get_note(one).guid for one in
             anki.collection.find_notes("")}  # fmt: skip
    assert guids == {name: guid(name) for name in guids}
    take(wanted_of(course, KINDS.lstrip("\n").replace("Which one?", "Which of them?")), moment=1_700_000_100.0)
    assert anki.collection.note_count() == before
    assert words(sides(anki, "mini/one")[0]).startswith("Which of them?")


def test_a_quiz_and_a_deck_of_one_title_stay_apart(course: Course, take: Callable[..., object], anki: Anki) -> None:
    take(kinds(course))
    assert {one.name for one in anki.collection.decks.all_names_and_ids()} >= {"A course::Quiz: A small bank"}
