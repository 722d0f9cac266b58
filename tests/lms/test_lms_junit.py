"""JUnit XML, held against a schema and read back."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lms.conftest import SECRET, decided, grade, missing, wanted
from tests.report.conftest import REPORTS

from dlgrade.gradebook import Grade
from dlgrade.lms._junit import By, write

etree = pytest.importorskip("lxml.etree")
SCHEMA = etree.XMLSchema(file=str(Path(__file__).with_name("junit.xsd")))


def read(grades: list[Grade], by: By = "student") -> Tree.Element:
    data = write(wanted(grades), by).data
    SCHEMA.assertValid(etree.fromstring(data))
    root = Tree.fromstring(data)
    for suite in [root, *root]:
        cases = list(suite.iter("testcase"))
        counted = {name: sum(case.find(tag) is not None for case in cases) for name, tag in
                   (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))}  # fmt: skip
        assert {name: int(suite.get(name, "")) for name in counted} == counted
        assert int(suite.get("tests", "")) == len(cases)
    return root


def outcomes(root: Tree.Element) -> dict[str, str]:
    """The tag and the type of what a case did not pass by, by its name."""
    return {
        case.get("name", ""): next((f"{one.tag} {one.get('type', '')}".strip() for one in case
                                    if one.tag != "system-out"), "")
        for case in root.iter("testcase")
    }  # fmt: skip


@pytest.mark.parametrize("by", ["student", "assignment"])
@pytest.mark.parametrize("name", list(REPORTS))
def test_every_report_becomes_a_valid_document_without_secrets(name: str, by: By) -> None:
    root = read([grade("s001", "Ada", name), grade("s002", report="passing")], by)
    assert SECRET not in Tree.tostring(root, encoding="unicode")
    suites = [suite.get("name") for suite in root]
    assert suites == (["code6/s001", "code6/s002"] if by == "student" else ["code6"])
    classes = {case.get("classname") for case in root.iter("testcase")}
    assert classes == ({"code6"} if by == "student" else {"s001", "s002"})


def test_each_verdict_has_its_place() -> None:
    root = read([decided(grade(report="every_verdict"), "no_dense", "failed", "it does")])
    assert outcomes(root) == {
        "shape": "", "loops": "failure timeout", "other_sizes": "failure crashed", "no_dense": "failure failed",
        "own_words": "error error", "held_out": "skipped", "accuracy_980": "skipped", "explained": "failure failed",
    }  # fmt: skip
    assert outcomes(read([grade(report="every_verdict")]))["no_dense"] == "skipped"


def test_nothing_looks_passed_because_nothing_was_measured() -> None:
    stopped = outcomes(read([grade(report="stub")]))
    assert stopped == {
        "submission": "failure submission", "shape": "failure crashed", "budget": "skipped", "accuracy_980": "skipped",
    }  # fmt: skip
    assert outcomes(read([missing("s001")])) == {"submission": "failure submission"}


def test_the_points_are_told() -> None:
    root = read([grade("s001", score=7.5)])
    told = {one.get("name"): one.get("value") for one in root.iter("property")}
    assert (told["student"], told["score"], told["max_score"]) == ("s001", "7.5", "50")
    out = root.findtext(".//testcase[@name='budget']/system-out")
    assert out is not None
    assert out.startswith("0/10 points: At most 8,000 parameters")
    failure = root.find(".//testcase[@name='budget']/failure")
    assert failure is not None
    assert failure.get("message") == "10,940 parameters, wanted at most 8,000"
    assert failure.text is not None
    assert "code6.py:31  Linear 490 -> 10" in failure.text


@given(who=st.text(min_size=1, max_size=8), why=st.text(max_size=8))
def test_whatever_the_texts_are_the_document_is_well_formed(who: str, why: str) -> None:
    one = decided(grade(who, report="every_verdict"), "no_dense", "failed", why)
    (suite,) = read([one])
    assert suite.find("testcase") is not None
