"""Gradescope: the ``results.json`` that its autograders write, as its documentation describes it.

Every text goes as plain text, so nothing that a student wrote is read as HTML or Markdown there. A criterion that
waits for a person has no score, so it is neither green nor red.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from dlgrade.gradebook import Grade
from dlgrade.lms._told import Told, notes, score_line, told
from dlgrade.neutral import NAME_LIMIT, neutral


def results(grade: Grade) -> dict[str, Any]:
    """What ``results.json`` says of one grade; plain data for JSON."""
    criteria = told(grade)
    form: dict[str, Any] = {
        "score": _number(grade.score),
        "output": "\n".join([f"{score_line(grade)}.", *notes(grade)]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(one, str(place)) for place, one in enumerate(criteria, 1)],
        "extra_data": _extra(grade),
    }
    seconds = sum(one.seconds for one in criteria)
    if seconds:
        form["execution_time"] = round(seconds, 2)
    leaderboard = _leaderboard(grade.report or {})
    if leaderboard:
        form["leaderboard"] = leaderboard
    return form


def write(grade: Grade) -> bytes:
    """The file."""
    return (json.dumps(results(grade), indent=2, ensure_ascii=True, allow_nan=False) + "\n").encode()


def _test(one: Told, place: str) -> dict[str, Any]:
    test: dict[str, Any] = {
        "number": place,
        "name": f"{one.id}: {one.label}" if one.verdict not in {"passed", "failed"} else one.id,
        "output": one.story,
        "visibility": "visible",
    }
    if one.decided:
        test |= {"score": _number(one.points), "max_score": _number(one.max)}
        test["status"] = "passed" if one.verdict == "passed" else "failed"
    else:
        test["output"] += f"\nworth {_number(one.max):g} points, which are open"
    return test


def _extra(grade: Grade) -> dict[str, Any]:
    """For whoever reads the file by program; nothing of it is shown to a student, and nothing is secret."""
    report = grade.report or {}
    said = {name: report.get(name) for name in ("profile", "seed", "tier", "device", "isolation") if name in report}
    submission = report.get("submission")
    sha = submission.get("sha256") if isinstance(submission, Mapping) else None
    return {
        "assignment": grade.id,
        "status": grade.status,
        "max_score": _number(grade.max),
        "raw": _number(grade.raw),
        "penalty": _number(grade.penalty),
        "submission_sha256": sha,
        **{name: neutral(value, NAME_LIMIT) if isinstance(value, str) else value for name, value in said.items()},
    }


def _leaderboard(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a class can be ranked by: accuracy and size, where the network was measured."""
    rows: list[dict[str, Any]] = []
    training, network = report.get("training"), report.get("network")
    if isinstance(training, Mapping) and training.get("curve"):
        accuracy = training["curve"][-1].get("test_accuracy")
        if isinstance(accuracy, int | float) and math.isfinite(accuracy):
            rows.append({"name": "Accuracy (%)", "value": round(100 * accuracy, 2), "order": "desc"})
    if isinstance(network, Mapping) and isinstance(network.get("parameters"), int):
        rows.append({"name": "Parameters", "value": network["parameters"], "order": "asc"})
    return rows


def _number(value: float) -> float | int:
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded
