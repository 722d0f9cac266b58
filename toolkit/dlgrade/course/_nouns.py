"""Assignments as they are written and reports as they are read: frozen, without behaviour.

The report's JSON form is documented in ``docs/report-schema.md``; `SCHEMA` changes when a field is renamed,
removed or changes its meaning, not when one is added.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dlgrade.errors import CourseError

SCHEMA = 1

Profile = Literal["smoke", "quick", "full"]
PROFILES: tuple[Profile, ...] = ("smoke", "quick", "full")

Verdict = Literal["passed", "failed", "blocked", "timeout", "crashed", "review", "error", "open"]
"""What is said of one criterion.

``passed`` and ``failed`` were measured. ``blocked``: something before it failed, so it was not measured.
``timeout`` and ``crashed``: the student's code did. ``review``: could not be proven, a person decides.
``error``: our fault, the points stay open. ``open``: this run does not measure it (a smoke run trains
nothing; a criterion that only hidden graders cover has no verdict where there are none).
"""

Tier = Literal["verified", "observed", "review"]
"""How far a network could be carried (``verified``: graph and gradients agree, the grader trains)."""


@dataclass(frozen=True)
class Criterion:
    """One thing an assignment asks for.

    Attributes:
        points: what it is worth.
        says: one sentence that a student reads before starting.
        wanted: the threshold, one number for all profiles or one per profile; None where the check has none.
        hint: the mend, shown when the criterion fails.
        cards: flashcard ids to review when it fails.
        fixed: profiles whose threshold is the aim of the course itself: a proof tells how near the reference comes to
            it, and does not ask for room.
    """

    id: str
    points: float
    says: str
    wanted: float | Mapping[str, float] | None = None
    hint: str = ""
    cards: tuple[str, ...] = ()
    fixed: tuple[Profile, ...] = ()

    def wanted_at(self, profile: Profile) -> float | None:
        """The threshold of this profile, or None where it has none."""
        if isinstance(self.wanted, Mapping):
            return self.wanted.get(profile)
        return self.wanted


@dataclass(frozen=True)
class Budget:
    """What the network may use: parameters (None: unlimited) and passes over the training images."""

    parameters: int | None = None
    epochs: int = 15


@dataclass(frozen=True)
class TrainingRecipe:
    """How the grader trains, in the names of torch.

    Attributes:
        optimizer: class in ``torch.optim``; ``lr`` and ``options`` are its arguments.
        scheduler: class in ``torch.optim.lr_scheduler`` with ``scheduler_options``; None keeps ``lr``.
            ``total_steps`` and ``T_max`` are filled in with the length of the training where the class takes them.
        schedule_per: whether the scheduler steps after each batch or each epoch.
        rotation: degrees, drawn uniformly from [-rotation, rotation] per image and epoch.
        translation: pixels, drawn uniformly from [-translation, translation] per axis.
        from_student: functions of the submission that replace the above where the student defines them.
    """

    optimizer: str = "SGD"
    lr: float = 0.05
    options: Mapping[str, Any] = field(default_factory=dict)
    scheduler: str | None = None
    scheduler_options: Mapping[str, Any] = field(default_factory=dict)
    schedule_per: Literal["batch", "epoch"] = "epoch"
    batch_size: int = 128
    rotation: float = 0.0
    translation: float = 0.0
    from_student: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImageChange:
    """What an assignment makes of its data set, training and test images alike.

    Attributes:
        inverted: dark on light instead of light on dark.
        labels: a digit for each class: what class 0 is called, what class 1, and so on; empty leaves them.
    """

    inverted: bool = False
    labels: str = ""


@dataclass(frozen=True)
class Follows:
    """The step that an assignment is compared with, and the figures of its reference solution.

    Attributes:
        reference: by name (see `grading.Earlier`), a number or one per profile; they stand in where a student has no
            report of that step.
    """

    assignment: str
    reference: Mapping[str, float | Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """One assignment: what is asked, under which budget, measured how.

    Attributes:
        kind: ``network`` (a class that is carried and trained by the grader), ``training_loop`` (a class, and a
            function of the submission that trains it) or ``functions``.
        network: name of the class asked for; kinds ``network`` and ``training_loop``.
        loop: name of the function that trains for one epoch, called as ``loop(model, loader, optimizer, epoch)``;
            kind ``training_loop`` only.
        input_shape: shape of one image (channels, height, width).
        arrays: what the functions work with; kind ``functions``. With ``numpy`` and ``torch`` a number of theirs
            counts as a number, with ``none`` it does not.
        imports: modules that the submission may import; None: any.
        call_seconds: what one call of a function may take.
        variant: the constants that are drawn per student, and their values here; `choices`: what each may be, the
            first being everybody's where nobody draws.
        images: what becomes of the data set's images and labels before they are used.
        follows: the earlier step that criteria of this one are compared with.
        folder: ``assignments/<id>``, what a student gets.
        graders: ``graders/<id>`` where it exists, else None.
    """

    id: str
    title: str
    track: str
    order: float
    criteria: tuple[Criterion, ...]
    folder: Path
    graders: Path | None = None
    kind: Literal["network", "training_loop", "functions"] = "network"
    network: str = "Net"
    loop: str = "train"
    data: str = "mnist"
    input_shape: tuple[int, ...] = (1, 28, 28)
    classes: int = 10
    budget: Budget = field(default_factory=Budget)
    training: TrainingRecipe = field(default_factory=TrainingRecipe)
    start_with: str = ""
    arrays: Literal["none", "numpy", "torch"] = "none"
    imports: tuple[str, ...] | None = None
    call_seconds: float = 2.0
    variant: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    choices: Mapping[str, tuple[bool | int | float | str, ...]] = field(default_factory=dict)
    images: ImageChange = field(default_factory=ImageChange)
    follows: Follows | None = None

    @property
    def points(self) -> float:
        """Sum of the points of all criteria."""
        return sum(criterion.points for criterion in self.criteria)

    def criterion(self, name: str) -> Criterion:
        """The criterion of that id; KeyError where there is none."""
        for criterion in self.criteria:
            if criterion.id == name:
                return criterion
        raise KeyError(name)


@dataclass(frozen=True)
class Metric:
    """A success metric of the course: met when all its criteria, as (assignment, criterion), have passed."""

    says: str
    criteria: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Course:
    """A course: its root folder, its title, its assignments and its success metrics in the order of ``course.yaml``.

    Attributes:
        broken: what is wrong with assignments that could not be read, by the name of their folder; then there are no
            metrics either, for these name assignments.
    """

    root: Path
    title: str
    tracks: Mapping[str, str]
    assignments: tuple[Assignment, ...]
    metrics: tuple[Metric, ...] = ()
    broken: Mapping[str, CourseError] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Something that stopped the work before or while measuring, in the student's terms.

    Attributes:
        what: one sentence.
        where: ``file:line`` in the submission, empty where there is none.
        mend: what to do about it.
        detail: further lines (the student's own traceback), for the instructor's report.
    """

    what: str
    where: str = ""
    mend: str = ""
    detail: str = ""


