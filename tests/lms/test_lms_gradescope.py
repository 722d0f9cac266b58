"""``results.json``, held against the schema that Gradescope documents."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lms.conftest import SECRET, decided, grade, late, missing, override
from tests.report.conftest import REPORTS

from dlgrade.gradebook import Grade
from dlgrade.lms._gradescope import write

VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
TEST = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"}, "max_score": {"type": "number"}, "status": {"enum": ["passed", "failed"]},
        "name": {"type": "string"}, "name_format": FORMAT, "number": {"type": "string"},
        "output": {"type": "string"}, "output_format": FORMAT, "tags": {"type": "array", "items": {"type": "string"}},
        "visibility": VISIBILITY, "extra_data": {"type": "object"},
    },
}  # fmt: skip
# After https://gradescope-autograders.readthedocs.io/en/latest/specs/; other keys are refused here.
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["score"],
    "properties": {
        "score": {"type": "number"}, "execution_time": {"type": "number"}, "output": {"type": "string"},
        "output_format": FORMAT, "test_output_format": FORMAT, "test_name_format": FORMAT, "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY, "extra_data": {"type": "object"},
        "tests": {"type": "array", "items": TEST},
        "leaderboard": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "value"],
                "properties": {
                    "name": {"type": "string"}, "value": {"type": ["number", "string"]},
                    "order": {"enum": ["asc", "desc"]},
                },
            },
        },
    },
}  # fmt: skip


def read(one: Grade) -> dict[str, Any]:
    results: dict[str, Any] = json.loads(write(one), parse_constant=pytest.fail)
    jsonschema.validate(results, SCHEMA)
    return results


@pytest.mark.parametrize("name", list(REPORTS))
def test_every_report_becomes_results_that_hold_no_secret(name: str) -> None:
    results = read(grade("s001", "Ada", name))
    assert SECRET not in json.dumps(results)
    assert "Traceback" not in json.dumps(results)
    assert {results["output_format"], results["test_output_format"], results["test_name_format"]} == {"text"}
    assert results["stdout_visibility"] == "hidden"
    assert len(results["tests"]) == len(REPORTS[name]().criteria)


def test_what_is_undecided_is_neither_green_nor_red() -> None:
    tests = {one["name"]: one for one in read(grade(report="every_verdict"))["tests"]}
    for name in ("no_dense: in review", "own_words: grader error", "held_out: open"):
        assert not {"score", "max_score", "status"} & set(tests[name])
        assert "points, which are open" in tests[name]["output"]
    assert (tests["shape"]["score"], tests["shape"]["max_score"], tests["shape"]["status"]) == (2.5, 2.5, "passed")
    assert (tests["loops: too slow"]["score"], tests["loops: too slow"]["status"]) == (0, "failed")


def test_the_score_is_the_one_that_counts() -> None:
    assert read(grade())["score"] == 10
    results = read(late(grade(), 2.5))
    assert results["score"] == 7.5
    assert results["output"].startswith("7.5 of 50 points: 10 less 2.5 for 2 days of lateness.\n")
    results = read(override(grade(), 45))
    assert (results["score"], results["output"].split("\n")[0]) == (45, "45 of 50 points, set by a person: was ill.")
    results = read(decided(grade(report="every_verdict"), "no_dense", "passed", "it does not"))
    test = next(one for one in results["tests"] if one["name"] == "no_dense")
    assert (test["score"], test["status"]) == (10, "passed")
    assert "a person decided: it does not" in test["output"]
    assert read(missing("s002"))["output"] == "nothing was handed in."


def test_the_leaderboard_has_what_was_measured() -> None:
    assert read(grade(report="passing"))["leaderboard"] == [
        {"name": "Accuracy (%)", "value": 98.41, "order": "desc"},
        {"name": "Parameters", "value": 6070, "order": "asc"},
    ]
    assert "leaderboard" not in read(grade(report="stub"))


def test_the_run_is_named() -> None:
    results = read(grade(report="every_verdict"))
    assert "a rehearsal: the mark is given at full, after training" in results["output"]
    assert "No sandbox on this machine: your code ran as a plain process." in results["output"]
    assert results["extra_data"]["profile"] == "smoke"


@given(why=st.text(max_size=20), points=st.floats(0, 100, width=32))
def test_whatever_a_person_writes_the_file_is_valid(why: str, points: float) -> None:
    results = read(override(grade(), points, why))
    assert results["score"] == pytest.approx(points, abs=1e-4)
