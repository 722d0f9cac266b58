"""Who handed in the same network or the same file. Reported, never judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from dlgrade.overview._work import Work


@dataclass(frozen=True)
class Group:
    """Two or more students whose work is the same in one respect.

    Attributes:
        kind: ``network``: the same structure, whatever its parts are called; ``file``: the same source, byte for
            byte.
        hash: of what is the same.
        works: by student.
        files: how many different sources there are in the group.
    """

    kind: str
    hash: str
    works: tuple[Work, ...]
    files: int


def similar(works: Sequence[Work]) -> tuple[Group, ...]:
    """Groups of the same network, and of the same file where no network says so already; the largest first."""
    networks = _groups(works, "network")
    told = {frozenset(one.who for one in group.works) for group in networks}
    files = [group for group in _groups(works, "file") if not _within(group, told)]
    return tuple(sorted([*networks, *files], key=lambda group: (-len(group.works), group.works[0].who, group.kind)))


def _groups(works: Sequence[Work], kind: str) -> list[Group]:
    found: dict[str, list[Work]] = defaultdict(list)
    for one in works:
        mark = one.structure if kind == "network" else one.source
        if mark:
            found[mark].append(one)
    return [
        Group(kind, mark, tuple(members), len({one.source for one in members}))
        for mark, members in found.items()
        if len(members) > 1
    ]


def _within(group: Group, told: set[frozenset[str]]) -> bool:
    """Whether one group of those told is made of just these students."""
    return frozenset(one.who for one in group.works) in told
