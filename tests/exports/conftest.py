"""All shipped banks as they are exported, a bank of every kind, one of hostile text; HTML as a browser reads it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.quiz.conftest import Course, new_course

from dlgrade.course import MISCONCEPTIONS, load_course, load_misconceptions
from dlgrade.exports._choose import sheet
from dlgrade.exports._nouns import Content, Put, Wanted
from dlgrade.quiz import load_bank, load_banks

MODULES = {"moodle": "_moodle", "gift": "_gift", "qti12": "_canvas", "qti21": "_qti", "notebook": "_notebook",
           "anki": "_cards"}  # fmt: skip

# As it is written in a bank, and as every reader has to see it.
HOSTILE = (
    r"""<script>alert(1)</script></text>]]> &lt; ~a =b \#c {d} :e: \\f %50% -> // ::g:: "h" <b> \$5 ^k^ {{c1::l}}"""
)
SHOWN = r"""<script>alert(1)</script></text>]]> &lt; ~a =b #c {d} :e: \f %50% -> // ::g:: "h" <b> $5 ^k^ {{c1::l}}"""
HOSTILE_RAW = HOSTILE  # where text is no markup: what is printed, and the words for a figure

KINDS = r"""
one:
  objective: aim
  ask: Which one?
  right: This
  wrong: [{text: That, misconception: belief}, {text: Not `x < 1` & so, because: It is not.}]
  because: So it is.
  cards: [card]
several:
  objective: aim
  ask: Which ones?
  right: [Alpha, Beta]
  wrong: [{text: Gamma, misconception: belief}, {text: Delta, because: No.}, {text: Eps, because: No.}]
  because: So they are.
  cards: [card]
number:
  objective: aim
  vary: {n: [7, 8, 9]}
  let: {half: n/4}
  ask: How much is a quarter of {n}?
  number: half
  tolerance: 0.01
  unit: kg
  wrong_numbers: {n: belief}
  because: It is {half}.
order:
  objective: aim
  ask: Put them in order.
  order: [First, Second, Third, Fourth]
  because: One after the other.
  cards: [card]
match:
  objective: aim
  ask: Match them.
  match: {one: uno, two: due, also one: uno}
  distractors: [tre]
  because: They are Italian.
  cards: [card]
claim:
  objective: aim
  ask: The sun is cold.
  claim: false
  misconception: belief
  because: It is hot.
output:
  objective: aim
  ask: What is printed?
  runs: print((1, 2), [3])
  prints: "(1, 2) [3]"
  because: A tuple and a list.
  cards: [card]
output-chosen:
  objective: aim
  ask: What is printed?
  runs: print("a")
  prints: a
  wrong: [{text: b, misconception: belief}, {text: c, because: No.}]
  because: It says so.
  cards: [card]
two-tier:
  objective: aim
  ask: Which?
  right: "Yes"
  wrong: [{text: "No", misconception: belief}, {text: Perhaps, because: No.}]
  why: {ask: "Why so?", right: Because., wrong: [{text: Therefore., because: No.}, {text: Why not., because: No.}]}
  because: That is why.
  cards: [card]
spot:
  objective: aim
  ask: Which line is wrong?
  spot: |
    x = 1

    y = x / 0
    print(y)
  line: 3
  mend: y = x / 1
  proof: pass
  blame: {"4": belief}
  because: Nothing can be divided by 0.
  cards: [card]
free:
  objective: aim
  ask: What do you think?
  free: [One idea, Another idea]
figure:
  objective: aim
  vary: {c: [1, 2, 3, 4]}
  ask: What does the figure show?
  figure: function("{c}*x")
  alt: A line "through" 0 with slope {c}
  number: c
  wrong_numbers: {c + 1: belief}
  because: See the figure.
formula:
  objective: aim
  ask: 'Is $\frac{a}{b} < 1 \& c$ or `$HOME` or \$5?'
  claim: true
  misconception: belief
  because: |
    $$x^2$$
"""


@pytest.fixture(scope="session")
def shipped() -> Wanted:
    """All banks of the course, with two draws of each question that is drawn."""
    known = load_misconceptions(ROOT / "quizzes" / f"{MISCONCEPTIONS}.yaml")
    sheets = tuple(sheet(bank, known, 2, 0) for bank in load_banks(ROOT / "quizzes"))
    return Wanted(load_course(ROOT).title, sheets, known, 0)


