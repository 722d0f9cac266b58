"""Numbers and texts as other programs read them, and file names that no student id can abuse."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from dlgrade.neutral import NAME_LIMIT, neutral

_NUMBER = re.compile(r"-?[0-9.,]+%?")
# What a spreadsheet takes for a formula where a cell begins with it; the last four are what some make of the first.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]|^[. ]|[. ]$|^$')
_LONGEST = 180  # bytes; file systems take 255 with the ending
# Names that Windows gives to devices, whatever follows the dot.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)
_SHOWN = 20


def number(value: float, places: int = 4, *, comma: bool = False) -> str:
    """``7.5``, ``10``: half rounded up, as in school, without idle zeros; with a decimal comma where that is wanted."""
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{exact:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    text = "0" if text == "-0" else text
    return text.replace(".", ",") if comma else text


def read_number(text: str) -> float | None:
    """A number with a point or a comma; of several signs the last is the decimal one, as Canvas reads it."""
    text = text.strip()
    if not _NUMBER.fullmatch(text) or not any(map(str.isdigit, text)):
        return None
    whole, sign, rest = text.rstrip("%").replace(",", ".").rpartition(".")
    return float(f"{whole.replace('.', '')}{sign}{rest}" if sign else rest)


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with a leading apostrophe where it could.

    `unguarded` gives the text back, whatever it was.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """The text that `guarded` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def file_name(who: str) -> str:
    """The name of a student's files, without an ending: the id itself, or where no file can be called so, its own."""
    size = len(who.encode("utf-8", "surrogatepass"))
    if size <= _LONGEST and not _UNSAFE.search(who) and not _DEVICES.match(who):
        return who
    kept = re.sub(r"[^A-Za-z0-9]+", "-", who).strip("-")[:40]
    mark = hashlib.sha256(who.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{kept or 'student'}~{mark}"


def listed(names: Iterable[str], most: int | None = _SHOWN) -> str:
    """Names in a line, harmless for a terminal; `most` None: all of them."""
    every = [neutral(name, NAME_LIMIT) for name in names]
    shown = every if most is None else every[:most]
    return ", ".join(shown) + (f" and {len(every) - len(shown)} more" if len(every) > len(shown) else "")


def counted(many: int, one: str, more: str = "") -> str:
    """``1 grade``, ``3 grades``."""
    return f"{many} {one if many == 1 else more or one + 's'}"
