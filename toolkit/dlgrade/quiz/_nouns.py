"""Banks as they are written, and questions as they are put: frozen, without behaviour.

A `Question` may hold names to be drawn; an `Item` is one draw of it, with every text final. Whoever shows,
scores or exports works on items only. Text in both is the markup of `dlgrade.markup`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["one", "several", "number", "order", "match", "claim", "output", "two_tier", "spot", "free"]
KINDS: tuple[Kind, ...] = ("one", "several", "number", "order", "match", "claim", "output", "two_tier", "spot", "free")


@dataclass(frozen=True)
class Option:
    """One choice: its text, whether it is right, and what is said to someone who takes it."""

    text: str
    right: bool = False
    misconception: str = ""
    because: str = ""


@dataclass(frozen=True)
class Question:
    """One question of a bank, before any drawing.

    Attributes:
        key: the permanent id within the bank.
        line: where it stands in the bank's file, from 1.
        written: the question's keys as written and validated (see docs/quizzes-and-decks.md); texts may hold
            ``{name}``, numbers are expressions.
        lines: the line of each part of `written`, by its path (``("wrong", 0, "text")``).
    """

    key: str
    kind: Kind
    objective: str
    line: int
    written: Mapping[str, Any]
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Bank:
    """One quiz: its questions and the objectives that they examine.

    Attributes:
        draw: how many questions one sitting has; None for all.
        lesson: id of the assignment that teaches this; empty where there is none.
    """

    id: str
    title: str
    file: Path
    objectives: Mapping[str, str]
    questions: tuple[Question, ...]
    lesson: str = ""
    draw: int | None = None


@dataclass(frozen=True)
class WrongNumber:
    """A number that betrays a misconception."""

    value: float
    misconception: str


@dataclass(frozen=True)
class Item:
    """One question as it is put: nothing left to draw, compute or run.

    Attributes:
        id: ``bank/key`` and, where something was drawn, ``/n`` with the number of the draw; stable.
        options: kinds one, several, claim, two_tier and output with options: all choices, right ones first, in the
            order of the bank (whoever shows them shuffles). Kind spot: one option per line of `code`, in their order,
            the text as it stands in the code (there alone it is not markup).
        reasons: kind two_tier: the choices of the second tier; `reason_ask` is its question.
        number, tolerance, unit, wrong_numbers: kind number.
        order: kind order: from first to last.
        pairs, distractors: kind match: left to right, and right sides that fit nothing.
        code: kinds output and spot: the program shown below the stem.
        printed: kind output: what it prints.
        mend: kind spot: what belongs in the faulty line.
        ideas, compare: kind free; `compare` is the id of a quiz or an assignment.
        figure: an SVG, empty where there is none; `alt` says the same in words.
    """

    id: str
    kind: Kind
    objective: str
    ask: str
    because: str = ""
    difficulty: int = 2
    cards: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    reason_ask: str = ""
    reasons: tuple[Option, ...] = ()
    number: float | None = None
    tolerance: float = 0.0
    unit: str = ""
    wrong_numbers: tuple[WrongNumber, ...] = ()
    order: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    distractors: tuple[str, ...] = ()
    code: str = ""
    printed: str = ""
    mend: str = ""
    ideas: tuple[str, ...] = ()
    compare: str = ""
    figure: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Mark:
    """What one answer earned, and what is said to who gave it.

    Attributes:
        points: from 0 to 1; 0 for kind free, where `out_of` is 0 as well.
        feedback: what is said of the answer, in markup; the explanation of the item comes after it.
        misconceptions: tags of the beliefs that the answer betrays.
        cards: ids of the cards to review; none where nothing was wrong.
        right: the right answer in markup; empty for kind free.
    """

    points: float
    out_of: float
    right: str
    feedback: tuple[str, ...] = ()
    misconceptions: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
