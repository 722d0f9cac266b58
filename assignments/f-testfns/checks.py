"""Your tests are tried on right.py and on planted.py, which lie beside this file. The graders have more of both."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

HERE = Path(__file__).parent
judging = SimpleNamespace(**runpy.run_path(str(HERE / "judging.py")))


@pytest.fixture(scope="session")
def measured(student, assignment):
    right, planted = (judging.implementations(HERE / f"{name}.py") for name in ("right", "planted"))
    return judging.all_said(student, assignment.call_seconds, right, planted)


@pytest.fixture
def said(measured):
    """What the five tests said; a test that could not be run at all comes first."""
    for one in measured:
        if one.trouble is not None:
            raise one.trouble
    return measured


def test_right(said):
    wrong = judging.strict(said) or judging.idle(said)
    assert not wrong, wrong


def test_planted(said):
    wrong = judging.alive(said)
    assert not wrong, wrong


def test_alone(said):
    wrong = judging.leaning(said) or judging.idle(said)
    assert not wrong, wrong


def test_quick(said):
    wrong = judging.slow(said) or judging.idle(said)
    assert not wrong, wrong
