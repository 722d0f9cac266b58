"""Bytes to text, in the encodings that students' editors really write.

Order: a byte order mark, the PEP 263 coding line, UTF-8, then Windows' cp1252 with a note. Line ends become
LF, because Python counts a lone CR as a line end and so does everything that shows lines.
"""

from __future__ import annotations

import codecs
import re

from dlgrade.errors import SubmissionError

__all__ = ["count", "decode", "listed", "printable", "refuse_unreadable"]

# UTF-32's little-endian mark begins with UTF-16's, so it is asked first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]{1,40})")
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?$")
# Python knows codecs that are no character sets (rot13, punycode, unicode_escape); some take quadratic time.
_CHARACTER_SET = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp\d+|koi8-\w+|mac-\w+|gb\w+|big5\w*|shift_jis\w*|euc_\w+|tis-620"
)


def decode(data: bytes) -> tuple[str, str]:
    """The text in `data` with LF line ends, and a sentence about its encoding ("" where all is well)."""
    text, remark = _decoded(data)
    return text.replace("\r\n", "\n").replace("\r", "\n"), remark


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), ""
    named = _coding_line(data)
    for encoding in (named, "utf-8"):
        try:
            if encoding:
                return data.decode(encoding), ""
        except UnicodeDecodeError:
            continue
    remark = "is not UTF-8 and was read as Windows text (cp1252): save it as UTF-8 if letters look wrong"
    try:
        return data.decode("cp1252"), remark
    except UnicodeDecodeError:
        return data.decode("latin-1"), remark


def _coding_line(data: bytes) -> str:
    for line in re.split(rb"\r\n|\r|\n", data[:1000])[:2]:
        found = _CODING.match(line)
        if found:
            try:
                name = codecs.lookup(found[1].decode("ascii", "replace")).name
            except LookupError:
                return ""
            return name if _CHARACTER_SET.fullmatch(name) else ""
        if not _BLANK.match(line):
            break
    return ""


def refuse_unreadable(text: str, where: str) -> None:
    """Raise for characters that no source text may hold: NUL and halves of a surrogate pair."""
    if "\0" in text:
        raise SubmissionError(
            f"{where}: holds NUL characters, so it is not a plain text file",
            "Save it again as UTF-8 text; UTF-16 without a byte order mark looks like this, too.",
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        line = text.count("\n", 0, error.start) + 1
        raise SubmissionError(
            f"{where}: line {line} holds U+{code:04X}, half of a character", "Type that line anew."
        ) from None


def printable(text: str, limit: int = 120) -> str:
    """`text` on one line of a terminal: control characters escaped, at most `limit` characters."""
    head = text.replace("\t", " ")[: limit + 1]
    clean = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in head)
    return clean if len(clean) <= limit else clean[: limit - 3] + "..."


def count(number: int, noun: str) -> str:
    """``1 line``, ``3 lines``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}{'es' if noun.endswith('s') else 's'}"


def listed(words: list[str], limit: int = 12) -> str:
    """``a, b and c``; no more than `limit` of them."""
    if len(words) > limit:
        words = [*words[:limit], f"{len(words) - limit} more"]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""
