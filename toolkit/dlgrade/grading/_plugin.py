"""The pytest plugin: fixtures that measure once and keep what came back, and verdicts for what tests do."""

from __future__ import annotations

import time
import traceback
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dlgrade.course import Assignment, Problem, Verdict
from dlgrade.errors import CourseError, DlgradeError
from dlgrade.grading._bench import BORDERLINE, FURTHER_SEEDS, Bench, NotNow
from dlgrade.grading._cases import Case
from dlgrade.quantity import Comparison, comparisons
from dlgrade.student import Student, StudentError

if TYPE_CHECKING:
    import numpy as np

    from dlgrade.grading._asking import Asked
    from dlgrade.grading._earlier import Earlier
    from dlgrade.graph import CarriedNetwork
    from dlgrade.quantity import Share
    from dlgrade.recipe import Recipe
    from dlgrade.trainer import Figures, Images

_ONLY_UNPERMUTED = "it holds only with the initial weights in the order in which they were given; permuted, it does not"


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
        self._trains = False
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

    @pytest.fixture
    def ask(self, request: pytest.FixtureRequest) -> Asked:
        """The submission's functions: ``ask("out_size", 28, 5)``, ``ask.agrees("out_size", oracle, {...})``."""
        from dlgrade.grading._asking import Asked

        hidden = self._hidden(request.node)
        # Public draws are the same for everybody, so that a student sees what an instructor sees.
        seed = f"{self.bench.assignment.id}/{request.node.name}/{self.bench.seed if hidden else 'public'}"
        return Asked(self.bench.student, self.bench.assignment, self.bench.misconceptions, seed, shrinks=not hidden)

    @pytest.fixture(scope="session")
    def network(self) -> CarriedNetwork:
        """The student's network at the assignment's input shape."""
        network = self.bench.student.network()
        if self._trains:
            self.bench.trainer.begin()  # it imports torch while the cheap checks run
        return network

    @pytest.fixture(scope="session")
    def recipe(self) -> Recipe:
        """How the network is trained: optimiser, learning rate of every step, augmentation, as data."""
        return self.bench.recipe()

    @pytest.fixture(scope="session")
    def earlier(self) -> Earlier:
        """Figures of the step before, the student's own where there is a report of it."""
        if self.bench.earlier is None:
            raise CourseError("assignment.yaml", "a check asks for the step before", "Name it under 'follows'.")
        return self.bench.earlier

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
        return self.bench.overfit(network)

    @pytest.fixture(scope="session")
    def training(self, network: CarriedNetwork) -> Figures:
        """The finished training of the carried network under the assignment's budget."""
        return self.bench.trained(network)

    @pytest.fixture(scope="session")
    def held_out(self) -> HeldOut:
        """The test images, and copies of them shifted by two pixels, filled with their background."""
        import torch

        from dlgrade.trainer import shifted

        test = self.bench.images()[1]
        background = 255 if self.bench.assignment.images.inverted else 0
        draw = torch.Generator().manual_seed(self.bench.seed + 7)
        return HeldOut(test, shifted(test, 2, draw, fill=background))

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

        self._trains = any(map(cost, items))
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
        elif isinstance(error, AssertionError) and hasattr(error, "cards"):
            self._add(item, "failed", str(error), detail=str(error), cards=error.cards)
        elif isinstance(error, AssertionError) and call.when == "call" and _own_assert(error, item):
            self._asserted(item, error)
        else:
            text = "".join(traceback.format_exception(error))
            self._add(item, "error", detail=text[-4000:])

    def _asserted(self, item: pytest.Item, error: AssertionError) -> None:
        """A failed assert; `review` where only the training from unpermuted initial values holds it."""
        arguments = getattr(item, "funcargs", {})
        names = getattr(getattr(item, "_fixtureinfo", None), "argnames", ())
        if "training" in names:
            given = {name: arguments[name] for name in names}
            try:
                if self._most_of_three(item, given):
                    self._add(item, "passed")
                    return
                again = self.bench.trained_unpermuted()
                if again is not None and _holds(item, given | {"training": again}):
                    self._add(item, "review", _ONLY_UNPERMUTED)
                    return
            except StudentError as trouble:
                self._students(item, trouble)
                return
        self._add(item, "failed", _authors_message(error), detail=str(error))

    def _most_of_three(self, item: pytest.Item, given: dict[str, Any]) -> bool:
        """Whether a mark that was just missed is reached in both of two further trainings."""
        last = self._log[-1] if self._log else None
        if self.bench.profile != "full" or last is None or last.holds or not 0 < (last.short or 0) <= BORDERLINE:
            return False
        seen, seeds = [last.measured], [self.bench.seed]
        for number, further in enumerate(FURTHER_SEEDS):
            held = _holds(item, given | {"training": self.bench.trained_further(number)})
            seen.append(self._log[-1].measured)
            seeds.append(self.bench.seed + further)
            if not held:
                break
        said = ", ".join(f"{measured} with seed {seed}" for measured, seed in zip(seen, seeds, strict=True))
        how = "most of the three reach it" if held else "most of three cannot reach it any more"
        self.bench.notes.append(f"{criterion_of(item)} was just missed and trained again: {said}; {how}")
        return held

    def _students(self, item: pytest.Item, error: StudentError) -> None:
        if self.bench.assignment.kind == "functions":
            self._functions(item, error)
            return
        if error.problem in self._problems:
            self._add(item, "blocked", f"the {'file' if error.kind == 'missing' else 'network'} comes first")
            return
        self._problems.append(error.problem)
        self._add(item, error.verdict, problem=error.problem, detail=error.problem.detail)

    def _functions(self, item: pytest.Item, error: StudentError) -> None:
        """A function that gave no answer: not written yet is a plain failure, told with its line."""
        if error.problem == self.bench.student.unloadable:
            self._add(item, "blocked", "the file comes first")
        elif error.kind in {"stub", "missing"}:
            self._add(item, "failed", problem=error.problem)
        else:
            self._add(item, error.verdict, problem=error.problem, detail=error.problem.detail)

    def _add(
        self,
        item: pytest.Item,
        verdict: Verdict,
        message: str = "",
        problem: Problem | None = None,
        detail: str = "",
        cards: tuple[str, ...] = (),
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
            cards=cards,
            seconds=time.perf_counter() - self._began,
        )
        self.bench.cases.append(case)
        if self.bench.on_case is not None:
            self.bench.on_case(case)


def criterion_of(item: Any) -> str:
    """``budget`` of ``test_budget`` and of ``test_budget[3]``."""
    name: str = getattr(item, "originalname", None) or item.name
    return name.removeprefix("test_").partition("[")[0]


def _holds(item: pytest.Item, given: dict[str, Any]) -> bool:
    """Whether a test holds with other figures of a training."""
    try:
        item.obj(**given)  # type: ignore[attr-defined]
    except AssertionError:
        return False
    return True


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
    first, *further = text.partition("\nassert ")[0].strip().split("\n")
    # pytest moves further lines in by two.
    return "\n".join([first, *(line.removeprefix("  ") for line in further)])
