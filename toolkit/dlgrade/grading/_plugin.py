"""The pytest plugin: fixtures that measure once and keep what came back, and verdicts for what tests do."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dlgrade.course import Assignment, Problem, Profile, Verdict
from dlgrade.errors import CourseError, DlgradeError
from dlgrade.grading._cases import Case
from dlgrade.quantity import Comparison, comparisons
from dlgrade.student import Student, StudentError

if TYPE_CHECKING:
    import numpy as np

    from dlgrade.graph import CarriedNetwork
    from dlgrade.quantity import Share
    from dlgrade.trainer import Images, Progress, Training

QUICK_IMAGES = 12_000
QUICK_EPOCHS = 4
_OVERFIT_IMAGES = 32


class NotNow(Exception):  # noqa: N818
    """A test that this run does not measure: ``blocked`` or ``open``, and why."""

    def __init__(self, verdict: Verdict, why: str) -> None:
        super().__init__(why)
        self.verdict: Verdict = verdict
        self.why = why


@dataclass
class Bench:
    """What one grading run works with."""

    assignment: Assignment
    student: Student
    profile: Profile
    seed: int = 0
    device: str = "auto"
    train_anyway: bool = False
    on_progress: Callable[[Progress], None] | None = None
    on_case: Callable[[Case], None] | None = None
    cases: list[Case] = field(default_factory=list)
    training: Training | None = None

    def failed_before(self) -> list[str]:
        """Criteria that are known not to be met, in order."""
        bad = [case.criterion for case in self.cases if case.verdict in {"failed", "crashed", "timeout", "review"}]
        return list(dict.fromkeys(bad))


@dataclass(frozen=True)
class HeldOut:
    """Images that the student's process never sees: the test set and what is made of it."""

    test: Images
    shifted: Images


