"""Find the course and read its assignments.

A course is the folder that holds ``course.yaml``: the one named by ``--course`` or ``DLGRADE_COURSE``, else
the nearest above the current folder, else the repository that this package is installed from in editable
mode, else the course that the wheel carries.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from dlgrade.course._nouns import (
    PROFILES,
    Assignment,
    Budget,
    Course,
    Criterion,
    Follows,
    ImageChange,
    Metric,
    Profile,
    TrainingRecipe,
)
from dlgrade.course._variant import choices_of, drawn, filled
from dlgrade.course._yaml import Located, read_yaml, shown, validated
from dlgrade.errors import CourseError, UsageError

_ID = re.compile(r"[a-z][a-z0-9_-]*\Z")


@dataclass(frozen=True)
class _CriterionText:
    points: float
    says: str
    wanted: float | dict[str, float] | None = None
    hint: str = ""
    cards: tuple[str, ...] = ()
    fixed: tuple[Profile, ...] = ()


@dataclass(frozen=True)
class _TrainingText:
    """As written: arguments of the optimiser stand beside `lr` without a mapping of their own."""

    optimizer: str = "SGD"
    lr: float = 0.05
    momentum: float | None = None
    nesterov: bool | None = None
    weight_decay: float | None = None
    betas: tuple[float, float] | None = None
    scheduler: str | None = None
    scheduler_options: dict[str, Any] = field(default_factory=dict)
    schedule_per: Literal["batch", "epoch"] = "epoch"
    batch_size: int = 128
    rotation: float = 0.0
    translation: float = 0.0
    from_student: tuple[Literal["make_optimizer", "make_scheduler", "train_transform"], ...] = ()


@dataclass(frozen=True)
class _FollowsText:
    assignment: str
    reference: dict[str, float | dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class _AssignmentText:
    title: str
    track: str
    criteria: dict[str, _CriterionText]
    order: float = 0
    kind: Literal["network", "training_loop", "functions"] = "network"
    network: str = "Net"
    loop: str = "train"
    data: str = "mnist"
    input_shape: tuple[int, ...] = (1, 28, 28)
    classes: int = 10
    budget: Budget = field(default_factory=Budget)
    training: _TrainingText = field(default_factory=_TrainingText)
    start_with: str = ""
    arrays: Literal["none", "numpy", "torch"] = "none"
    imports: tuple[str, ...] | None = None
    call_seconds: float = 2.0
    variant: dict[str, tuple[bool | int | float | str, ...]] = field(default_factory=dict)
    images: ImageChange = field(default_factory=ImageChange)
    follows: _FollowsText | None = None


@dataclass(frozen=True)
class _MetricText:
    says: str
    criteria: tuple[str, ...]


@dataclass(frozen=True)
class _CourseText:
    title: str
    tracks: dict[str, str]
    metrics: tuple[_MetricText, ...] = ()


def find_course(given: Path | None = None) -> Path:
    """The root folder of the course to use.

    Raises:
        UsageError: no ``course.yaml`` where the user said, or none anywhere.
    """
    named = given or (Path(os.environ["DLGRADE_COURSE"]) if os.environ.get("DLGRADE_COURSE") else None)
    if named is not None:
        if (named / "course.yaml").is_file():
            return named.resolve()
        raise UsageError(f"{named} holds no course.yaml", "Name the folder that does with --course.")
    package = Path(__file__).resolve().parents[1]
    for folder in (Path.cwd(), *Path.cwd().parents, package.parents[1], package / "_course"):
        if (folder / "course.yaml").is_file():
            return folder
    raise UsageError("there is no course here", "Name its folder with --course or DLGRADE_COURSE.")


def load_course(root: Path | None = None, *, lenient: bool = False) -> Course:
    """Read ``course.yaml`` and every assignment, ordered by track and then by `order`.

    Args:
        lenient: keep what is wrong with an assignment in `Course.broken` and go on with the others.

    Raises:
        UsageError: no course found.
        CourseError: something in its files is wrong.
    """
    root = find_course(root)
    located = read_yaml(root / "course.yaml")
    text = validated(_CourseText, located)
    shelf = root / "assignments"
    if not shelf.is_dir():
        raise CourseError(shown(shelf), "this folder is missing", "Each assignment is a folder in it.")
    folders = sorted(p for p in shelf.iterdir() if p.is_dir() and not p.name.startswith((".", "_")))
    assignments: list[Assignment] = []
    broken: dict[str, CourseError] = {}
    for folder in folders:
        try:
            assignment = load_assignment(folder, root)
            _placed(assignment, text, {one.name for one in folders})
            assignments.append(assignment)
        except CourseError as error:
            if not lenient:
                raise
            broken[folder.name] = error
    rank = {track: i for i, track in enumerate(text.tracks)}
    assignments.sort(key=lambda a: (rank[a.track], a.order, a.id))
    metrics = _metrics(text, located, assignments) if not broken else ()
    return Course(root, text.title, text.tracks, tuple(assignments), metrics, broken)


def _placed(assignment: Assignment, text: _CourseText, known: Collection[str]) -> None:
    """Refuse an assignment that stands in no track, or follows one that is not there."""
    located = read_yaml(assignment.folder / "assignment.yaml")
    if assignment.track not in text.tracks:
        raise CourseError(
            located.where(("track",)),
            f"the track '{assignment.track}' is not in course.yaml",
            f"Known tracks: {', '.join(text.tracks)}.",
        )
    if assignment.follows is not None and assignment.follows.assignment not in known:
        where = located.where(("follows", "assignment"))
        raise CourseError(where, f"there is no assignment '{assignment.follows.assignment}'")


def _metrics(text: _CourseText, located: Located, assignments: Sequence[Assignment]) -> tuple[Metric, ...]:
    known = {f"{a.id}/{criterion.id}": (a.id, criterion.id) for a in assignments for criterion in a.criteria}
    for number, metric in enumerate(text.metrics):
        place: tuple[str | int, ...] = ("metrics", number)
        if not metric.says.strip() or not metric.criteria:
            key = "criteria" if metric.says.strip() else "says"
            raise CourseError(located.where((*place, key)), f"'{key}' is empty", "Write it, or leave the metric out.")
        for spot, name in enumerate(metric.criteria):
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                mend = f"Did you mean '{near[0]}'?" if near else "Write it as assignment/criterion."
                raise CourseError(located.where((*place, "criteria", spot)), f"there is no criterion '{name}'", mend)
    return tuple(Metric(one.says.strip(), tuple(known[name] for name in one.criteria)) for one in text.metrics)


def varied(assignment: Assignment, secret: bytes, student: str) -> Assignment:
    """The assignment as this student has it: with the constants that the secret draws for them.

    Raises:
        CourseError: a drawn value does not fit where it stands.
    """
    values = drawn(assignment.choices, secret, student, assignment.id)
    return with_variant(assignment, values)


def with_variant(assignment: Assignment, values: Mapping[str, bool | int | float | str]) -> Assignment:
    """The assignment with these values of its variant.

    Raises:
        CourseError: a value does not fit where it stands.
    """
    again = load_assignment(assignment.folder, variant=values) if assignment.choices else assignment
    return replace(again, graders=assignment.graders)


def load_assignment(
    folder: Path, root: Path | None = None, variant: Mapping[str, bool | int | float | str] | None = None
) -> Assignment:
    """Read one assignment from its folder; its graders are looked for beside ``assignments/``.

    Args:
        variant: values of its variant; None: the first of each list.

    Raises:
        CourseError: unknown or duplicate key, wrong type, a number out of range, a threshold of an unknown profile.
    """
    if not _ID.match(folder.name):
        raise CourseError(shown(folder), "an id is lower-case letters, digits, - and _, starting with a letter")
    located = read_yaml(folder / "assignment.yaml")
    choices = choices_of(located)
    values = {name: listed[0] for name, listed in choices.items()} | dict(variant or {})
    located = filled(located, values)
    text = validated(_AssignmentText, located)
    if not text.criteria:
        raise CourseError(located.where(("criteria",)), "there are no criteria", "Write at least one.")
    _check_numbers(text, located)
    criteria = tuple(_criterion(name, part, located) for name, part in text.criteria.items())
    graders = (root or folder.absolute().parents[1]) / "graders" / folder.name
    return Assignment(
        id=folder.name,
        title=text.title,
        track=text.track,
        order=text.order,
        criteria=criteria,
        folder=folder,
        graders=graders if graders.is_dir() else None,
        kind=text.kind,
        network=text.network,
        loop=text.loop,
        data=text.data,
        input_shape=text.input_shape,
        classes=text.classes,
        budget=text.budget,
        training=_recipe(text.training),
        start_with=text.start_with,
        arrays=text.arrays,
        imports=text.imports,
        call_seconds=text.call_seconds,
        variant=values,
        choices=choices,
        images=text.images,
        follows=Follows(text.follows.assignment, text.follows.reference) if text.follows else None,
    )


def _check_numbers(text: _AssignmentText, located: Located) -> None:
    training = text.training
    numbers: list[tuple[tuple[str | int, ...], float | None, float]] = [
        (("classes",), text.classes, 1),
        (("budget", "parameters"), text.budget.parameters, 1),
        (("budget", "epochs"), text.budget.epochs, 1),
        (("training", "batch_size"), training.batch_size, 1),
        (("training", "rotation"), training.rotation, 0),
        (("training", "translation"), training.translation, 0),
        *((("input_shape", i), side, 1) for i, side in enumerate(text.input_shape)),
    ]
    for place, value, least in numbers:
        if value is not None and value < least:
            name = ".".join(map(str, place))
            raise CourseError(located.where(place), f"'{name}' is {value:g}", f"Write {least:g} or more.")
    if text.call_seconds <= 0:
        place = ("call_seconds",)
        raise CourseError(located.where(place), f"'call_seconds' is {text.call_seconds:g}", "Write more than 0.")
    if training.lr <= 0:
        raise CourseError(located.where(("training", "lr")), f"'training.lr' is {training.lr:g}", "Write more than 0.")
    if text.images.labels and sorted(text.images.labels) != [str(i) for i in range(text.classes)]:
        place = ("images", "labels")
        what = f"'images.labels' is {text.images.labels!r}, no order of the digits of {text.classes} classes"
        raise CourseError(located.where(place), what, 'Write each digit once, such as "7012345689".')
    if not text.input_shape:
        raise CourseError(located.where(("input_shape",)), "'input_shape' is empty", "Write it as [1, 28, 28].")


def _criterion(name: str, part: _CriterionText, located: Located) -> Criterion:
    place = ("criteria", name)
    if not name.isidentifier():
        raise CourseError(
            located.where(place), f"the criterion '{name}' cannot be the name of a test", "Use letters, digits and _."
        )
    if part.points <= 0:
        raise CourseError(
            located.where((*place, "points")),
            f"'{name}' is worth {part.points:g} points",
            "A criterion is worth more than 0.",
        )
    if isinstance(part.wanted, dict):
        for profile in part.wanted:
            if profile not in PROFILES:
                raise CourseError(
                    located.where((*place, "wanted", profile)),
                    f"there is no profile '{profile}'",
                    f"Profiles: {', '.join(PROFILES)}.",
                )
    criterion = Criterion(name, part.points, part.says, part.wanted, part.hint, part.cards, part.fixed)
    for profile in part.fixed:
        if criterion.wanted_at(profile) is None:
            raise CourseError(
                located.where((*place, "fixed")), f"'{name}' has no threshold at {profile} that could be fixed"
            )
    return criterion


def _recipe(text: _TrainingText) -> TrainingRecipe:
    written = {
        "momentum": text.momentum,
        "nesterov": text.nesterov,
        "weight_decay": text.weight_decay,
        "betas": text.betas,
    }
    return TrainingRecipe(
        optimizer=text.optimizer,
        lr=text.lr,
        options={name: value for name, value in written.items() if value is not None},
        scheduler=text.scheduler,
        scheduler_options=text.scheduler_options,
        schedule_per=text.schedule_per,
        batch_size=text.batch_size,
        rotation=text.rotation,
        translation=text.translation,
        from_student=text.from_student,
    )
