"""What one grading run works with: the submission, the trainer, and what was measured so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlgrade.course import (
    MISCONCEPTIONS,
    Assignment,
    ImageChange,
    Misconception,
    Problem,
    Profile,
    Verdict,
    load_misconceptions,
)
from dlgrade.errors import CourseError
from dlgrade.grading._cases import Case
from dlgrade.grading._earlier import Earlier
from dlgrade.student import Student, StudentError

if TYPE_CHECKING:
    from dlgrade.graph import CarriedNetwork
    from dlgrade.quantity import Share
    from dlgrade.recipe import Recipe
    from dlgrade.trainer import Figures, Images, Progress, Trainer

QUICK_IMAGES = 12_000
QUICK_EPOCHS = 4
_OVERFIT_IMAGES = 32

BORDERLINE = 0.002
"""So close below a threshold the noise of the seed decides; two more seeds and the majority of three are fairer."""

FURTHER_SEEDS = (2_001, 2_002)
"""Added to the seed for these; declared here so that nobody chooses them afterwards."""

KNOWS_UNTRAINED = 0.5
"""Share of test images that no honest network has right before its first step; ten classes are guessed at 0.1."""

_IMAGES: dict[tuple[str, bool], tuple[Images, Images]] = {}
"""Data sets of this process: a trainer that has them need not be sent them again."""


_CHANGED: dict[tuple[tuple[str, bool], ImageChange], tuple[Images, Images]] = {}
"""The same as an assignment has them that changes them."""


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
    teacher: Trainer | None
    profile: Profile
    seed: int = 0
    train_anyway: bool = False
    on_progress: Callable[[Progress], None] | None = None
    on_case: Callable[[Case], None] | None = None
    before_training: Callable[[CarriedNetwork, Recipe], None] | None = None
    cases: list[Case] = field(default_factory=list)
    training: Figures | None = None
    device_full: bool = False
    earlier: Earlier | None = None
    notes: list[str] = field(default_factory=list)
    _further: dict[int, Figures] = field(default_factory=dict)
    _unpermuted: Figures | None = None

    @property
    def device(self) -> str:
        """Where networks are trained; functions are asked on the processor."""
        return self.teacher.device.type if self.teacher is not None else "cpu"

    @property
    def trainer(self) -> Trainer:
        """Trains and evaluates; functions have none."""
        if self.teacher is None:
            raise CourseError(self.assignment.id, "an assignment of functions has no network to train")
        return self.teacher

    def misconceptions(self) -> dict[str, Misconception]:
        """Those of the course, by their tags.

        Raises:
            CourseError: the file is wrong.
        """
        root = self.assignment.folder.parents[1]
        return load_misconceptions(root / "quizzes" / f"{MISCONCEPTIONS}.yaml")

    def failed_before(self) -> list[str]:
        """Criteria that are known not to be met, in order."""
        bad = [case.criterion for case in self.cases if case.verdict in {"failed", "crashed", "timeout", "review"}]
        return list(dict.fromkeys(bad))

    def images(self) -> tuple[Images, Images]:
        """Training and test images of this profile."""
        quick = self.profile == "quick"
        key = (self.assignment.data, quick)
        if key not in _IMAGES:
            from dlgrade import data
            from dlgrade.trainer import Images

            loaded = data.load(self.assignment.data)
            split = data.balanced(loaded.train, QUICK_IMAGES, seed=0) if quick else loaded.train
            _IMAGES[key] = (Images.of(split), Images.of(loaded.test))
        change = self.assignment.images
        if change == ImageChange():
            return _IMAGES[key]
        if (key, change) not in _CHANGED:
            training, test = _IMAGES[key]
            _CHANGED[key, change] = (_changed(training, change), _changed(test, change))
        return _CHANGED[key, change]

    def overfit(self, network: CarriedNetwork) -> Share:
        """Share of one batch of training images that the network knows by heart after 60 steps."""
        self._needs_scores(network)
        self._receives(network)
        with self._measured(network):
            return self.trainer.overfit(network.graph, self.images()[0], _OVERFIT_IMAGES, seed=self.seed)

    def trained(self, network: CarriedNetwork) -> Figures:
        """The finished training, after everything cheap has passed.

        Raises:
            NotNow: something comes first, or this profile does not train.
            StudentError: it failed, took too long, or shows what only a person can judge.
        """
        self._may_train(network)
        recipe = self.recipe()
        if self.before_training is not None:
            self.before_training(network, recipe)
        self.training = self._training(network, recipe, self.seed)
        return self.training

    def trained_further(self, number: int) -> Figures:
        """The same training with the next of the seeds that are declared for borderline results, from 0.

        Raises:
            StudentError: as `trained`.
        """
        if number not in self._further:
            network = self.student.network()
            self._further[number] = self._training(network, self.recipe(), self.seed + FURTHER_SEEDS[number])
        return self._further[number]

    def _training(self, network: CarriedNetwork, recipe: Recipe, seed: int) -> Figures:
        with self._measured(network):
            if self.assignment.kind == "training_loop":
                figures = self._by_the_students_loop(network, recipe, seed)
            elif network.tier == "observed":
                figures = self._in_the_students_process(network, recipe, seed)
            else:
                figures = self._by_the_trainer(network, recipe, seed, permute=True)
        self._guessed(network, figures)
        return figures

    def trained_unpermuted(self) -> Figures | None:
        """The same from the initial values in their own order; None where their order cannot matter.

        Some honest initialisations are arranged (an identity, orthogonal rows), and a permutation spoils them. So
        are weights that were trained before. A person tells them apart.
        """
        from dlgrade.trainer import arranged

        network = self.student.network()
        if self.training is None or network.tier != "verified":
            return None
        if self.assignment.kind != "network" or not arranged(network.module()):
            return None
        if self._unpermuted is None:
            with self._measured(network):
                self._unpermuted = self._by_the_trainer(network, self.recipe(), self.seed, permute=False)
        return self._unpermuted

    # -- how ---------------------------------------------------------------------------------------------------

    def recipe(self) -> Recipe:
        """How the network is trained: the assignment's recipe, with the student's own parts where it leaves them."""
        written, epochs = self.assignment.training, self.assignment.budget.epochs
        if self.profile == "quick":
            epochs = min(QUICK_EPOCHS, epochs)
        return self.student.recipe(written, epochs, -(-len(self.images()[0]) // written.batch_size))

    def _by_the_trainer(self, network: CarriedNetwork, recipe: Recipe, seed: int, permute: bool) -> Figures:
        training, test = self.images()
        return self.trainer.train(
            network.graph, recipe, training, test, seed=seed, permute=permute, on_progress=self.on_progress
        )

    def _in_the_students_process(self, network: CarriedNetwork, recipe: Recipe, seed: int) -> Figures:
        from dlgrade.grading._elsewhere import observed_training

        return observed_training(
            self.student, self.trainer, network, recipe, *self.images(), seed=seed, on_progress=self.on_progress
        )

    def _by_the_students_loop(self, network: CarriedNetwork, recipe: Recipe, seed: int) -> Figures:
        from dlgrade.grading._elsewhere import loop_training

        return loop_training(
            self.student, self.trainer, network, recipe, *self.images(), function=self.assignment.loop,
            seed=seed, on_progress=self.on_progress,
        )  # fmt: skip

    def _measured(self, network: CarriedNetwork) -> _Measured:
        return _Measured(self, network.name)

    # -- whether -----------------------------------------------------------------------------------------------

    def _needs_scores(self, network: CarriedNetwork) -> None:
        if tuple(network.output_shape) != (self.assignment.classes,):
            raise NotNow("blocked", "the shape of the answer comes first")

    def _receives(self, network: CarriedNetwork) -> None:
        where = network.puts_parameters_in_order()
        if where:
            what = (
                f"it puts its parameters in order ({where}), so that no one can tell what it learned from what it knew"
            )
            raise StudentError("review", "knows", Problem(what, network.name))

    def _may_train(self, network: CarriedNetwork) -> None:
        self._needs_scores(network)
        if self.profile == "smoke":
            raise NotNow("open", "a smoke run trains nothing")
        self._receives(network)
        failed = self.failed_before()
        if failed and not self.train_anyway:
            names = " and ".join(failed[:3])
            raise NotNow("blocked", f"{names} come{'s' if len(failed) == 1 else ''} first (--all trains anyway)")

    def _guessed(self, network: CarriedNetwork, training: Figures) -> None:
        known = training.summary.untrained_accuracy
        if known is not None and known > KNOWS_UNTRAINED:
            what = f"it had {100 * known:.0f} % of the test images right before the first step of the training"
            raise StudentError("review", "knows", Problem(what, network.name))


def _changed(images: Images, change: ImageChange) -> Images:
    import torch

    from dlgrade.trainer import Images

    pixels = 255 - images.pixels if change.inverted else images.pixels
    if not change.labels:
        return Images(pixels, images.labels)
    return Images(pixels, torch.tensor([int(digit) for digit in change.labels])[images.labels])


class _Measured:
    """Turns a training that took too much into the student's problem."""

    def __init__(self, bench: Bench, name: str) -> None:
        self._bench, self._name = bench, name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        from dlgrade.trainer import TrainingStopped

        if isinstance(error, TrainingStopped):
            self._bench.device_full = error.why == "memory" and self._bench.device != "cpu"
            verdict: Verdict = "timeout" if error.why == "time" else "crashed"
            word = "timeout" if error.why == "time" else "memory"
            raise StudentError(verdict, word, Problem(str(error), self._name)) from None
