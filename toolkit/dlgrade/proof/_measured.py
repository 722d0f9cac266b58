"""Grades subjects in processes of their own; trainings that were finished before are found on a shelf.

Promises: one thread per process; Ctrl-C loses no finished training, because a training lies on the shelf under all
that its outcome depends on, the code that trains included. Cheap checks are always run anew.
"""

from __future__ import annotations

import atexit
import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from dlgrade.course import Assignment, Profile, Report, load_assignment, with_variant
from dlgrade.errors import DlgradeError
from dlgrade.grading import grade, grader_hashes
from dlgrade.proof._subjects import Subject, handed_in
from dlgrade.student import Patience
from dlgrade.trainer import Trainer


@dataclass(frozen=True)
class Seen:
    """What grading a subject gave.

    Attributes:
        accuracies: by criterion, of those that measure a share.
        at_most: of those, the ones that must not be above what is wanted.
        figures: what a later step may be compared with, by the names of `follows.reference`.
    """

    subject: Subject
    failed: frozenset[str]
    passed: frozenset[str]
    verdicts: dict[str, str]
    public_failed: frozenset[str]
    score: float
    accuracies: dict[str, float]
    trouble: str = ""
    at_most: frozenset[str] = frozenset()
    figures: dict[str, float] = field(default_factory=dict)


def measured(
    assignment: Assignment, subjects: list[Subject], profile: Profile, jobs: int | None,
    on_seen: Callable[[Seen, int], None] | None,
) -> list[Seen]:  # fmt: skip
    """What grading each subject gives, in their order; `on_seen` gets each as it arrives, and the number of all."""
    workers = max(1, min(jobs or os.cpu_count() or 1, len(subjects)))
    # The longest first, so that the last core is not left alone with one.
    ranked = sorted(subjects, key=lambda subject: subject.kind != "reference")
    done: dict[str, Seen] = {}
    for seen in _each(str(assignment.folder), ranked, profile, workers):
        done[seen.subject.name] = seen
        if on_seen is not None:
            on_seen(seen, len(subjects))
    return [done[subject.name] for subject in subjects]


def _each(folder: str, subjects: list[Subject], profile: Profile, workers: int) -> Iterator[Seen]:
    if workers == 1:
        try:
            yield from (_measure(folder, subject, profile) for subject in subjects)
        finally:
            _dismiss()
        return
    # spawn: a forked child of a process that has run torch may hang (DESIGN 9).
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = [pool.submit(_measure, folder, subject, profile) for subject in subjects]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _measure(folder: str, subject: Subject, profile: Profile) -> Seen:
    assignment = with_variant(load_assignment(Path(folder)), subject.variant)
    try:
        with handed_in(assignment, subject) as submission:
            teacher = _teacher(_shelf(assignment)) if assignment.kind != "functions" else None
            outcome = grade(
                assignment, submission, profile=profile, seed=subject.seed, device="cpu", trainer=teacher
            )  # fmt: skip
    except DlgradeError as error:
        return Seen(subject, frozenset(), frozenset(), {}, frozenset(), 0, {}, str(error))
    report = outcome.report
    bad = {"failed", "timeout"}
    accuracies = {}
    for result in report.criteria:
        if result.measured.endswith(" %"):
            accuracies[result.id] = round(float(result.measured.removesuffix(" %")) / 100, 6)
    return Seen(
        subject=subject,
        failed=frozenset(r.id for r in report.criteria if r.verdict in bad),
        passed=frozenset(r.id for r in report.criteria if r.verdict == "passed"),
        verdicts={r.id: r.verdict for r in report.criteria},
        public_failed=frozenset(c.criterion for c in outcome.cases if not c.hidden and c.verdict in bad),
        score=report.score,
        accuracies=accuracies,
        trouble="; ".join(
            c.detail.strip().splitlines()[-1] for c in outcome.cases if c.verdict == "error" and c.detail
        ),
        at_most=frozenset(r.id for r in report.criteria if r.wanted.startswith("at most")),
        figures=_figures(report),
    )


_TEACHERS: dict[Path, Trainer] = {}
"""Of this process: one trainer serves all its subjects, so that torch is imported and images are sent once."""


def _teacher(shelf: Path) -> Trainer:
    if shelf not in _TEACHERS:
        patience = Patience()
        _TEACHERS[shelf] = Trainer(
            "cpu", memory_bytes=patience.training_bytes, seconds=patience.training, shelf=shelf
        )  # fmt: skip
    return _TEACHERS[shelf]


@atexit.register
def _dismiss() -> None:
    while _TEACHERS:
        _TEACHERS.popitem()[1].close()


def _figures(report: Report) -> dict[str, float]:
    """Of the network and of the finished training."""
    figures: dict[str, float] = {}
    if report.network is not None:
        figures["parameters"] = report.network.parameters
        figures["convolutions"] = sum(layer.name.startswith("Conv") for layer in report.network.layers)
    if report.training is not None and report.training.curve:
        first, last = report.training.curve[0], report.training.curve[-1]
        figures["first_accuracy"], figures["final_accuracy"] = first.test_accuracy, last.test_accuracy
        figures["gap"] = last.train_accuracy - last.test_accuracy
    return figures


def _shelf(assignment: Assignment) -> Path:
    """Where trainings by today's code are kept; what older code trained is not looked at."""
    import platformdirs

    hashes = grader_hashes(assignment)
    code = [(name, hashes.get(f"toolkit/{name}")) for name in ("graph", "recipe", "trainer")]
    of_code = hashlib.sha256(repr(code).encode()).hexdigest()[:16]
    return platformdirs.user_cache_path("dlgrade", appauthor=False) / "proving" / of_code
