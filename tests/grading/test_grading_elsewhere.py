"""What becomes of networks and loops that the grader cannot train by itself, and of initial values that know something.

On 2,048 digits of MNIST, four epochs: enough to tell what learned from what did not.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dlgrade import data, grading
from dlgrade.course import Report, load_course
from dlgrade.grading import _bench
from dlgrade.trainer import Images, Trainer

HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n"

SMALL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(),
                                  nn.Conv2d(8, 16, 3, stride=2), nn.BatchNorm2d(16), nn.ReLU())
        self.head = nn.Linear(16 * 9, 10)
    def forward(self, x):
        return self.head(F.max_pool2d(self.maps(x), 2).flatten(1))
"""

BRANCHING = SMALL.replace("        return", "        if x.sum() > 0:\n            x = x * 2\n        return")

LOOP = """
def train(model, loader, optimizer, epoch):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
"""

YAML = """
title: Own things
track: module
kind: {kind}
network: Net
{loop}
budget: {{parameters: 8000, epochs: 4}}
training: {{optimizer: SGD, lr: 0.05, momentum: 0.9, batch_size: 32}}
criteria:
  budget: {{points: 2, says: At most 8000.}}
  accuracy: {{points: 8, says: Learns., wanted: 0.6}}
"""

CHECKS = """
def test_budget(network, assignment):
    assert network.parameter_count <= assignment.budget.parameters

def test_accuracy(training, wanted):
    assert training.final_accuracy >= wanted
"""


@pytest.fixture(scope="module")
def digits() -> tuple[Images, Images]:
    mnist = data.load("mnist")
    return Images.of(data.balanced(mnist.train, 2_048, seed=0)), Images.of(mnist.test).first(1_000)


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    with Trainer("cpu") as started:
        yield started


@pytest.fixture
def graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: tuple[Images, Images], trainer: Trainer
) -> Callable[..., Report]:
    monkeypatch.setitem(_bench._IMAGES, ("mnist", True), digits)

    def grade(source: str, kind: str = "network", profile: str = "quick") -> Report:
        folder = tmp_path / "assignments" / "own"
        folder.mkdir(parents=True)
        (tmp_path / "course.yaml").write_text("title: t\ntracks: {module: m}\n")
        loop = "loop: train" if kind == "training_loop" else ""
        (folder / "assignment.yaml").write_text(YAML.format(kind=kind, loop=loop))
        (folder / "checks.py").write_text(CHECKS)
        (folder / "own.py").write_text("class Net: ...\n")
        file = tmp_path / "own.py"
        file.write_text(HEAD + textwrap.dedent(source))
        (assignment,) = load_course(tmp_path).assignments
        read = grading.read_submission(assignment, file)
        return grading.grade(assignment, read, profile=profile, device="cpu", trainer=trainer).report  # type: ignore[arg-type]

    return grade


def verdicts(report: Report) -> dict[str, str]:
    return {result.id: result.verdict for result in report.criteria}


def test_a_network_with_gradients_of_its_own_is_trained_where_it_lives_and_earns_its_points(
    graded: Callable[..., Report],
) -> None:
    twisted = """
    class Twist(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.0
        @staticmethod
        def backward(ctx, gradient):
            return 0.9 * gradient
    """
    own = SMALL.replace("return self.head(", "return Twist.apply(self.head(").replace("flatten(1))", "flatten(1)))")
    report = graded(textwrap.dedent(twisted) + own)
    assert report.tier == "observed"
    assert verdicts(report) == {"budget": "passed", "accuracy": "passed"}
    assert report.training is not None
    assert report.training.samples == 4 * 2_048
    assert len(report.training.curve) == 4


def test_gradients_that_lead_astray_fail_for_what_they_reach(graded: Callable[..., Report]) -> None:
    hooked = SMALL.replace(
        "    def forward", "        self.head.weight.register_hook(lambda gradient: -3 * gradient)\n    def forward"
    )
    report = graded(hooked)
    assert report.tier == "observed"
    assert verdicts(report)["accuracy"] == "failed"


def test_a_loop_of_the_students_trains_and_the_grader_evaluates(graded: Callable[..., Report]) -> None:
    report = graded(SMALL + LOOP, kind="training_loop")
    assert verdicts(report) == {"budget": "passed", "accuracy": "passed"}
    assert report.training is not None
    assert report.training.samples == 4 * 2_048


def test_a_loop_that_forgets_the_step_has_learned_nothing(graded: Callable[..., Report]) -> None:
    report = graded(SMALL + LOOP.replace("optimizer.step()", "pass"), kind="training_loop")
    assert verdicts(report) == {"budget": "passed", "accuracy": "failed"}


IDENTITIES = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(49, 24)
        self.deep = nn.ModuleList(nn.Linear(24, 24) for _ in range(10))
        self.head = nn.Linear(24, 10)
        for layer in self.deep:
            nn.init.eye_(layer.weight)
            nn.init.zeros_(layer.bias)
    def forward(self, x):
        x = self.first(F.avg_pool2d(x, 4).flatten(1))
        for layer in self.deep:
            x = F.relu(layer(x))
        return self.head(x)
"""


def test_what_only_the_students_own_initial_values_reach_is_for_a_person_to_judge(
    graded: Callable[..., Report],
) -> None:
    report = graded(IDENTITIES)
    assert verdicts(report) == {"budget": "passed", "accuracy": "review"}
    assert report.score == 2
    (result,) = (one for one in report.criteria if one.id == "accuracy")
    assert result.found == (
        "it holds only with the initial weights in the order in which they were given; permuted, it does not",
    )


@pytest.mark.parametrize("init", ["kaiming_normal_", "orthogonal_"])
def test_usual_initialisations_are_not_held_up(graded: Callable[..., Report], init: str) -> None:
    chosen = f"        nn.init.{init}(self.head.weight)\n    def forward"
    report = graded(SMALL.replace("    def forward", chosen))
    assert verdicts(report) == {"budget": "passed", "accuracy": "passed"}


def test_a_network_without_a_data_form_passes_nothing_and_says_what_it_claims(graded: Callable[..., Report]) -> None:
    report = graded(BRANCHING, profile="smoke")
    assert report.tier == "review"
    assert report.score == 0
    assert set(verdicts(report).values()) <= {"review", "blocked", "open"}
    assert "by its own account, which nothing here proves: 2,746 parameters, answers (N, 10)" in report.notes
    assert report.problem is not None
    assert report.problem.where.endswith("own.py:13")
    assert report.problem.mend


def test_an_account_that_no_network_could_have_is_not_shown(graded: Callable[..., Report]) -> None:
    lying = BRANCHING + "    def parameters(self, recurse=True):\n        raise SystemExit\n"
    report = graded(lying, profile="smoke")
    assert not [note for note in report.notes if "account" in note]
