"""The page of ``dlgrade quiz take --html``, for one bank and a seed."""

from __future__ import annotations

from dlgrade.exports._nouns import Content, Wanted
from dlgrade.quiz import sitting
from dlgrade.quiz._page import page


def write(wanted: Wanted) -> Content:
    """One sitting as a page that marks itself; it has as many of the questions as the bank wants drawn."""
    bank = wanted.sheets[0].bank
    items = sitting(bank, wanted.seed)
    written = frozenset("/".join(item.id.split("/")[:2]) for item in items)
    return Content(page(bank, items, wanted.misconceptions).encode(), {}, {}, written)
