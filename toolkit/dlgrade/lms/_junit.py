"""JUnit XML, which CI systems and test viewers read: a test case for each criterion.

Failed, too slow, crashed: a failure. The grader's own error: an error. What was not measured or waits for a person:
skipped, with the reason; so that nothing looks passed because of that, what stopped the work, or that nothing was
handed in, is a failure of a case ``submission``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC
from typing import Literal
from xml.etree import ElementTree as Tree

from dlgrade.gradebook import Grade
from dlgrade.lms._nouns import Content, Wanted
from dlgrade.lms._place import rehearsal_note
from dlgrade.lms._text import counted, number
from dlgrade.lms._told import Told, notes, report_in, score_line, told
from dlgrade.neutral import visible

By = Literal["student", "assignment"]

_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold
_FAILED = frozenset({"failed", "timeout", "crashed"})
_SUBMISSION = "submission"


def write(wanted: Wanted, by: By = "student") -> Content:
    """One document.

    Args:
        by: a suite for each ``student`` and assignment, or one for each ``assignment``.
    """
    root = Tree.Element("testsuites", name="dlgrade")
    suites: dict[str, Tree.Element] = {}
    for grade in wanted.grades:
        who = grade.who or _file(grade)
        key = grade.id if by == "assignment" or not grade.who else f"{grade.id}/{who}"
        if key not in suites:
            suites[key] = Tree.SubElement(root, "testsuite", name=_fit(key))
            if by == "student":
                _describe(suites[key], grade)
        for case in _cases(grade):
            case.set("classname", _fit(who if by == "assignment" else grade.id))
            suites[key].append(case)
    for suite in suites.values():
        _count(suite, [suite])
    _count(root, suites.values())
    Tree.indent(root)
    data = Tree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
    did = f"{counted(len(suites), 'test suite')}, {counted(int(root.get('tests', '0')), 'test case')}"
    return Content(data, did, (), rehearsal_note(wanted.grades))


def _file(grade: Grade) -> str:
    report = report_in(grade)
    return report.submission.name if report else ""


def _describe(suite: Tree.Element, grade: Grade) -> None:
    attempt = grade.attempt
    if attempt is not None and grade.who:
        suite.set("timestamp", attempt.finished.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    properties = Tree.SubElement(suite, "properties")
    said = {
        "student": grade.who, "status": grade.status, "score": number(grade.score), "max_score": number(grade.max),
        "penalty": number(grade.penalty), "said": score_line(grade),
    }  # fmt: skip
    for name, value in said.items():
        if value:
            Tree.SubElement(properties, "property", name=name, value=_fit(value))


def _cases(grade: Grade) -> Iterable[Tree.Element]:
    if grade.attempt is None:
        yield _whole("nothing was handed in")
    elif grade.report and grade.report.get("problem"):
        yield _whole("\n".join(notes(grade)))
    for one in told(grade):
        case = Tree.Element("testcase", name=one.id, time=f"{one.seconds:.3f}")
        _outcome(case, one)
        output = Tree.SubElement(case, "system-out")
        output.text = _fit(f"{one.worth} points: {one.story if one.verdict == 'passed' else one.says}")
        yield case


def _whole(why: str) -> Tree.Element:
    """The case that stands for the submission as a whole, which failed."""
    case = Tree.Element("testcase", name=_SUBMISSION, time="0.000")
    Tree.SubElement(case, "failure", type=_SUBMISSION, message=_fit(why.partition("\n")[0])).text = _fit(why)
    return case


def _outcome(case: Tree.Element, one: Told) -> None:
    message = _fit(one.line or one.says)
    if one.verdict == "passed":
        return
    if one.verdict in _FAILED:
        Tree.SubElement(case, "failure", type=one.verdict, message=message).text = _fit("\n".join(one.lines))
    elif one.verdict == "error":
        Tree.SubElement(case, "error", type=one.verdict, message=message).text = message
    else:
        Tree.SubElement(case, "skipped", message=f"{one.label}: {message}")


def _count(element: Tree.Element, suites: Iterable[Tree.Element]) -> None:
    cases = [case for suite in suites for case in suite.iter("testcase")]
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(sum(case.find(tag) is not None for case in cases)))
    element.set("tests", str(len(cases)))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _fit(text: str) -> str:
    """The text with what XML cannot hold written out."""
    return _UNFIT.sub(lambda found: visible(found[0]), text)
