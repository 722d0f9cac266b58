"""`dlgrade deck build` refuses what is wrong, with file, line and the mend."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest
from tests.conftest import Ran
from tests.deck.conftest import DECK, Course

from dlgrade.deck import Built, build

LEADS = """\
asked: {belief: b, feedback: f, cards: [one]}
"""


def complaints(course: Course, *ids: str) -> list[str]:
    """Everything that is wrong, without what a course is told that leads to other cards."""
    found = [str(fault) for fault in build(course.root, ids or ("deck-one",), seconds=20)]
    return [line.removeprefix("flashcards/") for line in found]


def test_a_right_deck_is_counted(course: Course) -> None:
    course.cards("""\
        one: {front: f, back: b, check: [1 + 1 == 2, 2 > 1]}
        two:
          cloze: "{{c1::x}}"
          runs: assert torch.ones(2).sum() == 2
        three: {front: f, back: b, figure: "network([1, 1])", alt: a network}
        """)
    told: list[Built] = []
    assert build(course.root, on_built=told.append) == ()
    (one,) = told
    assert (one.id, one.cards, one.checked, one.ran, one.drawn, one.faults) == ("deck-one", 3, 1, 1, 1, ())


@pytest.mark.parametrize(
    ("card", "said", "line"),
    [
        ("one: {front: f, back: b, frnot: x}", "unknown key 'frnot'\n  Did you mean 'front'?", 3),
        ("one: {front: f}", "the key 'back' is missing in 'one'", 3),
        ("one: {back: f}", "the key 'front' is missing in 'one'", 3),
        ("one: {extra: f}", "'one' has no text", 3),
        ("one:\n  front: f\n  cloze: '{{c1::x}}'", "'one' has a cloze and a front", 5),
        ("one:\n  front: f\n  back: 5", "'cards.one.back' is 5, wanted text\n  Put it in quotes: \"5\".", 5),
        ("one:\n  front: f\n  back: ''", "'back' is empty", 5),
        ("one:\n  front: f\n  back: b\n  extra: ' '", "'extra' is empty", 6),
        ("one:\n  front: f\n  back: b\n  tags: easy", "'cards.one.tags' is 'easy', wanted a list", 6),
        ("one:\n  front: f\n  back: b\n  tags:\n    - a b", "'a b' cannot be a tag", 7),
        ("one:\n  front: f\n  back: b\n  source: javascript:x", "is neither an assignment's id nor a URL", 6),
        ("one:\n  front: f\n  back: b\n  source: 'https://x.y/\"onclick=x'", "is neither an assignment's id", 6),
        ("One: {front: f, back: b}", "'One' cannot be the id of a card", 3),
        ("one:\n  front: f\n  back: b\n  was: one", "'one' cannot be a former id of 'one'", 6),
        ("one:\n  front: f\n  back: b\n  figure: network([1, 1])", "the figure of 'one' has no alt", 6),
        ("one:\n  front: f\n  back: b\n  alt: words", "'alt' without a figure", 6),
        ("one: {front: f, back: b, figure_on: top, figure: x, alt: y}", "figure_on", 3),
    ],
)
def test_a_card_that_is_not_as_documented_is_refused(course: Course, card: str, said: str, line: int) -> None:
    course.cards(card)
    (fault,) = complaints(course)
    assert fault.startswith(f"deck-one.yaml:{line}: ")
    assert said in fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: T\ncards: {}", "deck-one.yaml:2: there are no cards"),
        ("title: A::B\ncards: {one: {front: f, back: b}}", "deck-one.yaml:1: '::' in a title"),
        ("cards: {one: {front: f, back: b}}", "deck-one.yaml:1: the key 'title' is missing"),
        ("title: T\norder: first\ncards: {one: {front: f, back: b}}", "deck-one.yaml:2: 'order' is 'first'"),
        (
            "title: T\ncards:\n  one: {front: f, back: b}\n  one: {front: f, back: b}",
            "deck-one.yaml:4: the key 'one' is",
        ),
        ("title: [", "deck-one.yaml:1: not YAML"),
    ],
)
def test_a_deck_that_is_not_as_documented_is_refused(course: Course, text: str, said: str) -> None:
    course.deck(text)
    found = [str(fault) for fault in build(course.root)]
    assert any(said in fault for fault in found), found


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("1 + 1 == 3", "'1 + 1 == 3' is false"),
        ("1 + 1", "'1 + 1' is 2, not true or false"),
        ("__import__('os').system('true') == 0", "cannot be used in an expression"),
        ("open('/etc/passwd') == 1", "there is no function 'open'"),
        ("().__class__ == 1", "cannot be used in an expression"),
        ("9**9**9 > 1", "too large"),
        ("1 ==", "is not an expression"),
        ("x == 1", "there is no name 'x'"),
        ("1 / 0 == 1", "divides by zero"),
    ],
)
def test_a_number_that_is_not_so_is_refused(course: Course, check: str, said: str) -> None:
    course.cards(f'one:\n  front: f\n  back: b\n  check:\n    - 1 == 1\n    - "{check}"')
    (fault,) = complaints(course)
    assert fault.startswith("deck-one.yaml:8: ")
    assert said in fault


FAILING = [
    ("x = 1\n\nassert x == 2", "AssertionError in 'assert x == 2'", 3),
    ("y = torch.ones(2)\nassert y.sum() == 3, 'no'", "AssertionError: no", 2),
    ("x = (", "SyntaxError", 1),
    ("import os\nos._exit(3)", "it ended the process it ran in (exit code 3)", 0),
    ("def f():\n    return 1 / 0\nf()", "ZeroDivisionError", 2),
    ("print('x' * 10**6)", "prints more than", 1),
    ("raise SystemExit", "SystemExit", 1),
    ("torch.set_default_dtype(torch.float64)\nraise ValueError('\\x1b[1m')", r"ValueError: \x1b[1m", 2),
]


def test_code_that_fails_is_named_with_its_line_and_the_next_runs(course: Course) -> None:
    cards, begins = "", []
    for i, (code, _, _) in enumerate(FAILING):
        cards += f"card-{i}:\n  front: f\n  back: b\n  runs: |\n"
        begins.append(2 + cards.count("\n"))
        cards += textwrap.indent(code, "    ") + "\n"
    course.cards(cards + "last: {front: f, back: b, runs: assert torch.ones(1).dtype == torch.float32}")
    found = complaints(course)
    assert len(found) == len(FAILING)
    for i, (_, said, line) in enumerate(FAILING):
        assert found[i].startswith(f"deck-one.yaml:{begins[i] + line}: the code of 'card-{i}' fails: ")
        assert said in found[i]


def test_code_that_does_not_end_is_stopped(course: Course) -> None:
    course.cards("one: {front: f, back: b, runs: 'while True: pass'}\ntwo: {front: f, back: b, runs: assert False}")
    first, second = (str(fault) for fault in build(course.root, ("deck-one",), seconds=1))
    assert "'one' fails: it ran for more than 1 seconds and was stopped" in first
    assert "'two' fails: AssertionError" in second


@pytest.mark.parametrize(
    ("cloze", "said"),
    [
        ("no cloze at all", "it has no cloze"),
        ("{{c2::x}}", "its clozes are numbered c2"),
        ("{{c1::x}} {{c3::y}}", "its clozes are numbered c1, c3"),
        ("{{c0::x}}", "its clozes are numbered c0"),
        ("{{c1::x", "a cloze is not closed"),
        ("{{c1:x}}", "'{{c1:' does not open a cloze"),
        ("{{c1::x}} {{C2::y}}", "'{{C2::' does not open a cloze"),
        ("{{c01::x}}", "a cloze is not closed"),
        ("{{c1::a {{c2::b}} c}}", "a cloze stands inside another"),
        ("{{c1::}}", "c1 hides nothing"),
        (r"${{c1::\frac{a}{b}}}$", "is cut short by the braces inside it"),
        (r"${{c1::x_{a_{b}} + 1}}$", "is cut short by the braces inside it"),
        ("`{{c1::{}}}`", "is cut short by the braces inside it"),
        ("`{{c1::x[::2]}}`", "ends at '::', behind which Anki reads a hint"),
        ("**{{c1::a** b}}", "begins and ends in different parts of the text"),
        ("{{c1::a\n\n    b}}", "begins and ends in different parts of the text"),
    ],
)
def test_a_cloze_that_anki_would_read_otherwise_is_refused(course: Course, cloze: str, said: str) -> None:
    course.cards(f"one:\n  cloze: |\n    {cloze}")
    found = complaints(course)
    assert found
    assert all(fault.startswith("deck-one.yaml:4: ") for fault in found)
    assert any(said in fault for fault in found), found


def test_the_trap_of_two_braces_is_told_with_its_mend(course: Course) -> None:
    course.cards(r"one: {cloze: '${{c1::\frac{a}{b}}}$'}")
    assert any("write them as '} }'" in fault for fault in complaints(course))
    course.cards(r"one: {cloze: '${{c1::\frac{a}{b} }}$ and $x_{a_{b}}$'}")
    assert complaints(course) == []


def test_a_cloze_on_a_basic_card_is_refused(course: Course) -> None:
    course.cards("one:\n  front: '{{c1::x}}'\n  back: b")
    (fault,) = complaints(course)
    assert "'front' has a cloze" in fault


@pytest.mark.parametrize("key", ["front", "back", "extra"])
def test_markup_that_cannot_be_read_is_refused(course: Course, key: str) -> None:
    texts = {"front": "f", "back": "b", key: "costs $5"}
    course.cards("one:\n" + "".join(f"  {name}: {text}\n" for name, text in texts.items()))
    (fault,) = complaints(course)
    assert f":{4 + list(texts).index(key)}: math is not closed at '$5'" in fault


def test_html_on_a_card_is_no_fault(course: Course) -> None:
    course.cards("one: {front: <script>alert(1)</script>, back: <b>}")
    assert complaints(course) == []


@pytest.mark.parametrize(
    ("figure", "said", "line"),
    [
        ("network([1, 1)", "not Python", 6),
        ("|\n    x = 1\n    axes.plot(y)", "NameError: name 'y'", 8),
        ("x = 1", "draws nothing", 6),
        ("axes.plot(np.random.default_rng().random(3))", "another one each time", 6),
    ],
)
def test_a_figure_that_does_not_draw_is_refused(course: Course, figure: str, said: str, line: int) -> None:
    quoted = figure if figure.startswith("|") else f'"{figure}"'
    course.cards(f"one:\n  front: f\n  back: b\n  figure: {quoted}\n  alt: words")
    (fault,) = complaints(course)
    assert fault.startswith(f"deck-one.yaml:{line}: ")
    assert said in fault


def test_an_id_that_two_decks_have_is_refused_with_both_places(course: Course) -> None:
    course.deck(DECK.replace("order: 10", "order: 20"), "deck-two")
    (fault,) = complaints(course)
    assert fault.startswith("deck-two.yaml:5: the card 'one' is already in flashcards/deck-one.yaml:5")


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        ("one: {front: f, back: b, was: two}\ntwo: {front: f, back: b}", "'two', which 'one' was, is the card in"),
        ("one: {front: f, back: b, was: old}\ntwo: {front: f, back: b, was: old}", "'old', which 'two' was, was also"),
    ],
)
def test_two_cards_cannot_share_a_history(course: Course, cards: str, said: str) -> None:
    course.cards(cards)
    (fault,) = complaints(course)
    assert said in fault


def wrong(course: Course) -> list[str]:
    return [str(fault).replace("\n  ", " ") for fault in build(course.root)]


def test_a_criterion_and_a_misconception_lead_to_a_card(course: Course) -> None:
    course.write("quizzes/misconceptions.yaml", LEADS + "lost: {belief: b, feedback: f, cards: []}\n")
    path = course.root / "assignments/code6/assignment.yaml"
    course.write("assignments/code6/assignment.yaml", path.read_text().replace("budget is kept., cards: [one]", "b."))
    assert wrong(course) == [
        "assignments/code6/assignment.yaml:5: the criterion 'budget' of code6 leads to no card "
        "Name one card or more in 'cards'.",
        "quizzes/misconceptions.yaml:2: the misconception 'lost' leads to no card Name one card or more in 'cards'.",
    ]


def test_a_card_that_no_deck_has_is_named_where_it_is_asked_for(course: Course) -> None:
    course.write("quizzes/misconceptions.yaml", "asked:\n  belief: b\n  feedback: f\n  cards:\n    - one\n    - onne\n")
    course.write("quizzes/quiz1.yaml", "questions:\n  q:\n    cards: [nowhere]\n")
    assert wrong(course) == [
        "quizzes/misconceptions.yaml:6: no deck has the card 'onne' Did you mean 'one'?",
        "quizzes/quiz1.yaml:3: no deck has the card 'nowhere' Add it to a deck in flashcards/.",
    ]


def test_a_deck_to_which_nothing_leads_is_refused_and_a_question_is_enough(course: Course) -> None:
    course.deck("title: Two\ncards: {two: {front: f, back: b}}", "deck-two")
    (fault,) = wrong(course)
    assert fault.startswith("flashcards/deck-two.yaml:1: nothing leads to the deck deck-two")
    course.write("quizzes/quiz1.yaml", "questions:\n  q:\n    cards: [two]\n")
    assert wrong(course) == []


def test_a_broken_bank_is_told_instead_of_what_it_would_have_led_to(course: Course) -> None:
    course.deck("title: Two\ncards: {two: {front: f, back: b}}", "deck-two")
    course.write("quizzes/quiz1.yaml", "questions: [")
    (fault,) = wrong(course)
    assert fault.startswith("quizzes/quiz1.yaml:1: not YAML")


def test_whoever_builds_one_deck_hears_of_that_deck_only(course: Course) -> None:
    course.cards("two: {front: f}", "deck-two")
    course.write("quizzes/misconceptions.yaml", "lost: {belief: b, feedback: f, cards: []}\n")
    assert complaints(course, "deck-one") == []
    assert len(complaints(course, "deck-two")) == 1


def test_everything_that_is_wrong_is_told_at_once(course: Course) -> None:
    course.cards("""\
        one: {front: f, back: b, check: 1 == 2}
        two: {front: "$", back: b}
        three: {front: f}
        """)
    assert len(complaints(course)) == 3


@pytest.mark.parametrize("text", ["\\e[31m", "\\u202e", "\\0"])
def test_a_complaint_cannot_act_on_a_terminal(
    course: Course, text: str, dlgrade: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    course.cards(f'one: {{front: "costs ${text}", back: b, check: "1 == \'{text}\'"}}')
    monkeypatch.setenv("DLGRADE_COURSE", str(course.root))
    ran = dlgrade("deck", "build")
    assert ran.code == 2
    assert all(character.isprintable() or character == "\n" for character in ran.text)