@dataclass(frozen=True)
class CriterionResult:
    """What came of one criterion.

    Attributes:
        measured: the number or fact measured, formatted for reading; empty where nothing was measured.
        wanted: what was asked, formatted alike.
        found: why it failed, one line each: what stands where.
        detail: for the instructor only (hidden case, traceback of the grader).
        seconds: wall time of its tests.
    """

    id: str
    says: str
    verdict: Verdict
    points: float
    max_points: float
    measured: str = ""
    wanted: str = ""
    found: tuple[str, ...] = ()
    hint: str = ""
    cards: tuple[str, ...] = ()
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Layer:
    """One row of the layer table; shapes are of one image, without the batch axis.

    Attributes:
        name: the operator in words (``Conv2d 1 -> 8, 3x3``).
        where: ``file:line`` of the student's call.
        parameters: parameters first used here (a tied one counts where it is met first).
        macs: multiply-accumulate operations for one image.
        activations: numbers that the layer puts out for one image.
        receptive_field: side of the input square that one output position sees; None where that has no
            meaning (after the positions are gone).
    """

    name: str
    where: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    activations: int
    receptive_field: int | None = None
    module: str = ""


@dataclass(frozen=True)
class NetworkSummary:
    """What was counted on the received graph.

    Attributes:
        parameters: every parameter once, tied ones once, frozen and unused ones included.
        unused: names of parameters that no layer reads.
        extra_numbers: numbers in buffers and constants other than batch-norm statistics.
        fingerprint: hash of its operators and how they are connected, whatever its author called them.
    """

    name: str
    parameters: int
    layers: tuple[Layer, ...]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    macs: int = 0
    memory_bytes: int = 0
    unused: tuple[str, ...] = ()
    extra_numbers: int = 0
    fingerprint: str = ""


