"""What we export, Anki's own engine imports as it was meant, now and the next time."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.deck.conftest import Anki, Course

from dlgrade.deck import Choice

Exported = Callable[..., Path]
NOW = 1_700_000_000.0

RICH = """\
title: Sizes
order: 10
lesson: code6
cards:
  sum:
    front: What is **1 + 1**? <script>alert(1)</script>
    back: $\\frac{1}{1} + 1$
    extra: See `sum([1, 1])`.
    tags: [sums::small, easy]
  code:
    front: |
      What is printed?

      ```python
      print("<b>" + {{}})
      ```
    back: "`TypeError`"
    source: https://example.org/a?b=1&c=2
  picture:
    front: Which function is this?
    back: ReLU
    figure: function("max(0, x)")
    alt: Zero "left" of 0, a line right of it
  picture-behind:
    cloze: The {{c1::identity::which one?}} is a line.
    figure: function("x")
    figure_on: back
    alt: A line
  clozes:
    cloze: "$k^2 \\\\cdot {{c1::\\\\frac{a}{b} }} + {{c2::x_{ij} }}$ and `model.{{c3::eval}}()` and **{{c1::more}}**"
    extra: Three of them.
"""
LATER = """\
title: Losses
order: 2
cards:
  loss: {front: "Which loss?", back: Cross-entropy}
