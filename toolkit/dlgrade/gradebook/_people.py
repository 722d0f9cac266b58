"""Who is enrolled: what the gradebook takes for a person, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Person(Protocol):
    """What `Gradebook.enrol` reads of a person, such as a line of a roster."""

    @property
    def who(self) -> str:
        """The student's id."""

    @property
    def name(self) -> str:
        """As it is shown; empty where it is not known."""

    @property
    def other(self) -> Mapping[str, str]:
        """Whatever else is known, by name."""


@dataclass(frozen=True)
class Enrolled:
    """One student of the class.

    Attributes:
        who: the student's id.
        name: as it is shown; empty where it is not known.
        other: further columns of the rosters (an e-mail address, a section, an id of the LMS), by their headings.
    """

    who: str
    name: str = ""
    other: Mapping[str, str] = field(default_factory=dict)
