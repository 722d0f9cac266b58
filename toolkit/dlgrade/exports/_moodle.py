"""Moodle XML, for every kind and with all feedback.

Each question has the id of its item as id number, so that an import is recognised; a question with drawn values has a
category of its own, from which a random question can draw. Orders need Moodle 4.4, which brought the type `ordering`.
Several right: each wrong tick takes away as much as a right one gives, as when dlgrade marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree import ElementTree as Tree
from xml.etree.ElementTree import Element

from dlgrade.exports._forms import NOT_TYPED
from dlgrade.exports._html import base64, category, figure_name, html, image, number, paragraphs, plain, slack
from dlgrade.exports._nouns import Choice, Content, Family, Put, Sheet, Wanted

_ROOT = "$course$/top"
# The shares that Moodle knows; others are refused when the file is read.
SHARES = (100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5, 11.11111,
          10, 5)  # fmt: skip
_TYPES = {
    "choice": "multichoice",
    "choices": "multichoice",
    "claim": "truefalse",
    "number": "numerical",
    "typed": "shortanswer",
    "order": "ordering",
    "match": "matching",
    "essay": "essay",
}


def write(wanted: Wanted) -> Content:
    """The questions as Moodle XML."""
    quiz = Element("quiz")
    left_out: dict[str, str] = {}
    for sheet in wanted.sheets:
        _sheet(quiz, wanted.course, sheet, left_out)
    Tree.indent(quiz)
    data = Tree.tostring(quiz, encoding="unicode")
    return Content(f'<?xml version="1.0" encoding="UTF-8"?>\n{data}\n'.encode(), left_out, {})


def share(choices: tuple[Choice, ...]) -> float | None:
    """What a right tick gives and a wrong one takes, in per cent; None where Moodle has no such share."""
    gain = round(100 / sum(choice.right for choice in choices), 5)
    return gain if gain in SHARES else None


def reason_to_leave_out(put: Put) -> str:
    """Why Moodle cannot hold the question; empty where it can."""
    if put.form == "choices" and share(put.choices) is None:
        return f"Moodle has no share for one of {sum(choice.right for choice in put.choices)} right options"
    if put.form == "typed" and not put.answers:
        return NOT_TYPED
    return ""


def filed(
    course: str, sheet: Sheet, reason: Callable[[Put], str], left_out: dict[str, str]
) -> Iterator[tuple[Family, str, bool]]:
    """The questions of a bank that can be held, each with its category, and whether that begins here.

    Args:
        reason: why a draw cannot be held; empty where it can. What cannot goes into ``left_out``.
    """
    bank = f"{_ROOT}/{category(course)}/{category(plain(sheet.bank.title))}"
    current = ""
    for family in sheet.families:
        why = next(filter(None, map(reason, family.puts)), "")
        if why:
            left_out[family.id] = why
            continue
        path = f"{bank}/{family.id.split('/')[1]}" if family.varied else bank
        yield family, path, path != current
        current = path


def _sheet(quiz: Element, course: str, sheet: Sheet, left_out: dict[str, str]) -> None:
    for family, path, begins in filed(course, sheet, reason_to_leave_out, left_out):
        if begins:
            quiz.append(_category(path, family.id if family.varied else sheet.bank.id))
        quiz.extend(_question(put, sheet, family) for put in family.puts)


def _category(path: str, id_number: str) -> Element:
    question = Element("question", type="category")
    _text(question, "category", path, formatted=False)
    _text(question, "info", "")
    Tree.SubElement(question, "idnumber").text = id_number
    return question


def _question(put: Put, sheet: Sheet, family: Family) -> Element:
    question = Element("question", type=_TYPES[put.form])
    _text(question, "name", put.id.partition("/")[2], formatted=False)
    name = figure_name(put)
    stem = _text(question, "questiontext", paragraphs([put.stem]) + image(f"@@PLUGINFILE@@/{name}", put))
    if name:
        file = Tree.SubElement(stem, "file", name=name, path="/", encoding="base64")
        file.text = base64(put.item.figure)
    _text(question, "generalfeedback", _general(put))
    _plain(question, defaultgrade="0" if put.form == "essay" else "1", penalty="0", hidden="0", idnumber=put.id)
    _FORMS[put.form](question, put)
    tags = Tree.SubElement(question, "tags")
    for tag in (sheet.bank.id, put.item.objective):
        _text(tags, "tag", tag, formatted=False)
    return question


def _general(put: Put) -> str:
    if put.form == "essay":
        return "<p>A good answer has:</p>" + _ideas(put)
    return paragraphs([put.because])


def _ideas(put: Put) -> str:
    return f"<ul>{''.join(f'<li>{html(idea)}</li>' for idea in put.ideas)}</ul>"


def _choice(question: Element, put: Put) -> None:
    single = put.form == "choice"
    gain = 100.0 if single else share(put.choices) or 0.0
    loss = 0.0 if single else -gain
    _plain(
        question,
        single="true" if single else "false",
        shuffleanswers="false" if put.fixed else "true",
        answernumbering="none" if put.fixed else "abc",
        showstandardinstruction="0",
    )
    _combined(question, counts=not single)
    for choice in put.choices:
        _answer(question, gain if choice.right else loss, html(choice.text), paragraphs(choice.told))


def _claim(question: Element, put: Put) -> None:
    for choice in put.choices:
        _answer(
            question, 100.0 if choice.right else 0.0, choice.text.lower(), paragraphs(choice.told), "moodle_auto_format"
        )


def _number(question: Element, put: Put) -> None:
    item = put.item
    assert item.number is not None  # noqa: S101 - every item of this form has one
    rows = [
        (100.0, item.number, item.tolerance, ""),
        *((0.0, one.value, one.slack, paragraphs(one.told)) for one in put.wrong),
    ]
    for share, value, tolerance, told in rows:
        answer = _answer(question, share, number(value), told, "moodle_auto_format")
        Tree.SubElement(answer, "tolerance").text = slack(tolerance)
    # The unit is named in the text: Moodle would refuse a number that comes with one.
    _plain(question, unitgradingtype="0", unitpenalty="0.1", showunits="3", unitsleft="0")


def _typed(question: Element, put: Put) -> None:
    _plain(question, usecase="1")
    for text in put.answers:
        _answer(question, 100.0, text.replace("*", r"\*"), "", "moodle_auto_format")


def _order(question: Element, put: Put) -> None:
    _plain(
        question,
        layouttype="VERTICAL",
        selecttype="ALL",
        selectcount=str(len(put.order)),
        gradingtype="LONGEST_ORDERED_SUBSET",
        showgrading="SHOW",
        numberingstyle="none",
    )
    _combined(question, counts=True)
    for place, text in enumerate(put.order, 1):
        answer = Tree.SubElement(question, "answer", fraction=str(place), format="html")
        Tree.SubElement(answer, "text").text = html(text)


def _match(question: Element, put: Put) -> None:
    _plain(question, shuffleanswers="true")
    _combined(question, counts=True)
    used = {right for _, right in put.pairs}
    rows = [(html(left), right) for left, right in put.pairs] + [("", side) for side in put.sides if side not in used]
    for left, right in rows:
        row = _text(question, "subquestion", left)
        _text(row, "answer", plain(right), formatted=False)


def _essay(question: Element, put: Put) -> None:
    _plain(
        question,
        responseformat="editor",
        responserequired="1",
        responsefieldlines="10",
        attachments="0",
        attachmentsrequired="0",
    )
    _text(question, "graderinfo", _ideas(put))
    _text(question, "responsetemplate", "")


_FORMS = {
    "choice": _choice,
    "choices": _choice,
    "claim": _claim,
    "number": _number,
    "typed": _typed,
    "order": _order,
    "match": _match,
    "essay": _essay,
}


def _combined(question: Element, *, counts: bool) -> None:
    """The three texts that Moodle wants for wholly, partly and not right; the explanation is told in any case."""
    for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        _text(question, name, "")
    if counts:
        Tree.SubElement(question, "shownumcorrect")


def _answer(question: Element, share: float, text: str, told: str, kind: str = "html") -> Element:
    answer = Tree.SubElement(question, "answer", fraction=number(share), format=kind)
    Tree.SubElement(answer, "text").text = text
    _text(answer, "feedback", told)
    return answer


def _plain(parent: Element, **values: str) -> None:
    for name, value in values.items():
        Tree.SubElement(parent, name).text = value


def _text(parent: Element, name: str, text: str, *, formatted: bool = True) -> Element:
    element = Tree.SubElement(parent, name, {"format": "html"} if formatted else {})
    Tree.SubElement(element, "text").text = text
    return element
