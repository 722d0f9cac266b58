"""QTI 1.2 as Canvas reads it, through `text2qti`.

text2qti reads its own kind of Markdown, in which HTML, dollars, backticks and backslashes act. So it is given finished
HTML in one line with those signs written as references, and formulas between dollars, which it turns into the pictures
that Canvas draws. What it has no words for, a matching, is put by us where it left a place for it. It names a question
by a hash of its words; here it gets a hash of its id, so that a mended question is the same one for Canvas.

A question with drawn values is a group from which Canvas picks one. Numbers near nothing are typed as text, since
Canvas keeps four decimals.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

from dlgrade.errors import MachineError, UsageError
from dlgrade.exports._forms import NOT_TYPED
from dlgrade.exports._html import figure_name, html, image, number, paragraphs, plain, with_math, zipped
from dlgrade.exports._nouns import Content, Put, Sheet, Wanted
from dlgrade.neutral import visible
from dlgrade.quiz._numbers import number_text

_DATE = re.compile(r"(<imsmd:dateTime>)[^<]*")
_RESOURCES = re.compile(r"  <resources>\n(.*?)  </resources>", re.DOTALL)
_PLACE = re.compile(r"(<item ident=\"(text2qti_question_[0-9a-f]+)\"[^>]*>)(.*?)(</item>)", re.DOTALL)
_MATERIAL = re.compile(r"<material>.*?</material>", re.DOTALL)
_FIRST_DAY = "1980-01-01"
_LEAST = 0.0001  # the smallest number that Canvas tells from 0
_FINE = 0.001  # the smallest tolerance that four decimals can hold
_REFERENCES = str.maketrans({"$": "&#36;", "\\": "&#92;", "`": "&#96;", "\n": "&#10;"})
_MEANT = 1e-6  # share of a number below which a tolerance only allows for the computer's rounding


@dataclass
class _Made:
    """What one bank became: the lines for text2qti, and what it is not told."""

    bank: str
    lines: list[str] = field(default_factory=list)
    puts: list[Put] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def write(wanted: Wanted) -> Content:
    """The questions as a package for Canvas, one quiz for each bank."""
    files: dict[str, bytes] = {}
    manifest, resources = "", ""
    changed: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for sheet in wanted.sheets:
        made = _made(sheet)
        changed |= made.changed
        left_out |= made.left_out
        if not made.puts:
            continue
        package = _package(made)
        manifest = manifest or package.imsmanifest_xml
        resources += _RESOURCES.search(package.imsmanifest_xml)[1]  # type: ignore[index]
        name = package.assessment_identifier
        files[f"{name}/assessment_meta.xml"] = package.assessment_meta.encode()
        files[f"{name}/{name}.xml"] = _filled(package.assessment, made.puts).encode()
        files |= {f"images/{name}": svg.encode() for name, svg in made.figures.items()}
    if manifest:
        whole = _RESOURCES.sub(lambda _: f"  <resources>\n{resources}  </resources>", manifest)
        files["imsmanifest.xml"] = _DATE.sub(rf"\g<1>{_FIRST_DAY}", whole).encode()
    return Content(zipped(files), left_out, changed)


def _made(sheet: Sheet) -> _Made:
    made = _Made(sheet.bank.id, [f"Quiz title: {visible(sheet.bank.title)}", "shuffle answers: true", ""])
    for family in sheet.families:
        if any(put.form == "typed" and not put.answers for put in family.puts):
            made.left_out[family.id] = NOT_TYPED
            continue
        if family.varied:
            made.groups.append(family.id)
            made.lines += ["GROUP", "pick: 1", "points per question: 1", ""]
        for put in family.puts:
            changed = _question(put, made)
            if changed:
                made.changed[family.id] = changed
        if family.varied:
            made.lines += ["END_GROUP", ""]
    return made


def _question(put: Put, made: _Made) -> str:
    """Adds the lines of one question; what was changed in it, empty where nothing was."""
    name = figure_name(put)
    if name:
        made.figures[name] = put.item.figure
    stem = paragraphs([put.stem]) + image(f"%24IMS-CC-FILEBASE%24/images/{name}", put)
    told, changed = [put.because], ""
    lines: list[str]
    if put.form in ("choice", "choices", "claim"):
        lines = _choices(put)
    elif put.form == "number":
        lines = [f"=   {_range(put)}"] if _can_hold(put) else [f"*   {number(put.item.number or 0)}"]
        changed = "" if _can_hold(put) else "Canvas keeps four decimals of a number; its answer is compared as text"
    elif put.form == "typed":
        lines = [f"*   {visible(text)}" for text in put.answers]
    else:
        lines = ["____"]
        changed = {
            "order": "text2qti has no orders; written as a matching of positions",
            "essay": "Canvas has nothing to tick; the ideas of a good answer are in the feedback",
        }.get(put.form, "")
        told = [f"A good answer has:\n\n{chr(10).join(f'- {idea}' for idea in put.ideas)}"] if put.ideas else told
    feedback = [f"... {_line(paragraphs(told))}"] if any(told) else []
    if put.wrong:  # a number has no choices that could have their own
        feedback.append(f"- {_line(paragraphs(_betrayed(put)))}")
    made.lines += [f"Title: {put.id}", "Points: 1", f"1.  {_line(stem, put.id)}", *feedback, *lines, ""]
    made.puts.append(put)
    return changed


def _betrayed(put: Put) -> list[str]:
    """What is said of each number that betrays a belief, for all who answered wrong."""
    return [f"**{number_text(wrong.value, put.item.unit)}**: {' '.join(wrong.told)}" for wrong in put.wrong]


def _choices(put: Put) -> list[str]:
    lines = []
    for place, choice in enumerate(put.choices):
        if put.form == "choices":
            mark = "[*]" if choice.right else "[ ]"
        else:
            mark = f"{'*' if choice.right else ''}{chr(ord('a') + place)})"
        # Only bare words make a question of true and false.
        lines.append(f"{mark} {choice.text if put.form == 'claim' else _line(html(choice.text))}")
        if choice.told:
            lines.append(f"... {_line(paragraphs(choice.told))}")
    return lines


def _can_hold(put: Put) -> bool:
    value, tolerance = put.item.number or 0.0, put.item.tolerance
    if min(abs(value - tolerance), abs(value + tolerance)) < _LEAST:
        return False
    return _whole(put) or tolerance >= _FINE


def _whole(put: Put) -> bool:
    value = put.item.number or 0.0
    return float(value).is_integer() and put.item.tolerance <= _MEANT * abs(value)


def _range(put: Put) -> str:
    value, tolerance = put.item.number or 0.0, put.item.tolerance
    return str(int(value)) if _whole(put) else f"{number(value)} +- {number(tolerance)}"


def _line(shown: str, name: str = "") -> str:
    """HTML in one line that text2qti leaves alone, but for its formulas.

    Args:
        name: told apart by this, since text2qti takes questions of the same words for one; `_name` takes it away.
    """
    pieces: list[str] = []
    place = 0
    marked = with_math(shown, lambda tex: f"\0{tex}\0", lambda tex: f"\0{tex}\0")
    for place, piece in enumerate(marked.split("\0")):
        pieces.append(f"${' '.join(unescape(piece).split())}$" if place % 2 else piece.translate(_REFERENCES))
    return f"<div{_label(name)}>{''.join(pieces)}</div>"


def _label(name: str) -> str:
    return f' title="{name}"' if name else ""


def _package(made: _Made) -> Any:
    try:
        quiz, qti, config, markdown = (
            importlib.import_module(f"text2qti.{name}") for name in ("quiz", "qti", "config", "markdown")
        )
    except ImportError:
        raise MachineError("text2qti is not installed", "Install it: pip install 'dlgrade[lms]'") from None
    try:
        read = quiz.Quiz("\n".join(made.lines), config=config.Config())
    except importlib.import_module("text2qti.err").Text2qtiError as error:
        what = f"text2qti refuses {made.bank}: {' '.join(str(error).split())}"
        raise UsageError(what, f"See what is wrong with it: dlgrade quiz build {made.bank}") from None
    _name(read, made)
    for name in sorted(made.figures):
        figure = markdown.Image(name, made.figures[name].encode())
        read.images[figure.id] = figure
    return qti.QTI(read)


def _name(read: Any, made: _Made) -> None:
    """Names that hang on ids alone, and no points for what nobody can mark."""
    read.id = _hash(made.bank)
    questions = [part for part in read.questions_and_delims if hasattr(part, "choices")]
    for question, put in zip(questions, made.puts, strict=True):
        question.id = _hash(put.id)
        question.question_html_xml = question.question_html_xml.replace(_label(put.id), "", 1)
        for choice in question.choices:
            choice.id = _hash(put.id, choice.choice_raw)
        if put.form == "essay":
            question.points_possible = 0
    groups = dict.fromkeys(part.group for part in read.questions_and_delims if hasattr(part, "group"))
    grouped = {question for group in groups for question in group.questions}
    for group, name in zip(groups, made.groups, strict=True):
        group.id = _hash(name)
        group.points_per_question = max(question.points_possible for question in group.questions)
    # text2qti counts the questions of a group besides the group.
    read.points_possible = sum(one.points_possible for one in questions if one not in grouped)
    read.points_possible += sum(group.points_per_question for group in groups)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _filled(assessment: str, puts: list[Put]) -> str:
    """The assessment with matchings in the places that were left for them."""
    waiting = iter(puts)

    def fill(found: re.Match[str]) -> str:
        put = next(waiting)
        return (
            found[0]
            if put.form not in ("match", "order")
            else f"{found[1]}{_matching(found[2], found[3], put)}{found[4]}"
        )

    return _PLACE.sub(fill, assessment)


def _matching(name: str, item: str, put: Put) -> str:
    """What stands in an item of Canvas that is a matching; stem and explanation are text2qti's."""
    lefts, rights, right_of = _sides(put)
    stem, *_ = _MATERIAL.findall(item)
    feedback = item[item.index("<itemfeedback") :] if "<itemfeedback" in item else ""
    metadata = item[: item.index("<presentation>")].replace("essay_question", "matching_question")
    ids = ",".join(f"right_{place}" for place in range(1, len(rights) + 1))
    metadata = metadata.replace(f"text2qti_essay_{name.removeprefix('text2qti_question_')}", ids)
    labels = "".join(
        f'<response_label ident="right_{place}"><material><mattext texttype="text/plain">{escape(plain(right))}'
        "</mattext></material></response_label>"
        for place, right in enumerate(rights, 1)
    )
    lists = "".join(
        f'<response_lid ident="response_left_{place}"><material><mattext texttype="text/plain">{escape(plain(left))}'
        f"</mattext></material><render_choice>{labels}</render_choice></response_lid>"
        for place, left in enumerate(lefts, 1)
    )
    share = f"{100 / len(lefts):.2f}"
    scores = "".join(
        f'<respcondition><conditionvar><varequal respident="response_left_{place}">right_{right + 1}</varequal>'
        f'</conditionvar><setvar varname="SCORE" action="Add">{share}</setvar></respcondition>'
        for place, right in enumerate(right_of, 1)
    )
    told = (
        '<respcondition continue="Yes"><conditionvar><other/></conditionvar>'
        '<displayfeedback feedbacktype="Response" linkrefid="general_fb"/></respcondition>'
    )
    return (
        f"{metadata}<presentation>{stem}{lists}</presentation><resprocessing><outcomes>"
        '<decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>'
        f"{told if feedback else ''}{scores}</resprocessing>{feedback}"
    )


def _sides(put: Put) -> tuple[list[str], list[str], list[int]]:
    """What stands on the left, what on the right, and which right side belongs to each left one."""
    if put.form == "order":
        positions = [str(place) for place in range(1, len(put.order) + 1)]
        return [put.order[place] for place in put.shown_order], positions, list(put.shown_order)
    sides = list(put.sides)
    return [left for left, _ in put.pairs], sides, [sides.index(right) for _, right in put.pairs]
