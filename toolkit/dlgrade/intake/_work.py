"""What a layout finds, before anybody is matched with the roster; frozen, without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dlgrade.intake._nouns import Refused
from dlgrade.intake._tree import Node, NotTakenError, Tree, walk

__all__ = ["Found", "Item", "Work", "below"]


@dataclass(frozen=True)
class Item:
    """One file of a submission.

    Attributes:
        name: as the student named it, with ``/`` below a folder.
        again: which resubmission of that name it is, 0 for the first.
    """

    name: str
    node: Node
    again: int = 0


@dataclass(frozen=True)
class Work:
    """One attempt of one student.

    Attributes:
        id: the student, as the layout names them.
        origin: its name in what the instructor has.
        home: the folder that holds this student's files and nobody else's, where there is one.
        ids: what else the student is called by the course system.
        issued: whether `id` is a number that the course system gave out, which may be another person's in a roster.
        number: rises with each attempt of a student, where the layout tells.
        trouble, mend: why it cannot be taken at all.
    """

    id: str
    origin: str
    items: tuple[Item, ...] = ()
    home: Node | None = None
    name: str = ""
    email: str = ""
    ids: tuple[str, ...] = ()
    issued: bool = False
    when: datetime | None = None
    number: int = 0
    other: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""
    mend: str = ""


@dataclass
class Found:
    """Everything that a layout found."""

    works: list[Work] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def refuse(self, node: Node, what: str, mend: str = "") -> None:
        """Tell of something that is nobody's submission."""
        self.refused.append(Refused("", node.shown, what, mend))


def below(tree: Tree, home: Node) -> tuple[tuple[Item, ...], str, str]:
    """All files of a student's folder; where it cannot be looked at, why and what to do."""
    try:
        return tuple(Item("/".join(path), node) for path, node in walk(tree, home)), "", ""
    except NotTakenError as trouble:
        return (), trouble.what, trouble.mend
