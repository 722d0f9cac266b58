"""Hidden graders of f-testfns: other right implementations, and wrong ones that no student has seen.

Right and wrong ones come mixed, so that their place in the row tells nothing.
"""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dlgrade.quantity import Share

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def judging(assignment):
    return SimpleNamespace(**runpy.run_path(str(assignment.folder / "judging.py")))


@pytest.fixture(scope="session")
def measured(judging, student, assignment):
    right, planted = (judging.implementations(HERE / f"{name}.py") for name in ("right", "planted"))
    rng = np.random.default_rng(19)
    orders = {name: [int(n) for n in rng.permutation(len(right[name]) + len(planted[name]))] for name in right}
    return judging.all_said(student, assignment.call_seconds, right, planted, orders)


@pytest.fixture
def said(measured):
    for one in measured:
        if one.trouble is not None:
            raise one.trouble
    return measured


def share_killed(measured):
    """Of all wrong implementations; a test that could not be run has killed none of its own."""
    runs = [killed for one in measured for killed in one.killed]
    missing = sum(one.trouble is not None for one in measured)
    return Share(sum(runs) / (len(runs) + 10 * missing))


def test_right(judging, said):
    wrong = judging.strict(said) or judging.idle(said)
    assert not wrong, wrong


def test_killed_60(measured, wanted):
    assert share_killed(measured) >= wanted


def test_killed_80(measured, wanted):
    assert share_killed(measured) >= wanted


def test_alone(judging, said):
    wrong = judging.leaning(said) or judging.idle(said)
    assert not wrong, wrong


def test_quick(judging, said):
    wrong = judging.slow(said) or judging.idle(said)
    assert not wrong, wrong
