"""``quizzes/misconceptions.yaml``: beliefs that a wrong answer betrays, for quizzes and for graders of functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dlgrade.course._yaml import Located, read_yaml, validated
from dlgrade.errors import CourseError

MISCONCEPTIONS = "misconceptions"
"""Name of the file among the banks that is not a bank, without its ending."""

_TAG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


@dataclass(frozen=True)
class Misconception:
    """A wrong belief that a wrong answer betrays.

    Attributes:
        belief: the belief itself, one sentence.
        feedback: what a learner who holds it is told.
        cards: flashcard ids to review.
    """

    tag: str
    belief: str
    feedback: str
    cards: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Text:
    belief: str
    feedback: str
    cards: tuple[str, ...]


def load_misconceptions(path: Path) -> dict[str, Misconception]:
    """Read the file; one that is not there has none.

    Raises:
        CourseError: the first thing that is wrong with it.
    """
    found, faults = read_misconceptions(path)
    if faults:
        raise faults[0]
    return found


def read_misconceptions(path: Path) -> tuple[dict[str, Misconception], list[CourseError]]:
    """The entries that are right, and what is wrong with the others."""
    if not path.exists():
        return {}, []
    found: dict[str, Misconception] = {}
    faults: list[CourseError] = []
    try:
        located = read_yaml(path)
    except CourseError as error:
        return found, [error]
    for tag in located.data if isinstance(located.data, dict) else ():
        try:
            text = validated(_Text, located, (tag,))
            faults += _faults(tag, text, located)
        except CourseError as error:
            faults.append(error)
        else:
            found[tag] = Misconception(tag, text.belief, text.feedback, text.cards)
    if not isinstance(located.data, dict):
        faults.append(CourseError(located.where(), "the file must be a mapping of tags to misconceptions"))
    return found, faults


def _faults(tag: str, text: _Text, located: Located) -> Iterator[CourseError]:
    if not _TAG.match(tag):
        mend = "Use small letters, digits and single hyphens."
        yield CourseError(located.where((tag,)), f"'{tag}' cannot be a tag", mend)
    for key, value in (("belief", text.belief), ("feedback", text.feedback)):
        if not value.strip():
            yield CourseError(located.where((tag, key)), f"'{key}' is empty", "Write it, or leave it out.")
    for number, card in enumerate(text.cards):
        if not card.strip():
            yield CourseError(located.where((tag, "cards", number)), "'cards' is empty", "Write it, or leave it out.")
