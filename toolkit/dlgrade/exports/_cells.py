r"""What stands in the cells of a notebook: texts as Markdown, and the Python that reads and marks an answer.

Texts are HTML with formulas between dollars and programs as fenced code, which every viewer of notebooks shows; what
Jupyter or nbgrader would take for a command of theirs is written so that it shows the same and acts no more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape

from dlgrade import markup
from dlgrade.exports._html import base64, image, number, plain, slack, with_math
from dlgrade.exports._nouns import Put

# Lines with these words mean something to nbgrader, wherever they stand.
_WORDS = re.compile(r"(?:BEGIN|END)(?= (?:HIDDEN TESTS|SOLUTION|MARK SCHEME))|AUTOTEST")
_PROGRAM = re.compile(r'<pre class="highlight"><code>(.*?)</code></pre>', re.DOTALL)
_ELEMENT = re.compile(r"<[^>]*>")
_BLANK = re.compile(r"\n([ \t]*)(?=\n)")
_HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")


def text_cell(texts: Sequence[str]) -> str:
    """Texts below each other, for a cell of Markdown."""
    return "\n\n".join(_shown(markup.html(text, math="tex")) for text in texts if text)


def _shown(html: str) -> str:
    pieces: list[str] = []
    place = 0
    for found in _PROGRAM.finditer(html):
        before = html[: found.start()]
        source = unescape(_ELEMENT.sub("", found[1]))
        # In a list it is part of the item, and some signs act in fenced code too.
        if before.count("<li") != before.count("</li") or re.search(r"[$`]|~~~|@@", source) or _WORDS.search(source):
            continue
        pieces += [_harmless(html[place : found.start()]), f"```python\n{source}\n```"]
        place = found.end()
    return "\n\n".join(filter(None, [*pieces, _harmless(html[place:])]))


def _harmless(html: str) -> str:
    r"""HTML without blank lines, which would end it; formulas between dollars, and no other dollars."""
    marked = with_math(html.strip(), lambda tex: f"\0{_tex(tex)}\0", lambda tex: f"\0\1{_tex(tex)}\0")
    pieces = marked.split("\0")
    for place, piece in enumerate(pieces):
        if not place % 2:
            pieces[place] = _wordless(piece.replace("$", "<span>&#36;</span>").replace("@@", "@<span>@</span>"))
        else:
            mark = "$$" if piece.startswith("\1") else "$"
            pieces[place] = f"{mark}{piece.removeprefix(chr(1))}{mark}"
    return _BLANK.sub(r"&#10;\1", "".join(pieces))


def _wordless(html: str) -> str:
    return _WORDS.sub(lambda found: f"&#{ord(found[0][0])};{found[0][1:]}", html)


def _tex(tex: str) -> str:
    r"""A formula for MathJax; ``<`` would be escaped once by us and once by Jupyter."""
    shown = re.sub("& ?", "& ", " ".join(unescape(tex).split()))
    return re.sub(r"> ?", r"\\gt ", re.sub(r"< ?", r"\\lt ", shown))


def literal(text: str) -> str:
    """A text as Python writes it."""
    return _WORDS.sub(lambda found: f"\\x{ord(found[0][0]):02x}{found[0][1:]}", repr(text))


def line_cell(text: str) -> str:
    """A text without blocks, for the inside of an element."""
    return _harmless(markup.html(text, math="tex", inline=True))


def figure_cell(put: Put) -> str:
    """The item's figure, in the text itself; empty where there is none."""
    shown = image(f"data:image/svg+xml;base64,{base64(put.item.figure)}", put)
    return _wordless(shown.replace("$", "&#36;").replace("@@", "&#64;&#64;"))


def hint(put: Put, name: str) -> str:
    """How the answer is written, for the comment above it."""
    return f"Set {name} to {_wanted(put)}."


def _wanted(put: Put) -> str:
    match put.form:
        case "choice" if put.item.kind == "two_tier":
            return 'the letter of the answer and the number of its reason, such as "A1"'
        case "choice" if put.item.kind == "spot":
            return "the number of the line"
        case "choice":
            return 'the letter of one choice, such as "A"'
        case "choices":
            return 'the letters of all that are right, such as "AC"'
        case "claim":
            return "True or False"
        case "number":
            return "a number"
        case "order":
            return 'all letters from first to last, such as "CAB..."'
        case "match":
            return 'the letters that belong to 1, 2, 3 and so on, such as "BCA..."'
        case _:
            return "what is printed, as text"


def solution(put: Put, letters: Sequence[str]) -> str:
    """The right answer as Python.

    Args:
        letters: of the choices, steps or right sides, in the order in which they are shown.
    """
    match put.form:
        case "choice" if put.item.kind == "spot":
            return next(choice.label for choice in put.choices if choice.right)
        case "choice" | "choices":
            return literal("".join(letter for letter, choice in zip(letters, put.choices, strict=True) if choice.right))
        case "claim":
            return next(choice.text for choice in put.choices if choice.right)
        case "number":
            return number(put.item.number or 0.0)
        case "order":
            return literal("".join(letters[put.shown_order.index(place)] for place in range(len(put.order))))
        case "match":
            return literal("".join(letters[put.sides.index(right)] for _, right in put.pairs))
        case _:
            return literal(put.item.printed)


