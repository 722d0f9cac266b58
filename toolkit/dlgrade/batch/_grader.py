"""The grader of one process: assignment, trainer and a worker that starts ahead, for one submission after another."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlgrade import grading, sandbox, student
from dlgrade.batch._cells import zygote_for
from dlgrade.batch._key import expected, raw_hash
from dlgrade.batch._nouns import Job, Setting
from dlgrade.course import load_assignment, with_variant
from dlgrade.errors import MachineError, SubmissionError
from dlgrade.report import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlgrade.batch._trainer import Watched
    from dlgrade.course import Report
    from dlgrade.graph import CarriedNetwork
    from dlgrade.recipe import Recipe


class ElsewhereError(MachineError):
    """This process would grade with other graders or versions than those that asked."""


class Waits(grading.Deferred):
    """A submission that passed the gates.

    Attributes:
        training: hash of all that its training depends on; empty where nobody else's can be the same.
        cost: of one image, to put the long trainings first.
    """

    def __init__(self, training: str, cost: float) -> None:
        """See the attributes."""
        super().__init__("waits for its training")
        self.training, self.cost = training, cost


class Grader:
    """Grades submissions of one setting; end it with `close`.

    Raises:
        ElsewhereError: graders or versions are other ones here.
        CourseError: the assignment cannot be read.
        MachineError: the device is not there.
    """

    def __init__(self, first: Job) -> None:
        """Starts no process yet."""
        setting = first.setting
        self._setting, self._alone = setting, first.alone
        self._assignment = load_assignment(Path(setting.course, "assignments", setting.assignment))
        if expected(self._assignment) != setting.expects:
            raise ElsewhereError(
                f"on {platform.node()} graders, dlgrade or versions of Python and torch are not those of the start",
                "Run it again when nothing is changed meanwhile; on a cluster, install the same versions everywhere.",
            )
        if setting.isolation == "required" and not sandbox.probe().holds:
            sandbox.probe(refresh=True)  # on a machine that is overloaded a try may fail that holds otherwise
        self._networks = self._assignment.kind != "functions"
        self._patience = _patience(setting)
        self._cells: sandbox.Zygote | None = None
        self._warm: student.WarmWorker | None = None
        self._trainer: Watched | None = None
        if self._networks:
            from dlgrade.batch._trainer import Watched

            self._trainer = Watched(
                setting.device, memory_bytes=self._patience.training_bytes, isolation=setting.isolation,
                shelf=Path(setting.shelf), device_share=1.0 if first.alone else setting.device_share,
            )  # fmt: skip

    def serves(self, job: Job) -> bool:
        """Whether this one can do a job: a trainer that is alone has another share of a GPU."""
        shares = self._setting.device_share < 1.0
        return job.setting == self._setting and (not shares or job.alone == self._alone)

    def close(self) -> None:
        """End the processes."""
        if self._warm is not None:
            self._warm.close()
        if self._cells is not None:
            self._cells.close()
        if self._trainer is not None:
            self._trainer.close()

    def graded(self, job: Job) -> dict[str, Any]:
        """Grade one submission.

        Raises:
            Waits: it reaches its training, and this job is not to train.
            DlgradeError: nothing is known of it.
        """
        full = False
        lost, given = self._lost, self._given
        try:
            report, full = self._measured(job)
        except SubmissionError as error:
            report = self._unreadable(job, error)
        if self._lost > lost:  # whatever the report says of it, it is not the submission's doing
            raise MachineError("the process that holds submissions was lost", "It is graded again.")
        failed = self._trainer is not None and self._trainer.failed
        why_not = self._cells.why_not if self._cells is not None else ""
        held = {"in_cells": self._given > given, "why_no_cells": why_not}
        steps = [Step(**step) for step in job.steps]
        return {
            "outcome": "graded",
            **told(report, steps),
            "full": full,
            "failed": failed,
            **held,
        }

    def _measured(self, job: Job) -> tuple[Report, bool]:
        setting, began = self._setting, time.monotonic()
        theirs = with_variant(self._assignment, job.variant)
        read = grading.read_submission(theirs, Path(job.path))
        if self._trainer is not None:
            self._trainer.failed, self._trainer.seconds = False, self._patience.training

        def before_training(network: CarriedNetwork, recipe: Recipe) -> None:
            if not job.trains:
                raise self._waits(network, recipe)
            if setting.time_limit is not None and self._trainer is not None:
                # Less than what is left: what was measured before stays in the report when the time is up.
                left = setting.time_limit - (time.monotonic() - began)
                self._trainer.seconds = max(1.0, min(self._patience.training, 0.95 * left - 1.0))

        if job.followed and self._cells is None and setting.isolation != "plain":
            self._cells = zygote_for(self._assignment)
        worker, self._warm = self._warm, None
        if job.followed and not (self._cells and not self._cells.why_not):
            torch = self._networks or self._assignment.arrays == "torch"
            self._warm = student.warm(patience=self._patience, isolation=setting.isolation, torch=torch)
        outcome = grading.grade(
            theirs, dataclasses.replace(read, name=job.origin), profile=setting.profile, seed=setting.seed,
            device=setting.device, patience=self._patience, isolation=setting.isolation, trainer=self._trainer,
            before_training=before_training, worker=worker, before=job.before,
        )  # fmt: skip
        return outcome.report, outcome.device_full

    @property
    def _lost(self) -> int:
        return self._cells.lost if self._cells is not None else 0

    @property
    def _given(self) -> int:
        return self._cells.given if self._cells is not None else 0

    def _unreadable(self, job: Job, error: SubmissionError) -> Report:
        setting, path = self._setting, Path(job.path)
        theirs = with_variant(self._assignment, job.variant)
        report = grading.unreadable(theirs, path, error, setting.profile, setting.seed, setting.device)
        identity = dataclasses.replace(report.submission, name=job.origin, sha256=raw_hash(path))
        return dataclasses.replace(report, submission=identity)

    def _waits(self, network: CarriedNetwork, recipe: Recipe) -> Waits:
        from dlgrade.graph import fingerprint
        from dlgrade.recipe import to_plain

        cost = float(network.summary().macs)
        if network.tier != "verified" or self._assignment.kind != "network":
            return Waits("", cost)  # trained in the submission's own process
        what = json.dumps([fingerprint(network.graph, values=True), to_plain(recipe)], sort_keys=True, default=str)
        return Waits(hashlib.sha256(what.encode()).hexdigest(), cost)


def told(report: Report, steps: Sequence[Step]) -> dict[str, Any]:
    """A report as it travels: for the gradebook, and as the student's page, beside the steps before."""
    from dlgrade.report import html

    fingerprint = report.network.fingerprint if report.network else ""
    return {"report": report.to_json(), "page": html(report, steps=steps), "fingerprint": fingerprint}


def _patience(setting: Setting) -> student.Patience:
    wanted = student.Patience(**setting.patience)
    limit = setting.time_limit
    if limit is None:
        return wanted
    return dataclasses.replace(wanted, life=min(wanted.life, limit), training=min(wanted.training, limit))