@pytest.fixture(scope="session")
def exported(shipped: Wanted) -> Callable[[str], Content]:
    """All banks in one format, written once."""
    done: dict[str, Content] = {}

    def write(form: str) -> Content:
        if form not in done:
            done[form] = written(form, shipped)
        return done[form]

    return write


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    return new_course(tmp_path / "course", monkeypatch.chdir)


def written(form: str, wanted: Wanted) -> Content:
    content: Content = importlib.import_module(f"dlgrade.exports.{MODULES[form]}").write(wanted)
    return content


def wanted_of(course: Course, questions: str, *, count: int = 3, seed: int = 0) -> Wanted:
    """A bank of these questions, ready to be written."""
    path = course.bank(questions)
    known = load_misconceptions(path.parent / f"{MISCONCEPTIONS}.yaml")
    return Wanted("A course", (sheet(load_bank(path), known, count, seed),), known, seed)


def kinds(course: Course, *, count: int = 3, seed: int = 0) -> Wanted:
    """A question of every kind."""
    return wanted_of(course, KINDS.lstrip("\n"), count=count, seed=seed)


def hostile(course: Course) -> Wanted:
    """Hostile text wherever a bank has text."""
    text = "'" + HOSTILE.replace("'", "''") + "'"
    wrong = f"[{{text: {text[:-1]} 1', because: {text}}}, {{text: {text[:-1]} 2', misconception: belief}}]"
    course.misconceptions(f"belief: {{belief: A belief., feedback: {text}, cards: [card]}}")
    shared = f"  objective: aim\n  ask: {text}\n  because: {text}\n  cards: [card]\n"
    parts = {
        "one": f"  right: {text}\n  wrong: {wrong}\n",
        "several": f"  right: [{text}]\n  wrong: {wrong}\n",
        "number": "  number: 1 + 1\n  wrong_numbers: {1 + 2: belief}\n",
        "order": f"  order: [{text}, {text[:-1]} 1', {text[:-1]} 2']\n",
        "match": f"  match: {{{text}: {text[:-1]} 1', a: {text[:-1]} 2'}}\n",
        "claim": "  claim: true\n  misconception: belief\n",
        "output": f"  runs: {text}\n  prints: {text}\n",
        "two-tier": f"  right: {text}\n  wrong: {wrong}\n  why: {{right: {text}, wrong: {wrong}}}\n",
        "spot": f"  spot: |\n    a = 1\n    # {HOSTILE}\n  line: 2\n  mend: x\n  proof: pass\n",
    }
    questions = "".join(f"{name}:\n{shared}{part}" for name, part in parts.items())
    questions += f"free:\n  objective: aim\n  ask: {text}\n  free: [{text}]\n"
    questions += f"figure:\n{shared}  number: 1 + 1\n  figure: function('x')\n  alt: {text}\n"
    course.bank(questions, head="")
    path = course.root / "quizzes" / "mini.yaml"
    path.write_text(path.read_text("utf-8").replace("title: A small bank", f"title: {text}"), "utf-8")
    known = load_misconceptions(path.parent / f"{MISCONCEPTIONS}.yaml")
    return Wanted(SHOWN, (sheet(load_bank(path), known, 3, 0),), known, 0)


def puts_of(wanted: Wanted) -> dict[str, Put]:
    """Every item that is exported, by its id."""
    return {put.id: put for one in wanted.sheets for family in one.families for put in family.puts}


HARMLESS = {"p", "code", "pre", "span", "ul", "ol", "li", "strong", "em", "table", "thead", "tbody", "tr", "th", "td",
            "a", "img", "div", "br"}  # fmt: skip


class Seen(HTMLParser):
    """What a browser would show of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.tags, self.sources, self.alts = "", set[str](), list[str](), list[str]()
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        for name, value in attrs:
            if name == "src":
                self.sources.append(value or "")
            if name == "alt":
                self.alts.append(value or "")


def seen(html: str) -> str:
    """The text of a piece of HTML, which must have no elements but harmless ones."""
    read = Seen(html)
    assert read.tags <= HARMLESS, read.tags - HARMLESS
    return read.text
