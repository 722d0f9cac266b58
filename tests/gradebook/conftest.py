"""A gradebook of a class, and attempts with reports in their documented form."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dlgrade.gradebook import Attempt, Gradebook

DUE = datetime(2026, 11, 30, 22, 59, tzinfo=UTC)
GRADED = datetime(2026, 12, 24, 12, 0, tzinfo=UTC)


def report(verdicts: Mapping[str, str], source: str = "", profile: str = "full") -> dict[str, Any]:
    """A report of criteria worth 10 points each."""
    criteria = [
        {"id": name, "verdict": verdict, "points": 10 if verdict == "passed" else 0, "max_points": 10, "measured": ""}
        for name, verdict in verdicts.items()
    ]
    return {
        "schema": 1,
        "score": sum(one["points"] for one in criteria),
        "max_score": 10 * len(criteria),
        "submission": {"name": "code6.py", "sha256": source},
        "profile": profile,
        "criteria": criteria,
    }


def attempt(
    who: str = "s001",
    verdicts: str = "passed passed failed",
    *,
    id: str = "code6",  # noqa: A002 - as it is called everywhere
    source: str = "",
    late: timedelta | None = None,
    profile: str = "full",
    key: str = "",
) -> Attempt:
    """An attempt at an assignment; `late` says when it was handed in, by the deadline `DUE`."""
    words = verdicts.split()
    said = report(dict(zip(("shape", "budget", "no_dense", "accuracy"), words, strict=False)), source, profile)
    return Attempt(
        who=who,
        kind="assignment",
        id=id,
        seed=0,
        started=GRADED,
        finished=GRADED,
        points=said["score"],
        max=said["max_score"],
        results={"report": said, "fingerprint": None},
        handed_in=None if late is None else DUE + late,
        key=key,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "grades.sqlite"


@pytest.fixture
def book(file: Path) -> Iterator[Gradebook]:
    with Gradebook(file) as opened:
        yield opened


@pytest.fixture
def bubblewrap() -> str:
    """The path of bubblewrap, with which a folder becomes a small or a read-only disk."""
    found = shutil.which("bwrap")
    if found is None:
        pytest.skip("bubblewrap is not installed")
    return found
