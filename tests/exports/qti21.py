"""QTI 2.1 as its schema has it, as far as we write it, and a player that marks an answer by the item's own rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

Element = ElementTree.Element
QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
MATH = "{http://www.w3.org/1998/Math/MathML}"

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_INLINE = "code|span|strong|em|a|img|math|br|textEntryInteraction"
_BLOCK = "p|ul|ol|pre|table|div"
_FLOW = f"({_INLINE}|{_BLOCK})*"
_RULE = "responseCondition|setOutcomeValue"
_EXPRESSION = "variable|correct|baseValue|match|member|equal|or|not|isNull|stringMatch|multiple|mapResponse"
_BODY = "id class label"
# Element: its children in their order, attributes that must be there, attributes that may, whether it may have text.
_SCHEMA: dict[str, tuple[str, str, str, bool]] = {
    "assessmentItem": (
        "responseDeclaration* outcomeDeclaration* itemBody responseProcessing? modalFeedback*",
        "identifier title adaptive timeDependent", "label toolName toolVersion", False,
    ),
    "responseDeclaration": ("correctResponse? mapping?", "identifier cardinality baseType", "", False),
    "outcomeDeclaration": ("defaultValue?", "identifier cardinality baseType", "", False),
    "correctResponse": ("value+", "", "", False),
    "defaultValue": ("value+", "", "", False),
    "value": ("", "", "", True),
    "mapping": ("mapEntry+", "defaultValue", "lowerBound upperBound", False),
    "mapEntry": ("", "mapKey mappedValue", "caseSensitive", False),
    "itemBody": (
        f"({_BLOCK}|choiceInteraction|orderInteraction|matchInteraction|extendedTextInteraction|rubricBlock)*",
        "", _BODY, False,
    ),
    "rubricBlock": (f"({_BLOCK})*", "view", _BODY, False),
    "choiceInteraction": ("simpleChoice+", "responseIdentifier shuffle maxChoices", "minChoices " + _BODY, False),
    "orderInteraction": ("simpleChoice+", "responseIdentifier shuffle", "orientation " + _BODY, False),
    "simpleChoice": (_FLOW, "identifier", "fixed " + _BODY, True),
    "matchInteraction": (
        "simpleMatchSet simpleMatchSet",
        "responseIdentifier shuffle maxAssociations", "minAssociations " + _BODY, False,
    ),
    "simpleMatchSet": ("simpleAssociableChoice*", "", "id", False),
    "simpleAssociableChoice": (_FLOW, "identifier matchMax", "fixed matchMin " + _BODY, True),
    "textEntryInteraction": ("", "responseIdentifier", "expectedLength patternMask " + _BODY, False),
    "extendedTextInteraction": ("", "responseIdentifier", "expectedLines expectedLength " + _BODY, False),
    "modalFeedback": (_FLOW, "outcomeIdentifier identifier showHide", "title", True),
    "responseProcessing": (f"({_RULE})*", "", "template", False),
    "responseCondition": ("responseIf responseElseIf* responseElse?", "", "", False),
    "responseIf": (f"({_EXPRESSION}) ({_RULE})*", "", "", False),
    "responseElseIf": (f"({_EXPRESSION}) ({_RULE})*", "", "", False),
    "setOutcomeValue": (f"({_EXPRESSION})", "identifier", "", False),
    "variable": ("", "identifier", "", False),
    "correct": ("", "identifier", "", False),
    "mapResponse": ("", "identifier", "", False),
    "baseValue": ("", "baseType", "", True),
    "match": (f"({_EXPRESSION}) ({_EXPRESSION})", "", "", False),
    "member": (f"({_EXPRESSION}) ({_EXPRESSION})", "", "", False),
    "equal": (f"({_EXPRESSION}) ({_EXPRESSION})", "toleranceMode", "tolerance", False),
    "or": (f"({_EXPRESSION})+", "", "", False),
    "not": (f"({_EXPRESSION})", "", "", False),
    "isNull": (f"({_EXPRESSION})", "", "", False),
    "stringMatch": (f"({_EXPRESSION}) ({_EXPRESSION})", "caseSensitive", "substring", False),
    "multiple": (f"({_EXPRESSION})*", "", "", False),
    "p": (f"({_INLINE})*", "", _BODY, True),
    "pre": ("(code|span|strong|em|a|br)*", "", _BODY, True),
    "div": (_FLOW, "", _BODY, True),
    "ul": ("li*", "", _BODY, False),
    "ol": ("li*", "", _BODY, False),
    "li": (_FLOW, "", _BODY, True),
    "table": ("thead? tbody+", "", "summary " + _BODY, False),
    "thead": ("tr+", "", _BODY, False),
    "tbody": ("tr+", "", _BODY, False),
    "tr": ("(th|td)+", "", _BODY, False),
    "th": (_FLOW, "", "align scope colspan rowspan " + _BODY, True),
    "td": (_FLOW, "", "align scope colspan rowspan " + _BODY, True),
    "code": (f"({_INLINE})*", "", _BODY, True),
    "span": (f"({_INLINE})*", "", _BODY, True),
    "strong": (f"({_INLINE})*", "", _BODY, True),
    "em": (f"({_INLINE})*", "", _BODY, True),
    "a": (f"({_INLINE})*", "href", "type " + _BODY, True),
    "br": ("", "", _BODY, False),
    "img": ("", "src alt", "longdesc height width " + _BODY, False),
    "assessmentTest": ("testPart+", "identifier title", "toolName toolVersion", False),
    "testPart": ("assessmentSection+", "identifier navigationMode submissionMode", "", False),
    "assessmentSection": (
        "selection? ordering? (assessmentSection|assessmentItemRef)*", "identifier title visible",
        "required fixed keepTogether", False,
    ),
    "selection": ("", "select", "withReplacement", False),
    "assessmentItemRef": ("", "identifier href", "required fixed category", False),
}  # fmt: skip


def faults(root: Element) -> list[str]:
    """What is not as the schema has it."""
    return [fault for element in _all(root) for fault in _faults(element)] + _double(root)


def _all(element: Element) -> list[Element]:
    # What is inside a formula is MathML's.
    inside = [] if element.tag.startswith(MATH) else [one for child in element for one in _all(child)]
    return [element, *inside]


def _faults(element: Element) -> list[str]:
    name = _name(element)
    if element.tag == f"{MATH}math":
        return []
    if not element.tag.startswith(QTI) or name not in _SCHEMA:
        return [f"{element.tag} is not known"]
    content, must, may, text = _SCHEMA[name]
    found = []
    pattern = "".join(
        f"(?:{part} )" if part.isalpha() else part for part in re.split(r"([A-Za-z]+)| ", content) if part
    )
    if not re.fullmatch(pattern, "".join(f"{_name(child)} " for child in element)):
        found.append(f"{name} has {[_name(child) for child in element]}, wanted {content}")
    attributes = {key for key in element.attrib if not key.startswith("{")}
    if not set(must.split()) <= attributes <= set(f"{must} {may}".split()):
        found.append(f"{name} has the attributes {sorted(attributes)}")
    if not text and "".join([element.text or "", *(child.tail or "" for child in element)]).strip():
        found.append(f"{name} has text")
    for key in ("identifier", "responseIdentifier", "outcomeIdentifier"):
        if key in element.attrib and not _IDENTIFIER.match(element.attrib[key]):
            found.append(f"{element.attrib[key]} is no identifier")
    return found


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


_NAMED = (
    {"assessmentTest", "testPart", "assessmentSection", "assessmentItemRef"},
    {"simpleChoice", "simpleAssociableChoice"},
    {"responseDeclaration", "outcomeDeclaration"},
    {"modalFeedback"},
)


def _double(root: Element) -> list[str]:
    found = []
    for kinds in _NAMED:
        names = [one.get("identifier") or "" for one in root.iter() if _name(one) in kinds]
        found += [f"{name} is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    return found


class Player:
    """Marks answers to one item.

    Attributes:
        outcomes: by name, after `answer`.
    """

    def __init__(self, item: Element) -> None:
        self.item = item
        self.declared = item.find(f"{QTI}responseDeclaration")
        assert self.declared is not None
        self.correct = [one.text or "" for one in self.declared.iterfind(f"{QTI}correctResponse/{QTI}value")]
        self.cardinality, self.kind = self.declared.get("cardinality"), self.declared.get("baseType")
        self.response: Any = None
        self.outcomes: dict[str, Any] = {}

    def answer(self, response: Any) -> Mapping[str, Any]:
        """What comes of an answer: a text or number, a list for several, ordered and pairs; None for none."""
        self.response = response
        self.outcomes = {"SCORE": 0.0, "FEEDBACK": []}
        for rule in self.item.find(f"{QTI}responseProcessing") or []:
            self._follow(rule)
        return self.outcomes

    def said(self) -> list[Element]:
        """The feedback that is shown after the last answer."""
        return [
            one for one in self.item.iter(f"{QTI}modalFeedback") if one.get("identifier") in self.outcomes["FEEDBACK"]
        ]

    def _follow(self, rule: Element) -> None:
        if _name(rule) == "setOutcomeValue":
            self.outcomes[rule.get("identifier") or ""] = self._value(rule[0])
            return
        for branch in rule:
            if self._value(branch[0]):
                for inner in branch[1:]:
                    self._follow(inner)
                return

    def _value(self, one: Element) -> Any:
        inner = [self._value(child) for child in one]
        match _name(one):
            case "variable":
                return (
                    self.response if one.get("identifier") == "RESPONSE" else self.outcomes[one.get("identifier") or ""]
                )
            case "correct":
                values = [float(text) if self.kind == "float" else text for text in self.correct]
                return values[0] if self.cardinality == "single" else values
            case "baseValue":
                return float(one.text or "") if one.get("baseType") == "float" else one.text
            case "match":
                same = sorted if self.cardinality == "multiple" else lambda values: values
                return None not in inner and same(inner[0]) == same(inner[1])
            case "member":
                return inner[1] is not None and inner[0] in inner[1]
            case "equal":
                near = float((one.get("tolerance") or "0 0").split()[0])
                return inner[0] is not None and abs(inner[0] - inner[1]) <= near
            case "stringMatch":
                return inner[0] == inner[1]
            case "or":
                return any(inner)
            case "not":
                return not inner[0]
            case "isNull":
                return inner[0] in (None, [])
            case "multiple":
                return [text for value in inner for text in (value if isinstance(value, list) else [value])]
            case "mapResponse":
                return self._mapped()
        raise AssertionError(_name(one))

    def _mapped(self) -> float:
        assert self.declared is not None
        mapping = self.declared.find(f"{QTI}mapping")
        assert mapping is not None
        values = {one.get("mapKey"): float(one.get("mappedValue") or "") for one in mapping}
        total = sum(values.get(one, float(mapping.get("defaultValue") or "")) for one in set(self.response))
        return min(max(total, float(mapping.get("lowerBound") or "")), float(mapping.get("upperBound") or ""))
