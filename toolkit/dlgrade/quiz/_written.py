"""The keys of a question, kind by kind, as pydantic checks them; what types cannot say is checked in `_load`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from dlgrade.quiz._nouns import Kind


@dataclass(frozen=True, kw_only=True)
class BankText:
    """A bank; its questions are checked one by one, so that each can complain."""

    title: str
    objectives: dict[str, str]
    questions: dict[str, Any]
    lesson: str = ""
    draw: int | None = None


@dataclass(frozen=True, kw_only=True)
class WrongText:
    """A wrong option."""

    text: str
    misconception: str = ""
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class _Any:
    """Keys of every question."""

    ask: str
    objective: str
    cards: tuple[str, ...] = ()
    difficulty: Literal[1, 2, 3] = 2
    figure: str = ""
    alt: str = ""
    vary: dict[str, Any] = field(default_factory=dict)
    let: dict[str, str | int | float] = field(default_factory=dict)
    require: str | tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Marked(_Any):
    """Keys of every question that is right or wrong."""

    because: str
    oracle: str = ""


@dataclass(frozen=True, kw_only=True)
class OneText(_Marked):
    """One right option."""

    right: str
    wrong: tuple[WrongText, ...]


@dataclass(frozen=True, kw_only=True)
class SeveralText(_Marked):
    """Several right options."""

    right: tuple[str, ...]
    wrong: tuple[WrongText, ...]


@dataclass(frozen=True, kw_only=True)
class NumberText(_Marked):
    """A number to type."""

    number: str | int | float
    tolerance: str | int | float | None = None
    unit: str = ""
    wrong_numbers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OrderText(_Marked):
    """Things to put in order."""

    order: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MatchText(_Marked):
    """Pairs to find."""

    match: dict[str, str]
    distractors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClaimText(_Marked):
    """True or false."""

    claim: bool
    misconception: str = ""


@dataclass(frozen=True, kw_only=True)
class OutputText(_Marked):
    """What a program prints."""

    runs: str
    prints: str
    wrong: tuple[WrongText, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WhyText:
    """The second tier of a two-tier question."""

    right: str
    wrong: tuple[WrongText, ...]
    ask: str = "Why?"


@dataclass(frozen=True, kw_only=True)
class TwoTierText(OneText):
    """An answer, and the reason for it."""

    why: WhyText


@dataclass(frozen=True, kw_only=True)
class SpotText(_Marked):
    """The faulty line of a program."""

    spot: str
    line: int
    mend: str
    proof: str
    blame: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FreeText(_Any):
    """A reflection."""

    free: tuple[str, ...]
    compare: str = ""


TEXTS: dict[Kind, type[_Any]] = {
    "one": OneText,
    "several": SeveralText,
    "number": NumberText,
    "order": OrderText,
    "match": MatchText,
    "claim": ClaimText,
    "output": OutputText,
    "two_tier": TwoTierText,
    "spot": SpotText,
    "free": FreeText,
}
"""The keys of each kind."""

DECIDING: tuple[str, ...] = ("right", "number", "order", "match", "claim", "runs", "spot", "free")
"""Keys of which a question has exactly one; it decides the kind."""
