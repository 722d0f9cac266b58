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


# -- trainings: not done twice, calibrated at full, left open at smoke


LEARNS = """
  learns:
    points: 5
    says: Learns something.
    wanted: {quick: 0.11, full: 0.11}
"""


@pytest.fixture
def trained(made: Callable, course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """An assignment that trains, small enough to be proven at quick; its trainings are kept in a folder of the test."""
    from dlgrade import data

    monkeypatch.setenv("DLGRADE_DATA", str(data.data_root()))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    described = course / "assignments/tiny/assignment.yaml"
    text = described.read_text().rstrip("\n") + LEARNS
    described.write_text(text.replace("epochs: 5", "epochs: 1"))
    checks = course / "assignments/tiny/checks.py"
    checks.write_text(checks.read_text() + "\n\ndef test_learns(training, wanted):\n"
                      "    assert training.final_accuracy >= wanted\n")  # fmt: skip
    (course / "graders/tiny/mutants/frozen.py").write_text(
        '"""Learns nothing.\n\nFails: learns\n"""\n' + (course / "graders/tiny/reference.py").read_text().replace(
            "return self.maps(x).mean((2, 3))", "return 0 * self.maps(x).mean((2, 3))"
        )
    )  # fmt: skip
    return made


def test_a_training_that_was_finished_is_not_done_again(
    trained: Callable, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlgrade.trainer import Trainer

    ran = trained("prove", "tiny", "--seeds", "1", "--jobs", "1")
    assert ran.code == 0, ran.text
    assert "frozen fails learns" in ran.out
    first = json.loads((course / "graders/tiny/proof.json").read_text())["profiles"]["quick"]
    assert first["reference"]["parameters"] == 810

    def refuse(self: object, *_: object, do: str, **__: object) -> object:
        assert do != "train", "it trains again"
        return ask(self, *_, do=do, **__)

    ask = Trainer._ask
    monkeypatch.setattr(Trainer, "_ask", refuse)
    (course / "graders/tiny/proof.json").unlink()
    ran = trained("prove", "tiny", "--seeds", "1", "--jobs", "1")
    assert ran.code == 0, ran.text
    again = json.loads((course / "graders/tiny/proof.json").read_text())["profiles"]["quick"]
    assert again["margins"] == first["margins"]


def test_a_stale_proof_is_looked_at_without_training(trained: Callable, course: Path) -> None:
    ran = trained("prove", "--check", "tiny")
    assert ran.code == 1
    assert "there is no proof; run dlgrade prove tiny" in ran.out
    assert "at smoke it holds  tiny" in ran.out
    assert not (course / "graders/tiny/proof.json").exists()
    mutant = course / "graders/tiny/mutants/dense_layer.py"
    mutant.write_text(mutant.read_text().replace("28, 10)", "28, 12)"))
    ran = trained("prove", "--check", "tiny")
    assert "BROKEN  tiny" in ran.out
    assert "dense_layer: also fails shape" in ran.out


def test_full_calibrates_what_was_proven_at_quick(trained: Callable) -> None:
    ran = trained("prove", "tiny", "--seeds", "1", "--jobs", "1", "--profile", "full")
    assert ran.code == 1
    assert "full trains the reference alone; first run dlgrade prove tiny" in ran.out


def test_figures_that_stand_in_for_the_step_before_are_those_that_were_measured(made: Callable, course: Path) -> None:
    assert proven(made).code == 0
    made("new", "next")
    described = course / "assignments/next/assignment.yaml"
    follows = "follows: {assignment: tiny, reference: {parameters: 900}}\n"
    described.write_text(described.read_text().replace("start_with", follows + "start_with"))
    ran = made("prove", "next", "--profile", "smoke", "--seeds", "1", "--jobs", "1")
    assert ran.code == 1
    assert "follows.reference: parameters of tiny is 810 at smoke, not 900" in ran.out
    assert "of 3" not in ran.out, "it measured first"
    assert not (course / "graders/next/proof.json").exists()


def test_one_mutant_is_measured_alone_and_nothing_is_written(made: Callable, course: Path) -> None:
    ran = made("prove", "tiny", "--profile", "smoke", "--jobs", "1", "--only", "dense_layer")
    assert ran.code == 0, ran.text
    assert "1 of 1  dense_layer fails budget" in ran.out
    assert not (course / "graders/tiny/proof.json").exists()
    ran = made("prove", "tiny", "--only", "denselayer")
    assert ran.code == 2
    assert "denselayer is no mutant" in ran.err
    assert "dense_layer" in ran.err


def test_a_threshold_above_its_floor_is_refused_unless_the_course_fixes_it(made: Callable, course: Path) -> None:
    ran = made("prove", "tiny", "--profile", "smoke", "--jobs", "1")
    assert ran.code == 0, ran.text
    file = course / "graders/tiny/proof.json"
    record = json.loads(file.read_text())
    margin = {"wanted": 0.994, "mean": 0.9949, "std": 0.0003, "minimum": 0.9946, "floor": 0.9927, "seeds": 3}
    for fixed in (False, True):
        record["profiles"]["smoke"]["margins"] = {"learns": margin | ({"fixed": True} if fixed else {})}
        file.write_text(json.dumps(record))
        ran = made("prove", "--check", "tiny")
        assert ("wanted 0.9940 at smoke is above the floor 0.9927" in ran.out) != fixed
        assert (ran.code == 0) == fixed


def test_a_check_that_would_leave_out_what_was_asked_for_is_refused(made: Callable) -> None:
    ran = made("prove", "tiny", "--check", "--only", "dense_layer")
    assert ran.code == 2
    assert "Leave out --check, or --only." in ran.err
