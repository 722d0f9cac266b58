"""What a user sees when something is wrong: each test reads the message."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dlgrade import grading, submission
from dlgrade.course import load_course
from dlgrade.student import Patience

NETWORK = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self{arguments}):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.Conv2d(8, 10, 5))
        {init}

    def forward(self, x):
        {forward}
"""


def network(forward: str = "return self.maps(x).mean((2, 3))", init: str = "pass", arguments: str = "") -> str:
    return NETWORK.format(forward=forward, init=init, arguments=arguments)


@pytest.fixture
def smoke(dlgrade: Callable, written: Callable) -> Callable:
    def check(text: str, *args: object) -> object:
        return dlgrade("check", "code6", written(text), "--profile", "smoke", "--no-html", *args)

    return check


def line(text: str, criterion: str) -> str:
    """The report's line of one criterion."""
    return next(row for row in text.splitlines() if re.match(rf"\s*\S+\s+{criterion}\b", row))


def test_a_missing_file_is_a_wrong_command(dlgrade: Callable) -> None:
    ran = dlgrade("check", "code6", "nothing.py")
    assert ran.code == 2
    assert "there is no nothing.py" in ran.err
    assert "Traceback" not in ran.text


def test_without_a_file_the_names_that_were_looked_for_are_said(dlgrade: Callable) -> None:
    ran = dlgrade("check", "code6")
    assert ran.code == 2
    assert "code6.py, code6.ipynb" in ran.err
    assert "dlgrade start code6" in ran.err


def test_a_mistyped_assignment_is_answered_with_the_nearest(dlgrade: Callable) -> None:
    ran = dlgrade("check", "cod6")
    assert ran.code == 2
    assert "Did you mean code6?" in ran.err


def test_a_syntax_error_is_named_with_its_line_and_nothing_is_measured(smoke: Callable) -> None:
    ran = smoke("import torch\nclass Net(torch.nn.Module):\n    def forward(self, x:\n        return x\n")
    assert ran.code == 1
    assert "code6.py:3" in ran.out
    assert "0 of 50 points" in ran.out
    assert "Traceback" not in ran.text


def test_several_classes_and_none_called_net_are_listed_to_choose_from(smoke: Callable) -> None:
    two = network().replace("class Net", "class First") + network().replace("class Net", "class Second")
    ran = smoke(two)
    assert ran.code == 2
    assert "--class" in ran.err
    assert "First" in ran.err
    assert "Second" in ran.err


def test_the_only_network_is_taken_whatever_its_name(smoke: Callable) -> None:
    ran = smoke(network().replace("class Net", "class MyDigits"))
    assert line(ran.out, "shape").split()[0] == "ok"


def test_a_wrong_class_name_on_the_command_line_names_what_there_is(smoke: Callable) -> None:
    ran = smoke(network(), "--class", "Nett")
    assert ran.code == 2
    assert "Net" in ran.err


def test_a_constructor_that_needs_arguments_is_told_to_have_defaults(smoke: Callable) -> None:
    ran = smoke(network(arguments=", channels"))
    assert ran.code == 1
    assert "__init__ asks for channels" in " ".join(ran.out.split())
    assert "default value" in ran.out
    assert "0 of 50 points" in ran.out


def test_a_wrong_output_shape_shows_what_came_and_what_was_wanted(smoke: Callable) -> None:
    ran = smoke(network(forward="return self.maps(x).mean((2, 3))[:, :7]"))
    row = line(ran.out, "shape")
    assert row.split()[0] == "FAIL"
    assert "(N, 7), wanted (N, 10)" in row


def test_nan_in_the_output_fails_and_is_called_by_name(smoke: Callable) -> None:
    ran = smoke(network(forward="return (self.maps(x).mean((2, 3)) * 0 - 1).log()"))
    assert line(ran.out, "logits").split()[0] == "FAIL"
    assert "NaN" in ran.out


def test_a_forward_that_returns_a_tuple_is_told_to_return_the_logits(smoke: Callable) -> None:
    ran = smoke(network(forward="x = self.maps(x); return x.mean((2, 3)), x"))
    assert ran.code == 1
    assert "forward returns a tuple of 2" in ran.out
    assert "Return the logits alone" in ran.out


def test_a_lost_batch_axis_is_said(smoke: Callable) -> None:
    ran = smoke(network(forward="return self.maps(x).mean((2, 3)).reshape(-1)"))
    assert ran.code == 1
    assert "the batch axis is lost" in ran.out


def test_a_tensor_of_two_gigabytes_is_refused_with_its_size(smoke: Callable) -> None:
    big = 'self.register_buffer("big", torch.zeros(1).expand(500_000_000))'
    ran = smoke(network(init=big, forward="return self.maps(x).mean((2, 3)) + self.big[0]"))
    assert ran.code == 1
    assert "2.0 GB" in ran.out
    assert "0 of 50 points" in ran.out


