"""What leads to cards: criteria of assignments, misconceptions, questions of banks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlgrade.course import MISCONCEPTIONS, Located, load_course, read_yaml
from dlgrade.errors import CourseError


@dataclass(frozen=True)
class Reference:
    """Something that leads, or should lead, to cards: what it is called, and where its cards are named."""

    what: str
    where: str
    cards: tuple[tuple[str, str], ...]  # each with the place where it is named
    needed: bool = True  # must lead to a card


def references(root: Path) -> tuple[tuple[Reference, ...], list[CourseError]]:
    """All of a course, and what is wrong with files that cannot be read."""
    found: list[Reference] = []
    faults: list[CourseError] = []
    for read in (_criteria, _misconceptions, _questions):
        try:
            found += read(root)
        except CourseError as error:
            faults.append(error)
    return tuple(found), faults


def unknown_card(key: str, where: str, known: Iterable[str]) -> CourseError:
    """The complaint about a card that no deck has."""
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.75)
    mend = f"Did you mean '{near[0]}'?" if near else "Add it to a deck in flashcards/."
    return CourseError(where, f"no deck has the card '{key}'", mend)


def _criteria(root: Path) -> Iterator[Reference]:
    for assignment in load_course(root).assignments:
        located = read_yaml(assignment.folder / "assignment.yaml")
        for criterion in assignment.criteria:
            what = f"the criterion '{criterion.id}' of {assignment.id}"
            yield _reference(what, located, ("criteria", criterion.id), criterion.cards, needed=True)


def _misconceptions(root: Path) -> Iterator[Reference]:
    path = root / "quizzes" / f"{MISCONCEPTIONS}.yaml"
    if not path.exists():
        return
    located = read_yaml(path)
    for tag, entry in _mapping(located.data).items():
        yield _reference(f"the misconception '{tag}'", located, (tag,), _mapping(entry).get("cards"), needed=True)


def _questions(root: Path) -> Iterator[Reference]:
    for path in sorted((root / "quizzes").glob("*.yaml")):
        if path.stem == MISCONCEPTIONS:
            continue
        located = read_yaml(path)
        for key, question in _mapping(_mapping(located.data).get("questions")).items():
            what = f"the question '{key}' of {path.stem}"
            yield _reference(what, located, ("questions", key), _mapping(question).get("cards"), needed=False)


def _reference(what: str, located: Located, place: tuple[str, ...], cards: Any, *, needed: bool) -> Reference:
    named = cards if isinstance(cards, tuple) else ()
    keys = tuple((str(key), located.where((*place, "cards", i))) for i, key in enumerate(named))
    return Reference(what, located.where(place), keys, needed)


def _mapping(data: Any) -> dict[str, Any]:
    """The data where it is a mapping; what is wrong with it otherwise is told by whoever owns the file."""
    return data if isinstance(data, dict) else {}
