"""What every page of ours is made with: one template environment, one way to write a file, one set of words.

Promises: every value that goes onto a page is escaped and made harmless, whatever template names it; a page is
written wholly or not at all. A page that is made elsewhere takes its look from ``report.css``, which its template
includes by that name.
"""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dlgrade.errors import MachineError
from dlgrade.neutral import NAME_LIMIT, neutral, visible
from dlgrade.report import _words as words
from dlgrade.report._words import MOODS, Mood, amount, count, duration, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment

__all__ = ["MOODS", "Mood", "amount", "count", "duration", "environment", "percent", "write_page"]


@cache
def environment(package: str = "dlgrade.report") -> Environment:
    """The environment of the templates of a package, in which those of the report can be included too."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    packages = dict.fromkeys([package, "dlgrade.report"])
    made = Environment(
        loader=ChoiceLoader([PackageLoader(name, "templates") for name in packages]),
        autoescape=True,
        # Every value on the page passes here, so that no field can be forgotten.
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "amount": amount,
        "count": count,
        "duration": duration,
        "name": lambda text: neutral(text, NAME_LIMIT),
        "neutral": neutral,
        "percent": percent,
        "shape": words.shape,
    }
    made.filters.update(filters)
    return made


def write_page(text: str, path: Path | str, what: str = "the report") -> None:
    """Write a page to ``path``, wholly or not at all.

    Args:
        what: how a message calls the page.

    Raises:
        MachineError: the folder is missing or cannot be written to.
    """
    path = Path(path)
    # In the same folder, since a rename is only atomic within one file system.
    part = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        try:
            with part.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise MachineError(
            f"{what} cannot be written to {visible(str(path))}: {reason}",
            "name a file in a folder that you can write to",
        ) from error


def _harmless(value: object) -> object:
    # Markup is a `str` too: ours alone, the drawings and what the template's own macros made.
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
