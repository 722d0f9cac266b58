"""What leads where in a course: questions and cards by name, read in a quarter of a second.

Promises: everything that the files of quizzes and decks name is found, whatever else is wrong in them; nothing is
raised. Does not check anything: what is not as documented is passed over here, and `dlgrade quiz build` and `dlgrade
deck build` complain about it. Whoever asks a question loads its bank with `dlgrade.quiz`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlgrade.course import MISCONCEPTIONS
from dlgrade.quiz._load import bank_files

TIMED = ("number", "output", "one", "claim")
"""The kinds of questions that are answered in seconds; of these a drill is made."""

_DECIDING = {"number": "number", "runs": "output", "claim": "claim", "spot": "spot", "right": "one"}


@dataclass(frozen=True)
class QuestionLine:
    """A question by its names.

    Attributes:
        kind: of a drill's kinds, ``spot``, or empty for any other.
        fresh: whether its answer is drawn or computed, so that it can be asked again and again.
        cards: all cards that it leads to: its own, and those of the beliefs that its wrong answers betray.
    """

    bank: str
    key: str
    kind: str
    objective: str
    fresh: bool
    cards: tuple[str, ...]

    @property
    def id(self) -> str:
        """``bank/key``, as in the gradebook."""
        return f"{self.bank}/{self.key}"

    @property
    def timed(self) -> bool:
        """Whether a drill asks it."""
        return self.fresh and self.kind in TIMED


@dataclass(frozen=True)
class BankLine:
    """A bank by its names."""

    id: str
    file: Path
    title: str
    lesson: str = ""
    objectives: Mapping[str, str] = field(default_factory=dict)
    questions: tuple[QuestionLine, ...] = ()


@dataclass(frozen=True)
class DeckLine:
    """A deck by its names; `cards` maps each card to its source and its tags."""

    id: str
    title: str
    lesson: str = ""
    cards: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Outline:
    """All banks, by their names, and all decks, in the order of the course."""

    banks: tuple[BankLine, ...]
    decks: tuple[DeckLine, ...]

    @property
    def questions(self) -> Iterator[QuestionLine]:
        """The questions of all banks."""
        return (question for bank in self.banks for question in bank.questions)

    def bank(self, name: str) -> BankLine | None:
        """A bank by its id."""
        return next((bank for bank in self.banks if bank.id == name), None)


def outline(root: Path) -> Outline:
    """The outline of the course in the folder `root`."""
    folder = root / "quizzes"
    beliefs = {tag: _texts(_mapping(one).get("cards")) for tag, one in _read(folder / f"{MISCONCEPTIONS}.yaml").items()}
    banks = tuple(_bank(path, beliefs) for path in bank_files(folder))
    plain = [(path.stem, _read(path)) for path in sorted((root / "flashcards").glob("*.yaml"))]
    plain.sort(key=lambda one: (_number(one[1].get("order")), one[0]))
    return Outline(banks, tuple(_deck(name, data) for name, data in plain))


def _bank(path: Path, beliefs: Mapping[str, tuple[str, ...]]) -> BankLine:
    data = _read(path)
    objectives = {key: _text(says) for key, says in _mapping(data.get("objectives")).items()}
    written = _mapping(data.get("questions"))
    questions = tuple(_question(path.stem, key, _mapping(one), beliefs) for key, one in written.items())
    return BankLine(path.stem, path, _text(data.get("title")), _text(data.get("lesson")), objectives, questions)


def _question(bank: str, key: str, written: dict[str, Any], beliefs: Mapping[str, tuple[str, ...]]) -> QuestionLine:
    kind = next((kind for name, kind in _DECIDING.items() if name in written), "")
    if kind == "one" and ("why" in written or not isinstance(written["right"], str | int | float)):
        kind = ""  # two tiers; several right
    cards = [*_texts(written.get("cards")), *(card for tag in _tags(written) for card in beliefs.get(tag, ()))]
    fresh = bool(written.get("vary")) or kind in {"number", "output"}
    return QuestionLine(bank, key, kind, _text(written.get("objective")), fresh, tuple(dict.fromkeys(cards)))


def _tags(written: Any) -> Iterator[str]:
    """The beliefs that a question names, wherever it does."""
    if isinstance(written, dict):
        yield from _texts((written.get("misconception"),))
        for key in ("wrong_numbers", "blame"):
            yield from _texts(_mapping(written.get(key)).values())
        for key in ("wrong", "why"):
            yield from _tags(written.get(key))
    elif isinstance(written, list):
        for one in written:
            yield from _tags(one)


def _deck(name: str, data: dict[str, Any]) -> DeckLine:
    cards = {
        key: (_text(_mapping(card).get("source")), _texts(_mapping(card).get("tags")))
        for key, card in _mapping(data.get("cards")).items()
    }
    return DeckLine(name, _text(data.get("title")), _text(data.get("lesson")), cards)


def _read(path: Path) -> dict[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where PyYAML was built with libyaml
    try:
        return _mapping(yaml.load(path.read_bytes(), Loader=loader))  # noqa: S506 - both are the safe one
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        return {}


def _mapping(data: Any) -> dict[str, Any]:
    return {str(key): value for key, value in data.items()} if isinstance(data, dict) else {}


def _texts(data: Any) -> tuple[str, ...]:
    listed = data if isinstance(data, Iterable) and not isinstance(data, str | dict) else ()
    return tuple(one for one in listed if isinstance(one, str))


def _text(data: Any) -> str:
    return data.strip() if isinstance(data, str) else ""


def _number(data: Any) -> float:
    return float(data) if isinstance(data, int | float) else 0.0