@dataclass(frozen=True)
class EpochFigures:
    """One point of the learning curve; accuracies are shares between 0 and 1.

    ``train_loss`` and ``train_accuracy`` are running means over the epoch in training mode (with dropout and
    augmentation), so they lag behind; ``test_*`` are measured after the epoch in evaluation mode.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class Mistake:
    """One misclassified test image: its index in the test set, labels, the share given to the wrong one.

    ``pixels`` are the image's grey values row by row (not part of the JSON form), ``shape`` its sides.
    """

    index: int
    label: int
    predicted: int
    confidence: float
    pixels: bytes = b""
    shape: tuple[int, int] = (28, 28)


@dataclass(frozen=True)
class TrainingSummary:
    """What the trainer did and saw.

    Attributes:
        samples: training images shown, counted by the trainer.
        confusion: rows are true labels, columns predicted ones, over the test images at the end.
        mistakes: the most confident misclassified test images, at most 60.
        notes: anything a reader must know (reseeded, stopped on NaN).
        untrained_accuracy: share of (at most 1,000) test images that were right before the first step; None where
            that was not measured.
        public_accuracy, private_accuracy: on two fixed halves of the test images, for a leaderboard that shows one
            of them until the end; None where that was not measured.
    """

    device: str
    epochs: int
    samples: int
    curve: tuple[EpochFigures, ...]
    seconds: float
    confusion: tuple[tuple[int, ...], ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    recipe: str = ""
    notes: tuple[str, ...] = ()
    untrained_accuracy: float | None = None
    public_accuracy: float | None = None
    private_accuracy: float | None = None

    @property
    def final_accuracy(self) -> float:
        """Share of test images classified correctly after the last epoch."""
        return self.curve[-1].test_accuracy if self.curve else 0.0


@dataclass(frozen=True)
class SubmissionIdentity:
    """Name as the user gave it, and the SHA-256 of the source that was graded."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Environment:
    """Where the numbers were made, so that two reports can be compared."""

    dlgrade: str
    python: str
    torch: str
    platform: str
    processor: str
    grader_sha256: str


@dataclass(frozen=True)
class Report:
    """Everything that is said about one submission; `report` prints it, the gradebook keeps it.

    Attributes:
        isolation: what held the submission's process; empty where none was started.
        variant: the constants of this student's assignment, where it draws any.
    """

    assignment: str
    title: str
    submission: SubmissionIdentity
    profile: Profile
    seed: int
    criteria: tuple[CriterionResult, ...]
    environment: Environment
    device: str = ""
    tier: Tier | None = None
    problem: Problem | None = None
    network: NetworkSummary | None = None
    training: TrainingSummary | None = None
    budget: Budget | None = None
    notes: tuple[str, ...] = ()
    isolation: Literal["bubblewrap", "plain", ""] = ""
    variant: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    schema: int = SCHEMA

    @property
    def score(self) -> float:
        """Points of the criteria that passed."""
        return sum(result.points for result in self.criteria)

    @property
    def max_score(self) -> float:
        """Points of all criteria."""
        return sum(result.max_points for result in self.criteria)

    def to_json(self) -> dict[str, Any]:
        """The documented, versioned form: dict, list, str, int, float, bool and None only.

        A number that is NaN or infinite, for which JSON has no word, is None.
        """
        form: dict[str, Any] = _json_form(dataclasses.asdict(self))
        if form["training"]:
            for mistake in form["training"]["mistakes"]:
                del mistake["pixels"], mistake["shape"]
        return {"schema": form.pop("schema"), "score": self.score, "max_score": self.max_score, **form}


def _json_form(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _json_form(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_json_form(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    # A Count is an int with a unit; here only the number is wanted.
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value
