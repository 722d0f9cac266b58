"""What is exported and what came of it; frozen, without behaviour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dlgrade.gradebook import Grade

Format = Literal[
    "csv", "canvas", "moodle", "gradescope", "gradescope-autograder", "junit", "github", "nbgrader",
]  # fmt: skip
Shape = Literal["long", "wide", "criteria"]


@dataclass(frozen=True)
class Rules:
    """Which grades are written into somebody else's gradebook.

    Attributes:
        zero_missing: write 0 where nothing was handed in; else the cell stays as it is.
        undecided: write grades that still wait for a person, with the points so far; else the cell stays as it is.
    """

    zero_missing: bool = False
    undecided: bool = False


@dataclass(frozen=True)
class Left:
    """A student's grade that was not written, and why."""

    who: str
    id: str
    why: str


@dataclass(frozen=True)
class Content:
    """What a writer made.

    Attributes:
        data: of the file.
        did: what is in it, for the line that tells of it: ``27 grades in "Code 6 (12345)"``.
        left: grades that are not in it.
        notes: what else must be known, one sentence each.
    """

    data: bytes
    did: str
    left: tuple[Left, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What is exported.

    Attributes:
        grades: sorted by assignment and student.
        titles: titles of the assignments, by id; an id that is not in it has no other title.
        also: further ids of a student (an e-mail address, an id of the LMS), by student id.
        columns: the column of each assignment, by id, where the user named one.
    """

    grades: tuple[Grade, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, Sequence[str]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        """The assignments, in order."""
        return tuple(dict.fromkeys(grade.id for grade in self.grades))

    def title(self, assignment: str) -> str:
        """The title of an assignment, its id where it has none."""
        return self.titles.get(assignment) or assignment
