"""What was handed in, by whom and when; frozen, without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Person:
    """One line of a roster.

    Attributes:
        who: the student's id, as the gradebook knows it.
        name: as it is shown; empty where the roster has none.
        other: further columns of the roster, by their headings (an e-mail address, a section, an id of the LMS).
    """

    who: str
    name: str = ""
    other: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HandedIn:
    """One student's submission to one assignment, ready to be read by `dlgrade.submission.read`.

    Attributes:
        who: the student's id.
        path: a file or folder; inside the folder that was given to `collect` for unpacking where it came packed.
        origin: its name in what the instructor has, for messages and for feedback that goes back.
        when: when it was handed in, with a time zone, where the source says; None where it does not.
        name: the student's name, where the source or the roster says.
        other: what the source says besides (the LMS's own ids), by name.
    """

    who: str
    path: Path
    origin: str
    when: datetime | None = None
    name: str = ""
    other: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """Something that was handed in and cannot be taken; it is told, and the others are graded.

    Attributes:
        who: the student's id, empty where it cannot be told.
        origin: its name in what the instructor has.
        what: one sentence; ``mend``: what to do about it.
    """

    who: str
    origin: str
    what: str
    mend: str = ""


@dataclass(frozen=True)
class Collection:
    """Everything that was found.

    Attributes:
        layout: what it was taken for: ``files``, ``folders``, ``nbgrader``, ``canvas``, ``moodle`` or ``gradescope``.
        handed_in: one per student, by student id.
        refused: what cannot be taken.
        missing: people of the roster who handed in nothing.
    """

    layout: str
    handed_in: tuple[HandedIn, ...]
    refused: tuple[Refused, ...] = ()
    missing: tuple[Person, ...] = ()
