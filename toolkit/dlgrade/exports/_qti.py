"""QTI 2.1: a content package with one file for each item and one test for each bank.

Written here, not through `qti-package-maker`: that writes no feedback, names items by a hash of their words and reads
escaped text as HTML again. Its check of finished packages is what our tests hold this one against.

Formulas are MathML, as QTI wants them; figures are files. A question with drawn values is a section that selects one of
its items. Several right and matchings have partial credit by a mapping; an order has all points or none, since the
language of QTI cannot count how much of an order is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape

from dlgrade import markup
from dlgrade.exports._forms import NOT_TYPED
from dlgrade.exports._html import figure_name, image, number, slack, zipped
from dlgrade.exports._nouns import Content, Family, Put, Sheet, Wanted
from dlgrade.neutral import visible

_QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"
_PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
_PACKAGE_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# What our HTML has and the XHTML of QTI has not.
_UNKNOWN = re.compile(r'(<(?:a|th|td)\b[^>]*?) (?:rel|style)="[^"]*"')
_OPEN = re.compile(r"<(img|br|hr)\b([^>]*?)\s*/?>")
_BECAUSE = "because"
_ORDERS = "QTI 2.1 cannot mark a part of an order; it has all points or none"


def write(wanted: Wanted) -> Content:
    """The questions as a package, one test for each bank."""
    files: dict[str, str] = {}
    resources: list[str] = []
    left_out: dict[str, str] = {}
    changed: dict[str, str] = {}
    for sheet in wanted.sheets:
        families = []
        for family in sheet.families:
            if any(put.form == "typed" and not put.answers for put in family.puts):
                left_out[family.id] = NOT_TYPED
                continue
            families.append(family)
            if family.puts[0].form == "order":
                changed[family.id] = _ORDERS
        if families:
            _sheet(sheet, families, files, resources)
    files["imsmanifest.xml"] = _manifest(wanted, resources)
    return Content(zipped({name: text.encode() for name, text in files.items()}), left_out, changed)


def identifier(name: str) -> str:
    """The id of an item or bank as QTI can write it; different for different ids."""
    dotted = name.replace("/", ".")
    return f"_{dotted}" if dotted[0].isdigit() else dotted


def _sheet(sheet: Sheet, families: list[Family], files: dict[str, str], resources: list[str]) -> None:
    name = identifier(sheet.bank.id)
    files[f"tests/{name}.xml"] = _test(sheet, families)
    puts = [put for family in families for put in family.puts]
    dependencies = "".join(_tag("dependency", identifierref=identifier(put.id)) for put in puts)
    resources.append(_resource(name, "imsqti_test_xmlv2p1", f"tests/{name}.xml", dependencies))
    for put in puts:
        place, figure = f"items/{identifier(put.id)}.xml", figure_name(put)
        files[place] = _item(put, sheet)
        if figure:
            files[f"images/{figure}"] = put.item.figure
        further = _tag("file", href=f"images/{figure}") if figure else ""
        resources.append(_resource(identifier(put.id), "imsqti_item_xmlv2p1", place, further))


def _resource(name: str, kind: str, place: str, further: str) -> str:
    return _tag("resource", _tag("file", href=place) + further, identifier=name, type=kind, href=place)


def _manifest(wanted: Wanted, resources: list[str]) -> str:
    metadata = _tag("metadata", _tag("schema", "QTIv2.1 Package") + _tag("schemaversion", "1.0.0"))
    banks = "-".join(identifier(sheet.bank.id) for sheet in wanted.sheets)
    return _HEAD + _tag(
        "manifest",
        f"\n{metadata}\n<organizations/>\n" + _tag("resources", "\n".join(["", *resources, ""])) + "\n",
        **_space(_PACKAGE, _PACKAGE_SCHEMA),
        identifier=f"dlgrade-{banks}"[:200],
    )


def _test(sheet: Sheet, families: Iterable[Family]) -> str:
    parts = []
    for family in families:
        references = "".join(
            _tag("assessmentItemRef", identifier=identifier(put.id), href=f"../items/{identifier(put.id)}.xml")
            for put in family.puts
        )
        if family.varied:
            inside = _tag("selection", select="1") + references
            name = f"{identifier(family.id)}_any"
            references = _tag("assessmentSection", inside, identifier=name, title=family.id, visible="false")
        parts.append(references)
    title = visible(sheet.bank.title)
    # No id of a bank or question has an underscore behind its first sign, so these cannot meet one.
    section = _tag(
        "assessmentSection", "\n".join(["", *parts, ""]), identifier="all_items", title=title, visible="true"
    )
    part = _tag(
        "testPart", section, identifier="only_part", navigationMode="nonlinear", submissionMode="individual"
    )  # fmt: skip
    return _HEAD + _tag(
        "assessmentTest", part, **_space(_QTI, _SCHEMA), identifier=identifier(sheet.bank.id), title=title
    )


def _item(put: Put, sheet: Sheet) -> str:
    form = _FORMS[put.form](put)
    told = [*form.told, (_BECAUSE, _explained(put))]
    shown = [(name, texts) for name, texts in told if any(texts)]
    most = 0 if put.form == "essay" else 1
    processing = form.processing + (_note(_BECAUSE) if any(_explained(put)) else "")
    inside = [
        form.response,
        _outcome("SCORE", "single", "float", "0"),
        _outcome("MAXSCORE", "single", "float", str(most)),
        _outcome("FEEDBACK", "multiple", "identifier"),
        _tag("itemBody", _blocks([put.stem]) + _xhtml(image(f"../images/{figure_name(put)}", put)) + form.body),
        _tag("responseProcessing", processing) if processing else "",
        *(
            _tag("modalFeedback", _blocks(texts), outcomeIdentifier="FEEDBACK", identifier=name, showHide="show")
            for name, texts in shown
        ),
    ]
    return _HEAD + _tag(
        "assessmentItem",
        "\n".join(["", *filter(None, inside), ""]),
        **_space(_QTI, _SCHEMA),
        identifier=identifier(put.id),
        title=put.id,
        label=sheet.bank.id,
        adaptive="false",
        timeDependent="false",
    )


def _explained(put: Put) -> tuple[str, ...]:
    if put.form == "essay":
        return ("A good answer has:", "\n".join(f"- {idea}" for idea in put.ideas))
    return (put.because,)


class _Form:
    """What an item of one form declares, shows, computes and says."""

    def __init__(
        self, response: str, body: str, processing: str = "", told: Iterable[tuple[str, tuple[str, ...]]] = ()
    ) -> None:
        self.response, self.body, self.processing, self.told = response, body, processing, list(told)


def _choice(put: Put) -> _Form:
    names = [f"choice{place}" for place in range(1, len(put.choices) + 1)]
    right = [name for name, choice in zip(names, put.choices, strict=True) if choice.right]
    several = put.form == "choices"
    mapping = ""
    if several:
        entries = "".join(
            _tag("mapEntry", mapKey=name, mappedValue=repr((1 if choice.right else -1) / len(right)))
            for name, choice in zip(names, put.choices, strict=True)
        )
        mapping = _tag("mapping", entries, lowerBound="0", upperBound="1", defaultValue="0")
    body = _tag(
        "choiceInteraction",
        "".join(
            _tag("simpleChoice", _text(choice.text), identifier=name)
            for name, choice in zip(names, put.choices, strict=True)
        ),
        responseIdentifier="RESPONSE",
        shuffle="false" if put.fixed else "true",
        maxChoices="0" if several else "1",
    )
    told = [(name, choice.told) for name, choice in zip(names, put.choices, strict=True) if choice.told]
    processing = _mapped() if several else _if(_right(), _score("1"))
    processing += "".join(_if(_chosen(name, several), _note(name)) for name, _ in told)
    return _Form(_response("multiple" if several else "single", "identifier", right, mapping), body, processing, told)


def _chosen(name: str, several: bool) -> str:
    return _tag("member" if several else "match", _value("identifier", name) + _RESPONSE)


def _number(put: Put) -> _Form:
    item = put.item
    assert item.number is not None  # noqa: S101 - every item of this form has one
    names = [f"number{place}" for place in range(1, len(put.wrong) + 1)]
    conditions = [(_equal(_correct(), item.tolerance), _score("1"))]
    conditions += [
        (_equal(_value("float", number(wrong.value)), wrong.slack), _note(name))
        for name, wrong in zip(names, put.wrong, strict=True)
    ]
    told = [(name, wrong.told) for name, wrong in zip(names, put.wrong, strict=True)]
    response = _response("single", "float", [number(item.number)])
    return _Form(response, _field(12), _either(conditions), told)


def _equal(wanted: str, tolerance: float) -> str:
    way = {"toleranceMode": "absolute", "tolerance": f"{slack(tolerance)} {slack(tolerance)}"} if tolerance else {}
    return _tag("equal", _RESPONSE + wanted, **(way or {"toleranceMode": "exact"}))


def _typed(put: Put) -> _Form:
    matches = "".join(
        _tag("stringMatch", _RESPONSE + _value("string", text), caseSensitive="true") for text in put.answers
    )
    longest = max(map(len, put.answers))
    return _Form(
        _response("single", "string", put.answers[:1]), _field(longest + 8), _if(_tag("or", matches), _score("1"))
    )


def _field(length: int) -> str:
    return _tag("p", _tag("textEntryInteraction", responseIdentifier="RESPONSE", expectedLength=str(length)))


def _order(put: Put) -> _Form:
    body = _tag(
        "orderInteraction",
        "".join(
            _tag("simpleChoice", _text(put.order[place]), identifier=f"step{place + 1}") for place in put.shown_order
        ),
        responseIdentifier="RESPONSE",
        shuffle="true",
    )
    steps = [f"step{place}" for place in range(1, len(put.order) + 1)]
    return _Form(_response("ordered", "identifier", steps), body, _if(_right(), _score("1")))


def _match(put: Put) -> _Form:
    right_of = [put.sides.index(right) + 1 for _, right in put.pairs]
    pairs = [f"left{left} right{right}" for left, right in enumerate(right_of, 1)]
    share = repr(1 / len(pairs))
    entries = "".join(_tag("mapEntry", mapKey=pair, mappedValue=share) for pair in pairs)
    lefts = "".join(
        _tag("simpleAssociableChoice", _text(left), identifier=f"left{place}", matchMax="1")
        for place, (left, _) in enumerate(put.pairs, 1)
    )
    rights = "".join(
        _tag("simpleAssociableChoice", _text(side), identifier=f"right{place}", matchMax=str(len(pairs)))
        for place, side in enumerate(put.sides, 1)
    )
    body = _tag(
        "matchInteraction",
        _tag("simpleMatchSet", lefts) + _tag("simpleMatchSet", rights),
        responseIdentifier="RESPONSE",
        shuffle="true",
        maxAssociations=str(len(pairs)),
    )
    mapping = _tag("mapping", entries, lowerBound="0", upperBound="1", defaultValue="0")
    return _Form(_response("multiple", "directedPair", pairs, mapping), body, _mapped())


def _essay(put: Put) -> _Form:
    ideas = _tag("rubricBlock", _blocks(_explained(put)), view="scorer")
    body = _tag("extendedTextInteraction", responseIdentifier="RESPONSE", expectedLines="10")
    return _Form(_response("single", "string", []), ideas + body)


_FORMS: dict[str, Callable[[Put], _Form]] = {
    "choice": _choice,
    "choices": _choice,
    "claim": _choice,
    "number": _number,
    "typed": _typed,
    "order": _order,
    "match": _match,
    "essay": _essay,
}


def _response(cardinality: str, kind: str, right: Iterable[str], mapping: str = "") -> str:
    values = "".join(_tag("value", escape(text)) for text in right)
    correct = _tag("correctResponse", values) if values else ""
    return _tag("responseDeclaration", correct + mapping, identifier="RESPONSE", cardinality=cardinality, baseType=kind)


def _outcome(name: str, cardinality: str, kind: str, default: str = "") -> str:
    value = _tag("defaultValue", _tag("value", default)) if default else ""
    return _tag("outcomeDeclaration", value, identifier=name, cardinality=cardinality, baseType=kind)


def _either(conditions: list[tuple[str, str]]) -> str:
    """A condition with what follows from it, and others that are asked only where it does not hold."""
    (first, then), *others = conditions
    inside = _tag("responseIf", first + then)
    inside += "".join(_tag("responseElseIf", condition + then) for condition, then in others)
    return _tag("responseCondition", inside)


def _if(condition: str, then: str) -> str:
    return _either([(condition, then)])


def _right() -> str:
    return _tag("match", _RESPONSE + _correct())


def _correct() -> str:
    return _tag("correct", identifier="RESPONSE")


def _score(points: str) -> str:
    return _tag("setOutcomeValue", _value("float", points), identifier="SCORE")


def _mapped() -> str:
    """Points by the mapping; none where nothing was answered."""
    given = _tag("not", _tag("isNull", _RESPONSE))
    return _if(given, _tag("setOutcomeValue", _tag("mapResponse", identifier="RESPONSE"), identifier="SCORE"))


def _note(name: str) -> str:
    """Say one thing more."""
    said = _tag("multiple", _tag("variable", identifier="FEEDBACK") + _value("identifier", name))
    return _tag("setOutcomeValue", said, identifier="FEEDBACK")


def _value(kind: str, text: str) -> str:
    return _tag("baseValue", escape(text), baseType=kind)


def _text(text: str) -> str:
    """A text inside a choice: without a paragraph around it where it is one."""
    return _xhtml(markup.html(text, inline="\n" not in text))


def _blocks(texts: Iterable[str]) -> str:
    return "\n".join(_xhtml(markup.html(text)) for text in texts if text)


def _xhtml(html: str) -> str:
    return _OPEN.sub(r"<\1\2/>", _UNKNOWN.sub(r"\1", html))


def _tag(name: str, inside: str = "", **attributes: str) -> str:
    """An element; what is inside is XML already, the attributes are not."""
    shown = "".join(f' {key.replace("__", ":")}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{shown}>{inside}</{name}>" if inside else f"<{name}{shown}/>"


def _space(space: str, schema: str) -> dict[str, str]:
    return {"xmlns": space, "xmlns__xsi": _INSTANCE, "xsi__schemaLocation": f"{space} {schema}"}


_RESPONSE = _tag("variable", identifier="RESPONSE")
