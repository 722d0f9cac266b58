"""A grader that is wrong does not pass `dlgrade prove`, and it is said why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def course(tmp_path: Path) -> Path:
    root = tmp_path / "course"
    (root / "assignments").mkdir(parents=True)
    (root / "course.yaml").write_text("title: A course\ntracks: {first: The first track}\n")
    return root


@pytest.fixture
def made(dlgrade: Callable, course: Path) -> Callable:
    """An assignment as `dlgrade new` writes it, and the command line on its course."""
    assert dlgrade("--course", course, "new", "tiny", "--title", "Tiny").code == 0

    def run(*args: object) -> object:
        return dlgrade("--course", course, *args)

    return run


def proven(made: Callable) -> object:
    return made("prove", "tiny", "--profile", "smoke", "--seeds", "1", "--jobs", "1")


def test_what_new_writes_is_proven_at_once_and_stays_so(made: Callable, course: Path) -> None:
    ran = proven(made)
    assert ran.code == 0, ran.text
    assert "batch_statistics fails shape (hidden graders only)" in ran.out
    assert made("prove", "--check").code == 0
    record = json.loads((course / "graders/tiny/proof.json").read_text())
    assert set(record["mutants"]) == {"batch_statistics", "dense_layer", "eleven_classes"}

    # A comment changes nothing; a threshold does.
    checks = course / "assignments/tiny/checks.py"
    checks.write_text(checks.read_text() + "# a remark\n")
    assert made("prove", "--check").code == 0
    described = course / "assignments/tiny/assignment.yaml"
    described.write_text(described.read_text().replace("parameters: 2000", "parameters: 9000"))
    ran = made("prove", "--check")
    assert ran.code == 1
    assert "assignments/tiny/assignment.yaml changed since the proof" in ran.out
    ran = proven(made)
    assert ran.code == 1
    assert "dense_layer: must fail budget, and does not" in ran.out

    # A deleted mutant is missed, although the others would still do.
    described.write_text(described.read_text().replace("parameters: 9000", "parameters: 2000"))
    (course / "graders/tiny/mutants/eleven_classes.py").unlink()
    ran = proven(made)
    assert ran.code == 1
    assert "the mutant eleven_classes was in the last proof and is gone" in ran.out


def test_a_criterion_without_a_test_is_an_error(made: Callable, course: Path) -> None:
    described = course / "assignments/tiny/assignment.yaml"
    described.write_text(described.read_text() + "  speed:\n    points: 5\n    says: Fast.\n")
    ran = proven(made)
    assert ran.code == 1
    assert "the criterion speed has no test_speed" in ran.out


def test_a_test_without_a_criterion_is_an_error_with_its_line(made: Callable, course: Path) -> None:
    checks = course / "assignments/tiny/checks.py"
    checks.write_text(checks.read_text() + "\n\ndef test_colour(network):\n    assert True\n")
    ran = proven(made)
    assert ran.code == 1
    assert "checks.py:12: test_colour has no criterion" in ran.out
    ran = made("check", "tiny", course / "graders/tiny/reference.py", "--profile", "smoke", "--no-html")
    assert ran.code == 2
    assert "test_colour has no criterion" in ran.err


def test_a_mutant_that_fails_more_than_it_names_is_an_error(made: Callable, course: Path) -> None:
    mutant = course / "graders/tiny/mutants/dense_layer.py"
    mutant.write_text(mutant.read_text().replace("28, 10)", "28, 12)"))
    ran = proven(made)
    assert ran.code == 1
    assert "dense_layer: also fails shape, which it does not name" in ran.out


def test_a_mutant_that_crashes_proves_nothing(made: Callable, course: Path) -> None:
    mutant = course / "graders/tiny/mutants/dense_layer.py"
    mutant.write_text(mutant.read_text().replace("torch.flatten(x, 1)", "torch.flaten(x, 1)"))
    ran = proven(made)
    assert ran.code == 1
    assert "dense_layer: shape" in ran.out
    assert "a mutant fails by measurement" in ran.out


def test_a_stub_that_already_passes_something_is_an_error(made: Callable, course: Path) -> None:
    stub = course / "assignments/tiny/tiny.py"
    stub.write_text((course / "graders/tiny/reference.py").read_text())
    ran = proven(made)
    assert ran.code == 1
    assert "the stub gets 10 points" in ran.out


def test_a_bug_in_a_hidden_grader_is_an_error_of_ours_and_costs_no_point(made: Callable, course: Path) -> None:
    hidden = course / "graders/tiny/test_tiny.py"
    hidden.write_text(hidden.read_text().replace("network.same_alone()", "network.same_alon()"))
    reference = course / "graders/tiny/reference.py"
    ran = made("check", "tiny", reference, "--profile", "smoke", "--no-html", "--json", "report.json")
    assert ran.code == 1
    assert "ERROR" in ran.out
    assert "same_alon" not in ran.out
    report = json.loads(Path("report.json").read_text())
    assert {row["id"]: row["verdict"] for row in report["criteria"]} == {"shape": "error", "budget": "passed"}
    ran = made("check", "tiny", reference, "--profile", "smoke", "--no-html", "--instructor")
    assert "test_tiny.py" in ran.out
    assert "same_alon" in ran.out


def test_a_grader_without_an_assignment_is_an_error(made: Callable, course: Path) -> None:
    (course / "graders" / "forgotten").mkdir()
    ran = made("prove", "--check")
    assert ran.code == 2
    assert "graders/forgotten belongs to no assignment" in ran.err
