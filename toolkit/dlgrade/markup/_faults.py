"""What is wrong with a text, so that an author hears of it before a learner does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlgrade.markup._cloze import revealed
from dlgrade.markup._highlight import known
from dlgrade.markup._mathml import mathml
from dlgrade.markup._parse import tokens
from dlgrade.markup._tex import TexError
from dlgrade.neutral import neutral

if TYPE_CHECKING:
    from markdown_it.token import Token

_DOLLAR = r"Close it with a second $, or write \$ where a dollar is meant."


def faults(text: str) -> tuple[str, ...]:
    """Each fault in one line, with the mend behind a full stop; empty where there is none.

    Faults are: math or a fence of code that is not closed, TeX that cannot be shown, a language that is unknown.
    """
    return tuple(dict.fromkeys(_found(text)))


def _found(text: str) -> Iterator[str]:
    source = text.replace("\r\n", "\n").split("\n")
    for token in tokens(text):
        if token.type == "fence":
            yield from _fence(token, source)
        elif token.type == "math_block":
            yield from _formula(token.content, block=True)
        for child in token.children or []:
            if child.type in ("math_inline", "math_inline_double"):
                yield from _formula(child.content, block=child.type == "math_inline_double")
            elif child.type == "text" and "$" in child.content:
                place = child.content.index("$")
                yield f"math is not closed at '{neutral(child.content[place:], 40)}'. {_DOLLAR}"


def _fence(token: Token, source: list[str]) -> Iterator[str]:
    begin, end = token.map or [0, 0]
    last = source[end - 1].strip() if end - 1 > begin else ""
    if not (last.startswith(token.markup) and not last.strip(token.markup[0])):
        yield f"the code that begins with '{neutral(source[begin].strip(), 40)}' is not closed. Add a line of ```."
    language = token.info.strip()
    if not known(language):
        yield f"'{neutral(language, 40)}' is not a known language of code. Write ```python, ```text or ``` alone."


def _formula(tex: str, *, block: bool) -> Iterator[str]:
    shown = neutral(tex, 60)
    if "`" in tex:
        yield f"'${shown}$' is read as math. {_DOLLAR}"
        return
    try:
        mathml(revealed(" ".join(tex.split())), block=block)
    except TexError as error:
        yield f"'${shown}$' {error}. Write TeX that a line of text can say too."