def tests(put: Put, name: str, letters: Sequence[str]) -> str:
    """The Python that marks the answer in `name`; what would tell the answer is in the hidden part."""
    seen, hidden = _TESTS[put.form](put, name, letters)
    because = [f"print({literal(plain(put.because))})"] if put.because else []
    return "\n".join([seen, _HIDDEN[0], *because, *hidden, _HIDDEN[1]])


_Lines = tuple[str, list[str]]


def _choice_tests(put: Put, name: str, letters: Sequence[str]) -> _Lines:
    right = next(letter for letter, choice in zip(letters, put.choices, strict=True) if choice.right)
    told = {letter: _said(choice.told) for letter, choice in zip(letters, put.choices, strict=True) if choice.told}
    return (
        f"_given = str({name}).upper().replace(' ', '').replace(',', '')\n"
        f"assert _given in {list(letters)}, {literal(hint(put, name))}",
        [*_told(told), f"assert _given == {literal(right)}, _told.get(_given, 'Not right.')"],
    )


def _several_tests(put: Put, name: str, letters: Sequence[str]) -> _Lines:
    told = {letter: _said(choice.told) for letter, choice in zip(letters, put.choices, strict=True) if choice.told}
    return (
        f"_given = set(str({name}).upper()) - set(' ,')\nassert _given <= {_set(letters)}, {literal(hint(put, name))}",
        [
            *_told(told),
            f"_right = set({solution(put, letters)})",
            "_points = (len(_given & _right) - len(_given - _right)) / len(_right)",
            "_said = [_told[letter] for letter in sorted(_given) if letter in _told]",
            "assert _points > 0, ' '.join(_said) or 'Not right.'",
            *_PARTLY,
        ],
    )


def _claim_tests(put: Put, name: str, letters: Sequence[str]) -> _Lines:
    told = next((_said(choice.told) for choice in put.choices if choice.told), "Not right.")
    return (
        f"assert {name} in (True, False), {literal(hint(put, name))}",
        [f"assert {name} == {solution(put, letters)}, {literal(told)}"],
    )


def _number_tests(put: Put, name: str, letters: Sequence[str]) -> _Lines:
    near = f"abs({name} - {number(put.item.number or 0.0)}) <= {slack(put.item.tolerance)}"
    lines = [
        f"assert {near} or abs({name} - {number(wrong.value)}) > {slack(wrong.slack)}, {literal(_said(wrong.told))}"
        for wrong in put.wrong
    ]
    return (
        f"assert isinstance({name}, (int, float)), {literal(hint(put, name))}",
        [*lines, f"assert {near}, 'Not right.'"],
    )


def _typed_tests(put: Put, name: str, letters: Sequence[str]) -> _Lines:
    words = r"re.findall(r'\w+|[^\w\s]', {})"
    right = words.format(literal(put.item.printed))
    return (
        f"import re\nassert isinstance({name}, str), {literal(hint(put, name))}",
        [f"assert {words.format(name)} == {right}, 'Not right.'"],
    )


def _order_tests(put: Put, name: str, letters: Sequence[str]) -> _Lines:
    return (
        f"from bisect import bisect_left\n_given = [sign for sign in str({name}).upper() if sign not in ' ,']\n"
        f"assert sorted(_given) == {list(letters)}, {literal(hint(put, name))}",
        [
            "_ends = []  # of the longest runs that are in the right order",
            f"for _place in map({solution(put, letters)}.index, _given):",
            "    _spot = bisect_left(_ends, _place)",
            "    _ends[_spot:_spot + 1] = [_place]",
            "_points = len(_ends) / len(_given)",
            *_PARTLY,
        ],
    )


def _match_tests(put: Put, name: str, letters: Sequence[str]) -> _Lines:
    return (
        f"_given = [sign for sign in str({name}).upper() if sign not in ' ,']\n"
        f"assert len(_given) == {len(put.pairs)} and set(_given) <= {_set(letters)}, {literal(hint(put, name))}",
        [
            f"_points = sum(map(str.__eq__, _given, {solution(put, letters)})) / {len(put.pairs)}",
            "assert _points > 0, 'None is matched right.'",
            *_PARTLY,
        ],
    )


_PARTLY = ["round(_points, 4)  # nbgrader takes the last value for the points"]
_TESTS = {
    "choice": _choice_tests,
    "choices": _several_tests,
    "claim": _claim_tests,
    "number": _number_tests,
    "typed": _typed_tests,
    "order": _order_tests,
    "match": _match_tests,
}


def _told(told: Mapping[str, str]) -> list[str]:
    lines = [f"    {literal(letter)}: {literal(text)}," for letter, text in told.items()]
    return ["_told = {", *lines, "}"] if lines else ["_told = {}"]


def _set(letters: Sequence[str]) -> str:
    return f"set({literal(''.join(letters))})"


def _said(texts: Sequence[str]) -> str:
    return " ".join(map(plain, texts)) or "Not right."
