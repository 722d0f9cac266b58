"""Where no sandbox holds: a student's check runs and says so, an instructor has to ask for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT

from dlgrade.sandbox import _host, _probe

REFERENCE = ROOT / "graders/code6/reference.py"
NOTICE = "run as a plain process with limits, not in a sandbox; dlgrade doctor says what this machine lacks"


@pytest.fixture(params=["darwin", "win32"])
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine of another system, as far as the sandbox can tell."""
    monkeypatch.setattr(_host, "system", lambda: request.param)
    monkeypatch.setattr(_probe, "_known", None)
    yield
    _probe._known = None


@pytest.mark.usefixtures("elsewhere")
def test_a_student_is_graded_and_told_in_one_line(dlgrade: Callable) -> None:
    ran = dlgrade("check", "code6", REFERENCE, "--profile", "smoke", "--no-html", "--json", "report.json")
    assert ran.code == 0
    assert " ".join(ran.out.split()).count(NOTICE) == 1
    report = json.loads(Path("report.json").read_text())
    assert report["isolation"] == "plain"
    assert report["tier"] == "verified"


@pytest.mark.usefixtures("elsewhere")
def test_an_instructor_is_refused_before_anything_runs(dlgrade: Callable) -> None:
    ran = dlgrade("check", "code6", REFERENCE, "--profile", "smoke", "--no-html", "--instructor")
    assert ran.code == 3
    assert ran.out == ""
    assert ran.err.startswith("error: the sandbox does not hold here (")
    assert "--unsafe-no-sandbox grades without it, and the report says so" in ran.err


@pytest.mark.usefixtures("elsewhere")
def test_what_was_graded_without_it_says_so(dlgrade: Callable) -> None:
    ran = dlgrade("check", "code6", REFERENCE, "--profile", "smoke", "--no-html", "--instructor", "--unsafe-no-sandbox")
    assert ran.code == 0
    assert NOTICE in " ".join(ran.out.split())


def test_where_it_holds_the_report_says_what_held(dlgrade: Callable) -> None:
    if not _probe.probe().holds:
        pytest.skip("needs bubblewrap")
    ran = dlgrade("check", "code6", REFERENCE, "--profile", "smoke", "--no-html", "--instructor", "--json", "-")
    assert ran.code == 0
    assert json.loads(ran.out)["isolation"] == "bubblewrap"