def test_a_shape_mismatch_names_the_layer_the_line_and_who_made_the_size(smoke: Callable) -> None:
    ran = smoke(
        network(init="self.head = nn.Linear(500, 10)", forward="return self.head(torch.flatten(self.maps(x), 1))")
    )
    text = " ".join(ran.out.split())
    assert "code6.py:11" in text
    assert "Linear wants 500 features, 4,000 arrived" in text
    assert "made 10x20x20 of 8x24x24" in text


def test_an_exception_in_the_students_code_is_shown_with_the_students_line(smoke: Callable) -> None:
    ran = smoke(network(init="self.rate = 1 / 0"))
    assert ran.code == 1
    assert "ZeroDivisionError" in ran.out
    assert "code6.py:8" in ran.out
    assert "worker" not in ran.out


def test_a_loop_without_end_at_import_is_a_timeout_and_not_a_wait(written: Callable) -> None:
    code6 = next(a for a in load_course().assignments if a.id == "code6")
    path = written("class Net:\n    while True:\n        pass\n    def forward(self, x): ...\n")
    outcome = grading.grade(code6, submission.read(path), profile="smoke", patience=Patience(load=3.0))
    assert outcome.report.problem is not None
    assert "still not finished after 3 seconds" in outcome.report.problem.what
    assert {result.verdict for result in outcome.report.criteria} == {"timeout", "blocked"}
    assert outcome.report.score == 0


def test_the_untouched_stub_gets_nothing_and_a_first_step(dlgrade: Callable) -> None:
    assert dlgrade("start", "code6").code == 0
    ran = dlgrade("check", "code6", "--no-html")
    assert ran.code == 1
    assert "still the stub" in ran.out
    assert "nn.Conv2d(1, 8, 3)" in ran.out
    assert "0 of 50 points" in ran.out
    assert "Traceback" not in ran.text


def test_a_value_dependent_if_goes_to_review_with_the_reason_and_the_line(smoke: Callable) -> None:
    ran = smoke(network(forward="x = -x if x.sum() > 0 else x\n        return self.maps(x).mean((2, 3))"))
    assert ran.code == 1
    text = " ".join(ran.out.split())
    assert "decides by the values of a tensor" in text
    assert "code6.py:11" in text


def test_randomness_outside_torch_is_found_by_comparing_answers(smoke: Callable) -> None:
    ran = smoke("import random\n" + network(forward="return self.maps(x).mean((2, 3)) * random.random()"))
    assert ran.code == 1
    assert "does not answer like the one in the file" in " ".join(ran.out.split())
    assert "0 of 50 points" in ran.out


def test_broken_yaml_of_a_course_is_named_with_file_and_line(dlgrade: Callable, tmp_path: Path) -> None:
    root = tmp_path / "course"
    (root / "assignments" / "a1").mkdir(parents=True)
    (root / "course.yaml").write_text("title: T\ntracks: {module: M}\n")
    (root / "assignments" / "a1" / "assignment.yaml").write_text(
        "title: A\ntrack: module\nbudget:\n  epoch: 15\ncriteria:\n  shape: {points: 5, says: S.}\n"
    )
    ran = dlgrade("--course", root, "list")
    assert ran.code == 2
    assert "assignment.yaml:4: unknown key 'epoch'" in ran.err
    assert "Did you mean 'epochs'?" in ran.err


def test_an_assignment_in_work_stops_no_other(dlgrade: Callable, tmp_path: Path) -> None:
    """A folder that is begun, and a file with a mistake: named by what lists or proves all, in nobody else's way."""
    root = tmp_path / "course"
    for name, yaml in (("good", GOOD), ("begun", None), ("wrong", GOOD.replace("points", "pionts"))):
        folder = root / "assignments" / name
        folder.mkdir(parents=True)
        if yaml is not None:
            (folder / "assignment.yaml").write_text(yaml)
        (folder / "checks.py").write_text("def test_one(ask):\n    assert ask('one') == 1\n")
        (folder / f"{name}.py").write_text("def one(): raise NotImplementedError\n")
    (root / "course.yaml").write_text("title: t\ntracks: {foundations: f}\n")
    solved = tmp_path / "good.py"
    solved.write_text("def one(): return 1\n")
    checked = dlgrade("--course", root, "check", "good", solved, "--no-html")
    assert checked.code == 0, checked.text
    listed = dlgrade("--course", root, "list")
    assert "good" in listed.out
    assert "left out: begun:" in listed.err
    assert "unknown key 'pionts'" in listed.err
    assert "assignment.yaml: this file is missing" in dlgrade("--course", root, "check", "begun", solved).err
    proven = dlgrade("--course", root, "prove", "--check")
    assert proven.code == 1
    assert "NOT PROVEN  wrong" in proven.out


GOOD = """
title: One
track: foundations
kind: functions
criteria:
  one: {points: 1, says: One.}
"""
