"""A report as JSON: plain, versioned, and every key of it documented."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from dlgrade.course import (
    PROFILES,
    SCHEMA,
    Budget,
    CriterionResult,
    Environment,
    EpochFigures,
    Layer,
    Mistake,
    NetworkSummary,
    Problem,
    Report,
    SubmissionIdentity,
    Tier,
    TrainingSummary,
    Verdict,
)
from dlgrade.quantity import Count, Share

PAGE = Path(__file__).resolve().parents[2] / "docs" / "report-schema.md"

BARE = Report(
    assignment="code6",
    title="Global average pooling",
    submission=SubmissionIdentity("code6.py", "0" * 64),
    profile="quick",
    seed=0,
    criteria=(CriterionResult("budget", "At most 8,000.", "failed", 0, 10),),
    environment=Environment("0.1.0", "3.11", "2.13.0", "Linux", "cpu", "1" * 64),
)
FULL = replace(
    BARE,
    device="cpu",
    tier="verified",
    problem=Problem("what", "code6.py:1", "mend", "detail"),
    criteria=(
        CriterionResult("budget", "S.", "passed", 10, 10, "7,000", "8,000", ("a",), "hint", ("card",), "detail", 0.5),
        CriterionResult("shape", "S.", "failed", 0, 2.5),
    ),
    network=NetworkSummary(
        "Net",
        Count(10_940, "parameters"),
        (
            Layer("Conv2d", "code6.py:3", (1, 28, 28), (8, 26, 26), 80, 1, 2, 3, "conv"),
            Layer("Linear", "code6.py:9", (8,), (10,), 90, 1, 2),
        ),
        (1, 28, 28),
        (10,),
        unused=("fc.weight",),
    ),
    training=TrainingSummary(
        "cpu",
        2,
        24_000,
        (
            EpochFigures(1, 0.5, 0.8, 0.4, Share(0.9), 0.05, 1.0),
            EpochFigures(2, math.nan, 0.1, math.inf, 0.1, 0.05, 2.0),
        ),
        2.0,
        ((5, 1), (0, 4)),
        (Mistake(7, 3, 5, 0.99, b"\0" * 784),),
        "SGD",
        ("note",),
    ),
    budget=Budget(None, 15),
    notes=("note",),
)


def test_a_report_is_what_json_can_hold_and_nothing_else() -> None:
    for report in (BARE, FULL):
        form = report.to_json()
        assert json.loads(json.dumps(form, allow_nan=False)) == form


def test_numbers_with_a_unit_become_plain_ones() -> None:
    form = FULL.to_json()
    assert type(form["network"]["parameters"]) is int
    assert type(form["training"]["curve"][0]["test_accuracy"]) is float


def test_a_loss_that_is_not_a_number_is_null() -> None:
    first, second = FULL.to_json()["training"]["curve"]
    assert (first["train_loss"], first["test_loss"]) == (0.5, 0.4)
    assert (second["train_loss"], second["test_loss"]) == (None, None)


def test_the_version_comes_first_and_the_points_are_summed() -> None:
    form = FULL.to_json()
    assert list(form)[:3] == ["schema", "score", "max_score"]
    assert (form["schema"], form["score"], form["max_score"]) == (SCHEMA, 10, 12.5)


def test_pixels_of_mistakes_stay_out() -> None:
    assert FULL.to_json()["training"]["mistakes"] == [{"index": 7, "label": 3, "predicted": 5, "confidence": 0.99}]


def documented() -> dict[str, dict[str, str]]:
    """From the page: for each kind of object its keys and their types."""
    kinds: dict[str, dict[str, str]] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            rows = kinds.setdefault(line[3:], {})
        elif row := re.match(r"\| `(\w+)` \| ([^|]+) \| [^|]+ \|$", line):
            assert row[1] not in rows
            rows[row[1]] = row[2]
    return kinds


def check(value: Any, kind: str, where: str, seen: set[str]) -> None:
    if " or " in kind:
        kind = "null" if value is None else kind.removesuffix(" or null")
    if kind.startswith("list of "):
        assert type(value) is list, where
        for item in value:
            check(item, kind.removeprefix("list of "), where, seen)
    elif kind in PLAIN:
        assert type(value) in PLAIN[kind], f"{where} is {value!r}, documented as {kind}"
    else:
        rows = documented()[kind]
        seen.add(kind)
        assert list(value) == list(rows), f"the keys of {where}, in their order"
        for key, item in value.items():
            check(item, rows[key], f"{where}.{key}", seen)


PLAIN = {"object": (dict,), "text": {str}, "whole number": {int}, "number": {int, float}, "null": {type(None)}}


@pytest.mark.parametrize("report", [BARE, FULL], ids=["bare", "full"])
def test_the_documented_keys_and_types_are_the_real_ones(report: Report) -> None:
    seen: set[str] = set()
    check(report.to_json(), "report", "report", seen)
    if report is FULL:
        # What a person settles comes later: tests/report/test_report_settle.py.
        measured = set(documented()) - {"after dlgrade settle", "settlement"}
        assert seen == measured, "every kind of object that the page describes occurs"


def test_the_page_names_the_version_every_profile_and_every_verdict() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"`schema` is {SCHEMA}." in text
    for word in (*PROFILES, *get_args(Verdict), *get_args(Tier)):
        assert f"`{word}`" in text
