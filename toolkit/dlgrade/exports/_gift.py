r"""GIFT, the text format of Moodle, as far as it goes.

Texts are HTML, since GIFT's own is plain; figures stand in them as data. Orders become a matching of positions: GIFT
has no other way that every Moodle reads. Whatever GIFT takes for a command is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dlgrade.exports._html import base64, html, image, number, paragraphs, plain, slack
from dlgrade.exports._moodle import filed, reason_to_leave_out, share
from dlgrade.exports._nouns import Choice, Content, Put, Sheet, Wanted

_CHANGED = {
    "order": "GIFT has no orders; written as a matching of positions",
    "essay": "GIFT cannot say that a reflection has no points; set them to 0 in Moodle",
}
_SPECIAL = re.compile(r"[~=#{}:]")


def write(wanted: Wanted) -> Content:
    """The questions as GIFT."""
    blocks: list[str] = []
    left_out: dict[str, str] = {}
    changed: dict[str, str] = {}
    for sheet in wanted.sheets:
        for family, path, begins in filed(wanted.course, sheet, _reason_to_leave_out, left_out):
            if begins:
                blocks.append(f"$CATEGORY: {path}")
            if family.puts[0].form in _CHANGED:
                changed[family.id] = _CHANGED[family.puts[0].form]
            blocks += [_question(put, sheet) for put in family.puts]
    return Content(("\n\n".join(blocks) + "\n").encode(), left_out, changed)


def _reason_to_leave_out(put: Put) -> str:
    if any("->" in text for text in put.answers):
        return "GIFT takes an answer with an arrow for a matching"
    return reason_to_leave_out(put)


def _question(put: Put, sheet: Sheet) -> str:
    source = f"data:image/svg+xml;base64,{base64(put.item.figure)}"
    stem = paragraphs([put.stem]) + image(source, put)
    general = _general(put)
    answers = _FORMS[put.form](put)
    return (
        f"// [id:{put.id}] [tag:{sheet.bank.id}] [tag:{put.item.objective}]\n"
        f"::{_escaped(put.id.partition('/')[2])}::[html]{_escaped(stem)}{{{answers}{general}}}"
    )


def _general(put: Put) -> str:
    if put.form == "essay":
        ideas = "".join(f"<li>{html(idea)}</li>" for idea in put.ideas)
        return f"####{_escaped(f'<p>A good answer has:</p><ul>{ideas}</ul>')}"
    return f"\n####{_escaped(paragraphs([put.because]))}\n" if put.because else "\n"


def _choice(put: Put) -> str:
    return "".join(f"\n{'=' if one.right else '~'}{_option(one)}" for one in put.choices)


def _choices(put: Put) -> str:
    gain = share(put.choices) or 0.0
    return "".join(f"\n~%{number(gain if one.right else -gain)}%{_option(one)}" for one in put.choices)


def _option(choice: Choice) -> str:
    text = html(choice.text)
    text = text.replace("%", "&#37;", 1) if text.startswith("%") else text  # would be read as a share
    return _escaped(text) + _told(choice.told)


def _told(texts: tuple[str, ...]) -> str:
    return f"#{_escaped(paragraphs(texts))}" if texts else ""


def _claim(put: Put) -> str:
    right, wrong = sorted(put.choices, key=lambda choice: not choice.right)
    return right.text.upper() + _told(wrong.told)


def _number(put: Put) -> str:
    item = put.item
    assert item.number is not None  # noqa: S101 - every item of this form has one
    rows = [f"\n={number(item.number)}:{slack(item.tolerance)}"]
    rows += [f"\n=%0%{number(one.value)}:{slack(one.slack)}{_told(one.told)}" for one in put.wrong]
    return "#" + "".join(rows)


def _typed(put: Put) -> str:
    star = r"\*"  # a bare one would stand for any text
    return "".join("\n=%100%" + _escaped(text.replace("*", star)) for text in put.answers)


def _order(put: Put) -> str:
    rows = ((html(put.order[place]), str(place + 1)) for place in put.shown_order)
    return _pairs(rows)


def _match(put: Put) -> str:
    used = {right for _, right in put.pairs}
    rows = [(html(left), plain(right)) for left, right in put.pairs]
    rows += [("", plain(side)) for side in put.sides if side not in used]
    return _pairs(rows)


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    # The first arrow parts the two sides; HTML on the left has none, since its signs are escaped.
    return "".join(f"\n={_escaped(left)} -> {_escaped(right)}" for left, right in rows)


def _essay(put: Put) -> str:
    return ""


_FORMS = {
    "choice": _choice,
    "choices": _choices,
    "claim": _claim,
    "number": _number,
    "typed": _typed,
    "order": _order,
    "match": _match,
    "essay": _essay,
}


def _escaped(text: str) -> str:
    text = _SPECIAL.sub(r"\\\g<0>", text.replace("\\", "\\\\"))
    return text.replace("\n", "\\n")
