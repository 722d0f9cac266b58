"""The nouns of a batch: what is wanted, one job, what came of it, how far it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from dlgrade.course import Profile
from dlgrade.intake import Refused
from dlgrade.student import Isolation, Patience

EngineName = Literal["local", "ray", "slurm"]


@dataclass(frozen=True)
class Options:
    """How a class is graded.

    Attributes:
        device: ``auto`` is resolved on this machine by the local engine, and is the processor for the others.
        jobs: submissions at a time; None: as many as there is room for.
        force: grade again what is unchanged.
        time_limit: seconds for one submission from start to end; None leaves it to `patience`.
        engine_settings: what the engine is told besides, such as Slurm's partition.
    """

    profile: Profile = "full"
    seed: int = 0
    device: str = "auto"
    engine: EngineName = "local"
    jobs: int | None = None
    force: bool = False
    time_limit: float | None = None
    isolation: Isolation = "required"
    patience: Patience = field(default_factory=Patience)
    engine_settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """What all jobs of a class have in common; plain values only.

    Attributes:
        course: root folder of the course; `assignment`: the id.
        patience: fields of `student.Patience`.
        expects: hash of graders and versions, which whoever does the job must have too.
        shelf: folder of finished trainings.
        device_share: share of a GPU that one training may take while others are beside it.
    """

    course: str
    assignment: str
    profile: Profile
    seed: int
    device: str
    isolation: Isolation
    patience: Mapping[str, Any]
    time_limit: float | None
    expects: str
    shelf: str
    device_share: float = 1.0


@dataclass(frozen=True)
class Job:
    """One submission to be graded; plain values only, so that it can be sent anywhere.

    Attributes:
        number: its place in the class; answers are known by it.
        key: of its result, see `_key`.
        path: where it lies; `origin`: what it is called in the report.
        trains: False stops where a training would begin, and says so.
        alone: nothing runs beside it, so that a whole device is its own.
        followed: the same process will be given another one, and may start its worker ahead.
        variant: the student's own constants, where the assignment draws any.
        before: what the student's report of the step before says, where the assignment is compared with one.
        steps: the student's networks of the steps before, the fields of a `Step` each, for the page; no result
            depends on them.
    """

    number: int
    key: str
    path: str
    origin: str
    setting: Setting
    trains: bool = False
    alone: bool = False
    followed: bool = False
    variant: Mapping[str, int | float | str] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    steps: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Result:
    """What came of a job.

    Attributes:
        answer: as `_work.work` gives it; None where the process that did the job was lost.
        lost: how it was lost, in words.
        late: it was stopped because its time was up.
    """

    number: int
    answer: Mapping[str, Any] | None
    lost: str = ""
    late: bool = False


class Engine(Protocol):
    """Runs jobs somewhere.

    Attributes:
        at_once: how many jobs it is to be given at a time; None: all of them.
    """

    at_once: int | None

    def submit(self, job: Job) -> None:
        """Begin a job, soon."""

    def results(self) -> Iterator[Result]:
        """What comes of the jobs, as it comes; ends when none is under way. After `cancel` what has come already."""

    def cancel(self) -> None:
        """End all jobs now."""

    def close(self) -> None:
        """Give everything back; jobs that are under way are ended."""


@dataclass(frozen=True)
class State:
    """How far a class is.

    Attributes:
        total: submissions that this run grades; `graded`: of them.
        waiting: those that passed the gates and are not trained yet.
        seconds_left: None as long as nothing can be said.
    """

    total: int
    graded: int = 0
    waiting: int = 0
    seconds_left: float | None = None


@dataclass(frozen=True)
class Event:
    """Something that a user may want to see.

    Attributes:
        what: ``begin`` when it is known what is to be done, ``graded``, ``waits`` (for its training), ``again`` (it is
            tried once more, and `says` why).
        who: the student; empty where it is nobody's.
        says: one line. Quotes the submission: make it harmless where it is shown.
    """

    what: Literal["begin", "graded", "waits", "again"]
    state: State
    who: str = ""
    says: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Summary:
    """What a run has done.

    Attributes:
        graded: submissions of this run; `unchanged`: those that were graded before.
        review: students with a criterion that waits for a person; `held`: those held as ``error``.
        median: of the scores of all that was handed in, as the gradebook counts them without a late policy.
        trained: trainings that were done; `shared`: submissions that found theirs on the shelf.
        index: the instructor's page.
        in_cells: submissions of this run that a cell of a zygote held, and no worker of their own.
        why_no_cells: what kept others from that, where the machine did.
    """

    graded: int
    unchanged: int
    refused: tuple[Refused, ...]
    missing: int
    review: tuple[str, ...]
    held: tuple[str, ...]
    median: float | None
    max: float
    seconds: float
    trained: int
    shared: int
    reports: Path
    index: Path | None
    in_cells: int = 0
    why_no_cells: str = ""
