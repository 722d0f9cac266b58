"""Chance that comes out the same everywhere: on each machine, in each process, under each Python.

The generators of the standard library promise this only in part (`random.choice` has changed before), so every
draw is a hash of what it is for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def chance(*purpose: object) -> int:
    """A large whole number that depends on nothing but `purpose`."""
    text = "\x1f".join(str(part) for part in purpose)
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16], "big")


def shuffled(items: Sequence[T], *purpose: object) -> list[T]:
    """The items in an order that depends on nothing but their number and `purpose`."""
    ranks = sorted(range(len(items)), key=lambda place: chance(*purpose, place))
    return [items[place] for place in ranks]
