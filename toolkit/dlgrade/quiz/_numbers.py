"""Numbers as people type and read them.

Promises: `typed_number` takes the ways to write a number that are in use on either side of the sea, wherever they
can mean one number only, and says None otherwise; it never guesses and never evaluates.
"""

from __future__ import annotations

import math
import re

_MEANT = 1e-6  # share of a number below which a tolerance only allows for the computer's rounding
_LONGEST = 60  # characters; nobody types a longer number
_SPACES = re.compile("[ \u00a0\u2009\u202f_'\u2019]")  # what stands between groups of three digits
_MINUS = str.maketrans({"\u2212": "-", "\u2012": "-", "\u2013": "-"})
_EXPONENT = r"(?:[eE][-+]?[0-9]{1,4})?"
_FORMS = tuple(
    re.compile(rf"([-+]?)(?:{whole})({_EXPONENT})\Z")
    for whole in (
        r"(?P<plain>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)",  # 12  12.5  12.  .5
        r"(?P<english>[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?)",  # 1,234  1,234,567.8
        r"(?P<european>[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]*|[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,})",  # 1.234,5  1.234.567
        r"(?P<comma>[0-9]+,[0-9]*|,[0-9]+)",  # 0,5  1234,567
    )
)
_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:X[0-9]{3})+(?![0-9])(?:[.,][0-9]*)?\Z".replace("X", _SPACES.pattern))


def typed_number(text: str, unit: str = "") -> float | None:
    """The number that was typed, or None where it is none or could be two.

    ``1 234`` and ``1,234`` are 1234; ``1,5``, ``0,125`` and ``1.234,5`` have a decimal comma; ``3/4`` and ``1e-3``
    are read; the unit may stand behind the number. ``1 1/2`` is not read: it could mean 11/2.
    """
    text = text.strip().translate(_MINUS)
    if unit and text.casefold().endswith(unit.casefold()):
        text = text[: -len(unit)].rstrip()
    if len(text) > _LONGEST:
        return None
    top, bar, bottom = text.partition("/")
    number = _one(top.strip())
    if not bar or number is None:
        return number
    divisor = _one(bottom.strip())
    return None if not divisor else _finite(number / divisor)


def _one(text: str) -> float | None:
    if _SPACES.search(text):
        if not _GROUPED.match(text):
            return None
        text = _SPACES.sub("", text)
        text = text.replace(",", ".")  # groups are told by spaces, so this comma is decimal
    for form in _FORMS:
        found = form.match(text)
        if found:
            return _finite(float(_english(found)))
    return None


def _english(found: re.Match[str]) -> str:
    sign, exponent = found.group(1), found.groups()[-1]
    kind, digits = next((kind, digits) for kind, digits in found.groupdict().items() if digits is not None)
    if kind == "english":
        digits = digits.replace(",", "")
    elif kind == "european":
        digits = digits.replace(".", "").replace(",", ".")
    elif kind == "comma":
        digits = digits.replace(",", ".")
    return sign + digits + exponent


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def number_text(number: float, unit: str = "", tolerance: float = 0.0) -> str:
    """A number to read: whole ones with their thousands marked, others to as many digits as are asked for."""
    if tolerance > _MEANT * abs(number) and not float(number).is_integer():
        decimals = max(0, -math.floor(math.log10(tolerance)))
        text = f"{number:,.{decimals}f}" if decimals <= 6 else f"{number:.6g}"
    elif float(number).is_integer() and abs(number) < 1e15:
        text = f"{int(number):,}" if abs(number) >= 10_000 else str(int(number))
    else:
        text = f"{number:.6g}"
    return f"{text} {unit}" if unit else text
