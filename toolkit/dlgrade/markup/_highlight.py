"""Code with colours: classes on spans by pygments, and one small style sheet for light and dark ground."""

from __future__ import annotations

from html import escape
from typing import Any

from dlgrade.markup._cloze import marks

# Class of pygments (its beginning) to the part it plays; the longest that fits wins.
_PARTS = {
    "c": "comment",
    "k": "keyword",
    "ow": "keyword",
    "s": "text",
    "m": "number",
    "kc": "number",
    "nb": "name",
    "nc": "name",
    "nd": "name",
    "nf": "name",
    "nt": "name",
    "gp": "comment",
    "gr": "keyword",
}
_COLOURS = {
    # part: (on light ground, on dark ground), each 4.5 : 1 or more against the ground of the code
    "comment": ("#5f6672", "#98a1af"),
    "keyword": ("#8a2f8f", "#d9a0e6"),
    "text": ("#1a6b3c", "#8fd6a8"),
    "number": ("#9a4a0b", "#f0b078"),
    "name": ("#2557a7", "#8fb7f5"),
}
_GROUND = ("#f1efe9", "#14171c")
_INK = ("#1d2129", "#e5e8ec")


def code(source: str, language: str = "python") -> str:
    """A block of code as HTML, highlighted where the language is known; clozes in it stay whole."""
    clean, queue = marks(source.rstrip("\n"))
    pieces: list[str] = []
    place = 0
    for text, part in _coloured(clean, language):
        end = place + len(text)
        while place < end:
            while queue and queue[0][0] <= place:
                pieces.append(escape(queue.pop(0)[1], quote=False))
            cut = min(end, queue[0][0]) if queue else end
            piece = escape(clean[place:cut], quote=False)
            pieces.append(f'<span class="{part}">{piece}</span>' if part and piece.strip() else piece)
            place = cut
    pieces += [escape(mark, quote=False) for _, mark in queue]
    return f'<pre class="highlight"><code>{"".join(pieces)}</code></pre>'


def known(language: str) -> bool:
    """Whether code in this language can be highlighted."""
    return not language or _lexer(language) is not None


def styles(night: str = "") -> str:
    """The style sheet of `code`.

    Args:
        night: a selector that stands before the dark rules (``.nightMode``); empty where the reader's system
            chooses between light and dark.
    """
    light, dark = (_rules(0, ""), _rules(1, night and night + " "))
    dark = dark if night else f"@media (prefers-color-scheme: dark) {{\n{dark}}}\n"
    return light + dark


def _rules(ground: int, before: str) -> str:
    lines = [f"{before}.highlight {{ background: {_GROUND[ground]}; color: {_INK[ground]}; }}"]
    lines += [f"{before}.highlight .{part} {{ color: {colours[ground]}; }}" for part, colours in _COLOURS.items()]
    if not ground:
        lines.append(".highlight { overflow-x: auto; text-align: left; }")
        lines.append(".highlight .comment { font-style: italic; }")
    return "\n".join(lines) + "\n"


def _coloured(source: str, language: str) -> list[tuple[str, str]]:
    from pygments.token import STANDARD_TYPES

    lexer = _lexer(language) if language else None
    if lexer is None:
        return [(source, "")]
    found: list[tuple[str, str]] = []
    for kind, text in lexer.get_tokens(source):
        while kind not in STANDARD_TYPES:
            kind = kind.parent
        short = STANDARD_TYPES[kind]
        part = next((_PARTS[short[:n]] for n in range(len(short), 0, -1) if short[:n] in _PARTS), "")
        if found and found[-1][1] == part:
            found[-1] = (found[-1][0] + text, part)
        else:
            found.append((text, part))
    # The lexer ends every source with a newline of its own.
    return [*found[:-1], (found[-1][0].removesuffix("\n"), found[-1][1])] if found else []


def _lexer(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False)  # type: ignore[no-untyped-call]
    except ClassNotFound:
        return None
