"""Text from strangers, made harmless.

A class name, a file name or an assertion message is the student's to choose. On a terminal an escape sequence
in it could recolour a verdict, a line break could forge one, a right-to-left override could turn a number
round. Such characters are shown as what they are (``\\x1b``, ``\\n``, ``\\u202e``) and never sent.
"""

from __future__ import annotations

import unicodedata

__all__ = ["LIMIT", "NAME_LIMIT", "encodable", "neutral", "visible"]

LIMIT = 300
"""Length to which `neutral` cuts a sentence."""

NAME_LIMIT = 48
"""Length to which names are cut that stand in a line with others."""

_CUT = "..."
# Controls, formats (bidi, zero-width), surrogates, private use, unassigned; line and paragraph separators.
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that show nothing, so that two different names would look alike.
_UNSEEN = frozenset(
    map(
        chr,
        [
            0x034F,
            0x115F,
            0x1160,
            0x17B4,
            0x17B5,
            0x2800,
            0x3164,
            0xFFA0,
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ],
    )
)
_MARKS_IN_A_ROW = 2  # more than any script here needs; a pile of them would overprint the lines around
_PLAIN = str.maketrans({"×": "x", "→": "->", "≤": "<=", "≥": ">=", "±": "+-", "–": "-", "—": "-", "…": "..."})


def neutral(text: str, limit: int = LIMIT) -> str:
    """The text on one line, harmless for a terminal, at most ``limit`` characters long.

    What is cut away is marked by ``...``. HTML still has to be escaped, which the page's template does.
    """
    shown = visible(text[: limit + 1])  # cut first: ten megabytes need not be looked at to show a line
    return shown if len(shown) <= limit else shown[: limit - len(_CUT)].rstrip() + _CUT


def visible(text: str) -> str:
    """The text on one line with every harmful character written out, not cut."""
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category in _HARMFUL or character in _UNSEEN or marks > _MARKS_IN_A_ROW:
            shown.append(_written_out(character))
        else:
            shown.append(" " if category == "Zs" else character)
    return "".join(shown)


def encodable(text: str, encoding: str) -> str:
    """The text in characters that the encoding has: a pipe in plain ASCII must not stop the report."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


def _written_out(character: str) -> str:
    # The names that everybody knows first; `unicode_escape` would leave the printable ones alone.
    known = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(character)
    if known:
        return known
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
