"""What may be wrong with the clozes of a text, as Anki will read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from dlgrade import markup

_ANY_OPEN = re.compile(r"\{\{\s*[cC]\d*\s*:*")
_OPENED = re.compile(r"\{\{c\d+::")
_ESCAPED = re.compile(r"\\[{}]")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_TRAP = "Two closing braces end a cloze wherever they stand; write them as '} }'."


def cloze_faults(text: str) -> Iterator[tuple[str, str]]:
    """Each fault as what and the mend."""
    found = list(markup.clozes(text))
    opened = [match[0] for match in _ANY_OPEN.finditer(text)]
    if not opened:
        yield "it has no cloze", "Write {{c1::hidden}} around what is to be recalled."
        return
    if any(_OPENED.search(text, one.inside.start, one.end) for one in found):
        yield "a cloze stands inside another", "Close the one before you open the next."
        return
    yield from _malformed(text, found, opened)
    numbers = sorted({one.number for one in found})
    if found and numbers != list(range(1, len(numbers) + 1)):
        written = ", ".join(f"c{number}" for number in numbers)
        yield f"its clozes are numbered {written}", "Number them from c1 without holes."
    for one in found:
        yield from _inside(one)
    yield from _torn(text)


def stray(text: str) -> bool:
    """Whether a text that is no cloze has the marker of one."""
    return bool(_OPENED.search(text))


def _malformed(text: str, found: list[markup.Cloze], opened: list[str]) -> Iterator[tuple[str, str]]:
    if len(found) < len(opened):
        wrong = next((one for one in opened if not _OPENED.fullmatch(one)), "")
        if wrong:
            yield f"'{wrong}' does not open a cloze", "Write {{c1::hidden}}."
        else:
            yield "a cloze is not closed", "End it with two closing braces."


def _inside(one: markup.Cloze) -> Iterator[tuple[str, str]]:
    shown = f"c{one.number} '{one.hidden}'"
    braces = _ESCAPED.sub("", one.hidden + one.hint)
    if braces.count("{") > braces.count("}"):
        yield f"{shown} is cut short by the braces inside it", _TRAP
        return
    if not one.hidden.strip():
        yield f"c{one.number} hides nothing", "Write what is to be recalled behind the ::."
    if "::" in one.hint or _unbalanced(one.hidden):
        yield f"{shown} ends at '::', behind which Anki reads a hint", "Say it without ::, or leave it outside."


def _unbalanced(text: str) -> bool:
    return any(text.count(left) != text.count(right) for left, right in _BRACKETS.items() if left != "{")


def _torn(text: str) -> Iterator[tuple[str, str]]:
    """Clozes that begin in one element of the page and end in another."""
    html = markup.html(text, math="tex")
    for one in markup.clozes(html):
        if not _Balance(one.hidden).holds:
            hidden = re.sub(r"<[^>]*>", "", one.hidden)
            what = f"c{one.number} '{hidden.strip()}' begins and ends in different parts of the text"
            yield what, "Let it hide whole words, whole emphasis and whole paragraphs."


class _Balance(HTMLParser):
    """Whether a piece of HTML closes what it opens, and nothing else."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self._odd = False
        self.feed(html)

    @property
    def holds(self) -> bool:
        return not self._odd and not self._open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("img", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self._odd = True
