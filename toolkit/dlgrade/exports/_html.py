"""What several formats share: HTML of a text, figures as files, numbers as machines read them."""

from __future__ import annotations

import hashlib
import re
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from html import escape
from io import BytesIO

from dlgrade import markup
from dlgrade.exports._nouns import Put
from dlgrade.neutral import visible

_FORMULA = re.compile(r"(<code>.*?</code>)|\\\((?!<span>)(.*?)\\\)|\\\[(?!<span>)(.*?)\\\]", re.DOTALL)
_PARAGRAPH = re.compile(r"<p>((?:(?!</?p>).)*)</p>", re.DOTALL)
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say


def html(text: str) -> str:
    r"""The text as HTML with math between ``\(`` and ``\)``; a lone paragraph without its tags."""
    shown = markup.html(text, math="tex") if text else ""
    alone = _PARAGRAPH.fullmatch(shown)
    return alone[1] if alone else shown


def plain(text: str) -> str:
    """The text in one line of plain words, without the marks of code."""
    return " ".join(markup.plain(text).replace("`", "").split())


def paragraphs(texts: Iterable[str]) -> str:
    """Several texts below each other as HTML."""
    return "\n".join(markup.html(text, math="tex") for text in texts if text)


def with_math(shown: str, inline: Callable[[str], str], block: Callable[[str], str]) -> str:
    r"""HTML in which what stands between ``\(`` and ``\)`` is replaced; code stays as it is."""

    def formula(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1]
        return inline(found[2]) if found[2] is not None else block(found[3])

    return _FORMULA.sub(formula, shown)


def figure_name(put: Put) -> str:
    """Name of the file of the item's figure, by its content; empty where there is none."""
    if not put.item.figure:
        return ""
    return f"dlgrade-{hashlib.sha256(put.item.figure.encode()).hexdigest()[:16]}.svg"


def image(source: str, put: Put) -> str:
    """The item's figure as an element of HTML; empty where there is none."""
    return f'<p><img src="{escape(source)}" alt="{escape(visible(put.item.alt))}"></p>' if put.item.figure else ""


def base64(text: str) -> str:
    """A text as a file in a text."""
    return b64encode(text.encode()).decode()


def number(value: float) -> str:
    """A number for a machine: every digit that counts and none more."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def slack(value: float) -> str:
    """How far a number may be off, for a machine; six digits of it are enough."""
    return f"{value:.6g}"


def category(title: str) -> str:
    """A title as one level of the path of Moodle's categories."""
    return visible(" ".join(title.split())).replace("/", "//")


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip that is the same bytes for the same files."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return stream.getvalue()
