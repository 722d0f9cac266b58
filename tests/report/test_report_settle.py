"""A person settles what could not be proven; what was measured stays."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dlgrade.cli._settle import settle as command
from dlgrade.errors import UsageError
from dlgrade.report import settle

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def report() -> dict[str, Any]:
    verdicts = {"shape": "passed", "budget": "review", "accuracy": "review", "depth": "failed", "average": "error"}
    criteria = [
        {"id": name, "verdict": verdict, "points": 10 if verdict == "passed" else 0, "max_points": 10}
        for name, verdict in verdicts.items()
    ]
    return {"schema": 1, "score": 10, "max_score": 50, "criteria": criteria}


def test_a_decision_is_added_beside_what_was_measured(report: dict[str, Any]) -> None:
    kept = json.loads(json.dumps(report))
    after = settle(report, "budget", "passed", by=" The instructor ", why="counted by hand", at=NOON)
    assert report == kept
    assert {key: after[key] for key in kept} == kept
    assert after["settled"] == [{"criterion": "budget", "verdict": "passed", "by": "The instructor",
                                 "why": "counted by hand", "at": "2026-03-01T12:00:00+00:00"}]  # fmt: skip
    assert after["settled_score"] == 20


def test_the_form_is_the_documented_one(report: dict[str, Any]) -> None:
    page = (Path(__file__).parents[2] / "docs/report-schema.md").read_text()
    added, settlement = (
        re.findall(r"^\| `(\w+)`", page.partition(f"## {name}\n")[2].partition("\n## ")[0], re.MULTILINE)
        for name in ("after dlgrade settle", "settlement")
    )
    after = settle(report, "budget", "passed", by="A", why="b", at=NOON)
    assert list(after) == [*report, *added]
    assert list(after["settled"][0]) == settlement


def test_the_last_word_on_a_criterion_counts_and_the_first_stays_on_record(report: dict[str, Any]) -> None:
    for verdict in ("passed", "failed"):
        report = settle(report, "budget", verdict, by="A", why="b", at=NOON)  # type: ignore[arg-type]
    assert [one["verdict"] for one in report["settled"]] == ["passed", "failed"]
    assert report["settled_score"] == 10


def test_what_the_grader_broke_can_be_settled_too(report: dict[str, Any]) -> None:
    assert settle(report, "average", "passed", by="A", why="b", at=NOON)["settled_score"] == 20


@pytest.mark.parametrize(
    ("criterion", "by", "says"),
    [
        ("depth", "A", "depth was measured (failed)"),
        ("shape", "A", "shape was measured (passed)"),
        ("bugdet", "A", "no criterion bugdet"),
        ("budget", "  ", "who took it and why"),
    ],
)
def test_what_was_measured_or_is_not_there_cannot_be_settled(
    report: dict[str, Any], criterion: str, by: str, says: str
) -> None:
    with pytest.raises(UsageError) as error:
        settle(report, criterion, "passed", by=by, why="b", at=NOON)
    assert says in error.value.what


@pytest.mark.parametrize(
    "broken",
    [
        [],
        {"schema": 1},
        {"schema": 1, "score": "10", "criteria": []},
        {"schema": 1, "score": 0, "criteria": [{"id": "a"}]},
        {"schema": 1, "score": 0, "criteria": [], "settled": [{"criterion": "gone", "verdict": "passed"}]},
    ],
)
def test_another_file_is_refused(broken: Any) -> None:
    with pytest.raises(UsageError, match="not a report"):
        settle(broken, "budget", "passed", by="A", why="b", at=NOON)


def test_a_report_of_a_later_form_is_named(report: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="version 2 of its form"):
        settle({**report, "schema": 2}, "budget", "passed", by="A", why="b", at=NOON)


def test_the_command_writes_into_the_report_and_says_the_new_score(report: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report))
    said = CliRunner().invoke(command, [str(path), "budget", "passed", "--by", "A\x1b[2J", "--why", "by hand"])
    assert said.output == "budget passed, settled by A\\x1b[2J: 20 of 50 points, 10 of them measured\n"
    assert json.loads(path.read_text())["settled"][0]["why"] == "by hand"
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_a_file_that_is_no_json_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("{")
    said = CliRunner().invoke(command, [str(path), "budget", "passed", "--by", "A", "--why", "b"])
    assert isinstance(said.exception, UsageError)
    assert path.read_text() == "{"
