"""What is exported and what came of it: frozen, without behaviour.

A `Put` says what is asked in the few forms that learning platforms know; texts in it are the markup of
`dlgrade.markup`, and every writer turns them into what its format shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dlgrade.course import Misconception
from dlgrade.quiz import Bank, Item

Format = Literal["html", "moodle", "gift", "qti12", "qti21", "notebook", "anki"]
Form = Literal["choice", "choices", "claim", "number", "typed", "order", "match", "essay"]


@dataclass(frozen=True)
class Choice:
    """One choice: its text, whether it is right, and what is said to someone who takes it.

    Attributes:
        label: what it is called in the stem, as ``B2`` or the number of a line; empty where the stem does not name it.
    """

    text: str
    right: bool
    told: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class WrongAnswer:
    """A number that betrays a belief, how far from it an answer still betrays it, and what is said then."""

    value: float
    slack: float
    told: tuple[str, ...]


@dataclass(frozen=True)
class Put:
    """One item in a form that platforms know.

    Attributes:
        stem: all that is read before answering, the program and the parts of a question of two tiers included.
        choices: forms choice, choices and claim, in the order in which they are shown.
        fixed: whether the choices keep that order.
        wrong: form number.
        answers: form typed: spellings that are right, the first as it is printed.
        order: from first to last; pairs, sides: left to right, and all right sides, in the order shown.
        ideas: form essay.
        right: the right answer, for those who are told it.
        because: the explanation.
    """

    item: Item
    form: Form
    stem: str
    choices: tuple[Choice, ...] = ()
    fixed: bool = False
    wrong: tuple[WrongAnswer, ...] = ()
    answers: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    shown_order: tuple[int, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    sides: tuple[str, ...] = ()
    ideas: tuple[str, ...] = ()
    right: str = ""
    because: str = ""

    @property
    def id(self) -> str:
        """The id of the item."""
        return self.item.id


@dataclass(frozen=True)
class Family:
    """One question with all of its items that are exported.

    Attributes:
        id: ``bank/key``.
        varied: whether the question is drawn; then the items are its draws.
    """

    id: str
    puts: tuple[Put, ...]
    varied: bool


@dataclass(frozen=True)
class Sheet:
    """One bank as it is exported."""

    bank: Bank
    families: tuple[Family, ...]


@dataclass(frozen=True)
class Wanted:
    """All that a writer needs."""

    course: str
    sheets: tuple[Sheet, ...]
    misconceptions: Mapping[str, Misconception]
    seed: int


@dataclass(frozen=True)
class Content:
    """What a writer made.

    Attributes:
        left_out: ids of questions that the format cannot hold, with the reason.
        changed: what became something else, by the id of the question.
        written: ids of the questions in it; None where these are all that were not left out.
    """

    data: bytes
    left_out: Mapping[str, str]
    changed: Mapping[str, str]
    written: frozenset[str] | None = None


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        file: None for the standard output.
        questions: how many questions were written; `drawn`: how many of them have drawn values.
        instances: how many items were written of a drawn question, at most.
    """

    file: Path | None
    questions: int
    drawn: int
    instances: int
    left_out: Mapping[str, str]
    changed: Mapping[str, str]