"""


@pytest.fixture
def rich(course: Course) -> Course:
    course.deck(RICH)
    course.deck(LATER, "deck-losses")
    return course


def shown(html: str) -> str:
    return re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)


def test_every_card_arrives_in_its_deck(rich: Course, exported: Exported, anki: Anki) -> None:
    log = anki.take(exported())
    assert (len(log.new), log.found_notes) == (6, 6)
    assert anki.collection.card_count() == 5 + 3
    names = {one.name for one in anki.collection.decks.all_names_and_ids()} - {"Default"}
    assert names == {"A course", "A course::Sizes", "A course::Losses"}
    assert [anki.collection.decks.name(card.did) for card in anki.cards("loss")] == ["A course::Losses"]
    assert len(anki.cards("clozes")) == 3


def test_no_file_is_missing_and_none_is_too_many(rich: Course, exported: Exported, anki: Anki) -> None:
    anki.take(exported())
    found = anki.collection.media.check()
    assert list(found.missing) == []
    assert list(found.unused) == []
    names = re.findall(r'src="([^"]*)"', anki.note("picture")["Front"] + anki.note("picture-behind")["Extra"])
    names += re.findall(r'src="([^"]*)"', anki.note("picture-behind")["Answer"])
    assert len(names) == 2
    assert all(re.fullmatch(r"dlgrade-[0-9a-f]{16}\.svg", name) for name in names)
    folder = Path(anki.collection.media.dir())
    assert all((folder / name).read_text(encoding="utf-8").startswith("<svg") for name in names)


def test_cards_show_no_braces_no_errors_and_no_elements_of_their_own(
    rich: Course, exported: Exported, anki: Anki
) -> None:
    anki.take(exported())
    for card in anki.every_card():
        for side in (shown(card.question()), shown(card.answer())):
            assert not re.search(r"\{\{c\d|\{\{#|\{\{/|cloze:", side), side
            assert "<script" not in side
            assert "Spare" not in side


def test_text_math_and_code_of_a_card(rich: Course, exported: Exported, anki: Anki) -> None:
    anki.take(exported())
    (card,) = anki.cards("sum")
    question, answer = shown(card.question()), shown(card.answer())
    assert "What is <strong>1 + 1</strong>? &lt;script&gt;" in question
    assert r"\(\frac{1}{1} + 1\)" in answer
    assert r"\frac" not in question
    assert "See <code>sum([1, 1])</code>." in answer
    assert "assignments/code6" in answer
    assert "code6, Averages" in answer
    (card,) = anki.cards("code")
    assert '<span class="text">"&lt;b&gt;"</span>' in card.question()
    assert "{{}}" in re.sub(r"<[^>]*>", "", shown(card.question()))
    assert 'href="https://example.org/a?b=1&amp;c=2"' in card.answer()


def test_a_figure_stands_on_its_side_with_its_words(rich: Course, exported: Exported, anki: Anki) -> None:
    anki.take(exported())
    (front,), (behind,) = anki.cards("picture"), anki.cards("picture-behind")
    assert 'alt="Zero &quot;left&quot; of 0, a line right of it"' in front.question()
    assert "<img" not in behind.question()
    assert "<img" in behind.answer()


def test_each_cloze_hides_its_part_and_shows_it_after(rich: Course, exported: Exported, anki: Anki) -> None:
    anki.take(exported())
    first, second, third = anki.cards("clozes")
    assert "\\frac" not in re.sub(r'data-cloze="[^"]*"', "", shown(first.question()))
    assert "more" not in re.sub(r'data-cloze="[^"]*"', "", shown(first.question()))
    assert r"\frac{a}{b}" in shown(first.answer())
    assert r"x_{ij}" not in re.sub(r'data-cloze="[^"]*"', "", shown(second.question()))
    assert r"\cdot \frac{a}{b}" in shown(second.question())
    assert re.search(r"<code>model\.<span class=\"cloze\"[^>]*>\[...\]</span>\(\)</code>", shown(third.question()))
    assert re.search(r"<code>model\.<span class=\"cloze\"[^>]*>eval</span>\(\)</code>", shown(third.answer()))
    (hinted,) = anki.cards("picture-behind")
    assert "[which one?]" in shown(hinted.question())


def test_tags_and_order_are_those_of_the_decks(rich: Course, exported: Exported, anki: Anki) -> None:
    anki.take(exported())
    assert anki.note("sum").tags == ["easy", "sums::small"]
    order = [card.note()["Id"] for card in anki.every_card()]
    assert list(dict.fromkeys(order)) == [
        "deck-losses/loss", "deck-one/sum", "deck-one/code", "deck-one/picture", "deck-one/picture-behind",
        "deck-one/clozes",
    ]  # fmt: skip


def test_the_style_sheet_knows_the_night(rich: Course, exported: Exported, anki: Anki) -> None:
    anki.take(exported())
    for kind in anki.collection.models.all_names_and_ids():
        if kind.name.startswith("dlgrade"):
            model = anki.collection.models.get(kind.id)
            assert ".nightMode.card" in model["css"]
            assert ".nightMode .highlight" in model["css"]
            assert [field["name"] for field in model["flds"]][-4:] == ["Spare 1", "Spare 2", "Spare 3", "Spare 4"]


def test_the_same_package_twice_adds_nothing(rich: Course, exported: Exported, anki: Anki) -> None:
    package = exported()
    anki.take(package)
    before = anki.collection.card_count()
    log = anki.take(package)
    assert (len(log.new), len(log.updated), len(log.duplicate)) == (0, 0, 6)
    assert anki.collection.card_count() == before


def test_a_later_export_of_the_same_decks_adds_nothing(rich: Course, exported: Exported, anki: Anki) -> None:
    anki.take(exported(NOW))
    fields = {key: anki.note(key).fields for key in ("sum", "picture", "clozes")}
    kinds = [kind.id for kind in anki.collection.models.all_names_and_ids()]
    decks = [one.id for one in anki.collection.decks.all_names_and_ids()]
    log = anki.take(exported(NOW + 86_400))
    assert len(log.new) == 0
    assert anki.collection.note_count() == 6
    assert anki.collection.card_count() == 8
    assert {key: anki.note(key).fields for key in fields} == fields
    assert [kind.id for kind in anki.collection.models.all_names_and_ids()] == kinds
    assert [one.id for one in anki.collection.decks.all_names_and_ids()] == decks
    assert list(anki.collection.media.check().unused) == []


def answered(anki: Anki, key: str) -> tuple[int, int, int, int]:
    """Review a card, and say how it then stands."""
    (card,) = anki.cards(key)
    anki.collection.decks.select(card.did)
    while True:
        queued = anki.collection.sched.get_queued_cards().cards[0]
        current = anki.collection.get_card(queued.card.id)
        current.start_timer()
        from anki.scheduler.v3 import CardAnswer

        answer = anki.collection.sched.build_answer(card=current, states=queued.states, rating=CardAnswer.EASY)
        anki.collection.sched.answer_card(answer)
        if current.id == card.id:
            card.load()
            return card.reps, card.ivl, card.type, card.due


def test_a_changed_card_is_updated_and_keeps_its_reviews(rich: Course, exported: Exported, anki: Anki) -> None:
    anki.take(exported(NOW))
    identity = anki.note("sum").id
    stands = answered(anki, "sum")
    assert stands[0] == 1
    assert stands[1] > 0
    rich.deck(RICH.replace("What is **1 + 1**?", "How much is **1 + 1**?"))
    log = anki.take(exported(NOW + 60))
    assert (len(log.new), len(log.conflicting)) == (0, 0)
    assert anki.collection.note_count() == 6
    assert anki.note("sum").id == identity
    assert "How much is" in anki.note("sum")["Front"]
    (card,) = anki.cards("sum")
    assert (card.reps, card.ivl, card.type, card.due) == stands
    assert len(anki.collection.card_stats_data(card.id).revlog) == 1


def test_an_older_export_does_not_undo_a_newer_one(rich: Course, exported: Exported, anki: Anki) -> None:
    anki.take(exported(NOW))
    old = exported(NOW - 60).read_bytes()
    rich.deck(RICH.replace("What is **1 + 1**?", "How much is **1 + 1**?"))
    anki.take(exported(NOW + 60))
    package = rich.root / "old.apkg"
    package.write_bytes(old)
    anki.take(package)
    assert "How much is" in anki.note("sum")["Front"]


def test_a_renamed_card_that_says_what_it_was_keeps_its_reviews(rich: Course, exported: Exported, anki: Anki) -> None:
    anki.take(exported(NOW))
    identity, stands = anki.note("sum").id, answered(anki, "sum")
    rich.deck(RICH.replace("  sum:\n", "  plus:\n    was: sum\n"))
    log = anki.take(exported(NOW + 60))
    assert len(log.new) == 0
    assert anki.note("plus").id == identity
    (card,) = anki.cards("plus")
    assert (card.reps, card.ivl, card.type, card.due) == stands


def test_a_changed_figure_is_a_new_file(rich: Course, exported: Exported, anki: Anki) -> None:
    anki.take(exported(NOW))
    before = anki.note("picture")["Front"]
    rich.deck(RICH.replace('function("max(0, x)")', 'function("max(0.1*x, x)")'))
    anki.take(exported(NOW + 60))
    assert anki.note("picture")["Front"] != before
    assert list(anki.collection.media.check().missing) == []


def test_single_cards_come_with_their_further_tags(rich: Course, exported: Exported, anki: Anki) -> None:
    log = anki.take(exported(choice=Choice(cards={"sum": ["failed::code6::shape"], "loss": []})))
    assert len(log.new) == 2
    assert anki.note("sum").tags == ["easy", "failed::code6::shape", "sums::small"]
    log = anki.take(exported(NOW + 60))
    assert len(log.new) == 4


def test_a_table_holds_everything_and_anki_reads_it(
    rich: Course, anki: Anki, tmp_path: Path, exported: Exported
) -> None:
    from anki.import_export_pb2 import ImportCsvRequest

    from dlgrade.deck import export

    anki.take(exported())  # brings the note types
    file = tmp_path / "cards.tsv"
    export(rich.root, Choice(), file, tsv=True)
    text = file.read_text(encoding="utf-8")
    assert 'src=""data:image/svg+xml;base64,' in text
    assert "dlgrade-0" not in re.findall(r'src=""([^"]{0,8})', text)
    metadata = anki.collection.get_csv_metadata(str(file), None)
    log = anki.collection.import_csv(ImportCsvRequest(path=str(file), metadata=metadata)).log
    assert log.found_notes == 6
    assert len(log.new) == 0
    assert anki.note("sum")["Back"] == r"\(\frac{1}{1} + 1\)"
    assert "print" in anki.note("code")["Front"]