class GradingPlugin:
    """Registered with pytest for one run."""

    def __init__(self, bench: Bench) -> None:
        """`bench` collects the cases."""
        self.bench = bench
        self._log: list[Comparison] = []
        self._problems: list[Problem] = []
        self.collection_error = ""
        self.stopped: DlgradeError | None = None

    # -- fixtures ----------------------------------------------------------------------------------------------

    @pytest.fixture(scope="session")
    def assignment(self) -> Assignment:
        """The assignment as written in its YAML."""
        return self.bench.assignment

    @pytest.fixture(scope="session")
    def student(self) -> Student:
        """The submission behind its worker."""
        return self.bench.student

    @pytest.fixture(scope="session")
    def network(self) -> CarriedNetwork:
        """The student's network at the assignment's input shape."""
        return self.bench.student.network()

    @pytest.fixture
    def wanted(self, request: pytest.FixtureRequest) -> float:
        """The threshold of this criterion in this profile."""
        name = criterion_of(request.node)
        value = self.bench.assignment.criterion(name).wanted_at(self.bench.profile)
        if value is None:
            raise NotNow("open", f"has no threshold at {self.bench.profile}")
        return value

    @pytest.fixture
    def oracle_rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        """Random draws that differ from test to test and repeat from run to run with the same seed."""
        import hashlib

        import numpy

        text = f"{self.bench.assignment.id}/{request.node.name}/{self.bench.seed}"
        return numpy.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))

    @pytest.fixture(scope="session")
    def overfit(self, network: CarriedNetwork) -> Share:
        """Share of one batch of 32 training images that the network knows by heart after 60 steps."""
        from dlgrade.trainer import Images, overfit

        self._needs_scores(network)
        training = self._images()[0]
        batch = Images(training.pixels[:_OVERFIT_IMAGES], training.labels[:_OVERFIT_IMAGES])
        return overfit(network.module, batch, seed=self.bench.seed)

    @pytest.fixture(scope="session")
    def training(self, network: CarriedNetwork) -> Training:
        """The finished training of the carried network under the assignment's budget."""
        self._may_train(network)
        return self._trained(network)

    @pytest.fixture(scope="session")
    def held_out(self) -> HeldOut:
        """The test images, and copies of them shifted by two pixels."""
        import torch

        from dlgrade.trainer import shifted

        test = self._images()[1]
        return HeldOut(test, shifted(test, 2, torch.Generator().manual_seed(self.bench.seed + 7)))

    def _needs_scores(self, network: CarriedNetwork) -> None:
        if tuple(network.output_shape) != (self.bench.assignment.classes,):
            raise NotNow("blocked", "the shape of the answer comes first")

    def _may_train(self, network: CarriedNetwork) -> None:
        self._needs_scores(network)
        if self.bench.profile == "smoke":
            raise NotNow("open", "a smoke run trains nothing")
        if network.tier != "verified":
            reason = "its gradients are not those of the graph that was received"
            raise StudentError("review", "disagrees", Problem(reason, network.name))
        failed = self.bench.failed_before()
        if failed and not self.bench.train_anyway:
            names = " and ".join(failed[:3])
            raise NotNow("blocked", f"{names} come{'s' if len(failed) == 1 else ''} first (--all trains anyway)")

    def _images(self) -> tuple[Images, Images]:
        from dlgrade import data
        from dlgrade.trainer import Images

        loaded = data.load(self.bench.assignment.data)
        split = loaded.train
        if self.bench.profile == "quick":
            split = data.balanced(split, QUICK_IMAGES, seed=0)
        return Images.of(split), Images.of(loaded.test)

    def _trained(self, network: CarriedNetwork) -> Training:
        from dlgrade.trainer import choose_device, train

        bench = self.bench
        training, test = self._images()
        epochs = bench.assignment.budget.epochs
        if bench.profile == "quick":
            epochs = min(QUICK_EPOCHS, epochs)
        written = bench.assignment.training
        recipe = bench.student.recipe(written, epochs, -(-len(training) // written.batch_size))
        bench.training = train(network.module, recipe, training, test, seed=bench.seed,
                               device=choose_device(bench.device), on_progress=bench.on_progress)  # fmt: skip
        return bench.training

    # -- hooks -------------------------------------------------------------------------------------------------

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Cheap first, training last; public before hidden, otherwise in the order of the criteria."""
        order = {criterion.id: place for place, criterion in enumerate(self.bench.assignment.criteria)}
        for item in items:
            if criterion_of(item) not in order:
                file = Path(item.path).name
                self._stop(
                    CourseError(
                        file,
                        f"{item.name} has no criterion in assignment.yaml",
                        f"Add {criterion_of(item)} to its criteria, or rename the test.",
                    )
                )

        def cost(item: pytest.Item) -> int:
            names = getattr(item, "fixturenames", ())
            return 2 if "training" in names else 1 if "overfit" in names else 0

        items.sort(key=lambda item: (cost(item), self._hidden(item), order[criterion_of(item)]))

    def _stop(self, error: DlgradeError) -> None:
        self.stopped = error
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a file of checks could not be read."""
        if report.failed:
            self.collection_error = str(report.longrepr)

    def _hidden(self, item: pytest.Item) -> bool:
        graders = self.bench.assignment.graders
        return graders is not None and graders.resolve() in Path(item.path).resolve().parents

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Open a log of comparisons around each test, fixtures included."""
        self._began = time.perf_counter()
        with comparisons() as self._log:
            return (yield)

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Turn what a test did into a case."""
        if call.excinfo is None:
            if call.when == "call":
                self._add(item, "passed")
            return
        error = call.excinfo.value
        if isinstance(error, NotNow):
            self._add(item, error.verdict, error.why)
        elif isinstance(error, StudentError):
            self._students(item, error)
        elif isinstance(error, DlgradeError):
            self._stop(error)
        elif isinstance(error, AssertionError) and call.when == "call" and _own_assert(error, item):
            self._add(item, "failed", _authors_message(error), detail=str(error))
        else:
            text = "".join(traceback.format_exception(error))
            self._add(item, "error", detail=text[-4000:])

    def _students(self, item: pytest.Item, error: StudentError) -> None:
        if error.problem in self._problems:
            self._add(item, "blocked", f"the {'file' if error.kind == 'missing' else 'network'} comes first")
            return
        self._problems.append(error.problem)
        self._add(item, error.verdict, problem=error.problem, detail=error.problem.detail)

    def _add(
        self,
        item: pytest.Item,
        verdict: Verdict,
        message: str = "",
        problem: Problem | None = None,
        detail: str = "",
    ) -> None:
        case = Case(
            criterion=criterion_of(item),
            name=item.name,
            hidden=self._hidden(item),
            verdict=verdict,
            message=message,
            comparisons=tuple(self._log),
            problem=problem,
            detail=detail,
            seconds=time.perf_counter() - self._began,
        )
        self.bench.cases.append(case)
        if self.bench.on_case is not None:
            self.bench.on_case(case)


def criterion_of(item: Any) -> str:
    """``budget`` of ``test_budget`` and of ``test_budget[3]``."""
    name: str = getattr(item, "originalname", None) or item.name
    return name.removeprefix("test_").partition("[")[0]


def _own_assert(error: AssertionError, item: pytest.Item) -> bool:
    """Whether the assert stands in the file of checks itself; one inside a library is a bug, not a verdict."""
    last = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        last = frame.f_code.co_filename
    return last is not None and Path(last) == Path(item.path)


def _authors_message(error: AssertionError) -> str:
    text = str(error)
    if text.startswith("assert "):
        return ""
    return text.partition("\nassert ")[0].strip()
