"""The engine on a Slurm cluster, through submitit: each submission is one task of a job array.

What travels is pickled by submitit into its job folder: our function by its name, and our own plain data, in both
directions. The folder is ours alone (mode 700, below ``DLGRADE_HOME``), so nothing that is read from there was written
by a submission; a submission's own bytes are only ever read as source. All machines have to see that folder, the
submissions and the data sets under the same paths.

The jobs outlive the command. What they finished after it was killed is taken up by the next run instead of done again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import math
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dlgrade.batch._nouns import Job, Options, Result
from dlgrade.batch._work import work
from dlgrade.errors import MachineError, UsageError

_POLL = {"local": 0.2, "slurm": 5.0}
_MORE_MINUTES = 10  # than the submission may take: the start of Python, the images
_GIGABYTES = 8
_NUMBERS = ("timeout_min", "mem_gb", "cpus_per_task", "gpus_per_node")


class Slurm:
    """See `Engine`.

    Args:
        folder: for submitit's files.
        jobs: of the array at a time.
        options: their `engine_settings` are parameters of Slurm by their names in submitit (``partition=gpu``,
            ``account=...``, ``mem_gb=4``); ``cluster=local`` runs processes on this machine instead.

    Raises:
        UsageError: submitit is not installed, or does not know a parameter.
        MachineError: there is no Slurm here.
    """

    def __init__(self, folder: Path, jobs: int, device: str, options: Options) -> None:
        """Submits nothing yet."""
        try:
            import submitit
        except ImportError:
            raise UsageError("the engine slurm is not installed", "Install it: pip install 'dlgrade[slurm]'") from None
        logging.getLogger("submitit").setLevel(logging.ERROR)
        given = dict(options.engine_settings)
        self._cluster = given.pop("cluster", "slurm")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._executor = _executor(submitit, folder, self._cluster)
        _set(self._executor, _parameters(given, jobs, device, options))
        self.at_once: int | None = jobs if self._cluster == "local" else None
        self._kept = _Kept(folder / "submitted.json")
        self._buffer: list[Job] = []
        self._under_way: dict[int, tuple[Job, Any]] = {}
        self._cancelled = False

    def submit(self, job: Job) -> None:
        """See `Engine`. Jobs that are submitted together become one array."""
        # A process serves one job: to start another worker there would be in vain.
        job = dataclasses.replace(job, followed=False)
        known = self._kept.get(job)
        taken_up = self._executor._executor.job_class(self._executor.folder, known) if known else None
        if taken_up is not None and (taken_up.paths.result_pickle.exists() or not taken_up.done(force_check=True)):
            self._under_way[job.number] = (job, taken_up)
        else:
            self._buffer.append(job)

    def results(self) -> Iterator[Result]:
        """See `Engine`."""
        while self._under_way or self._buffer:
            self._flush()
            ended = [number for number, (_, running) in self._under_way.items() if running.done()]
            for number in ended:
                job, running = self._under_way.pop(number)
                self._kept.drop(job)
                yield _result(number, running)
            if not ended:
                if self._cancelled:
                    return
                time.sleep(_POLL.get(self._cluster, 1.0))

    def cancel(self) -> None:
        """See `Engine`."""
        self._cancelled = True
        self._buffer.clear()
        for job, running in list(self._under_way.values()):
            if running.paths.result_pickle.exists():
                continue
            with contextlib.suppress(OSError):
                running.cancel(check=False)
            self._kept.drop(job)
            del self._under_way[job.number]

    def close(self) -> None:
        """See `Engine`."""
        self.cancel()

    def _flush(self) -> None:
        if self._cancelled or not self._buffer:
            return
        jobs, self._buffer = self._buffer, []
        try:
            with self._executor.batch():
                running = [self._executor.submit(work, dataclasses.asdict(job)) for job in jobs]
        except (OSError, RuntimeError) as error:
            raise MachineError(f"Slurm does not take the jobs: {error}", "Try sbatch by hand.") from None
        for job, one in zip(jobs, running, strict=True):
            self._under_way[job.number] = (job, one)
            self._kept.put(job, one.job_id)
        self._kept.write()


class _Kept:
    """Which jobs were submitted, so that another run finds them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(path.read_text(encoding="utf-8"))
            self._ids = {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}

    def get(self, job: Job) -> str | None:
        return self._ids.get(_mark(job))

    def put(self, job: Job, number: str) -> None:
        self._ids[_mark(job)] = number

    def drop(self, job: Job) -> None:
        if self._ids.pop(_mark(job), None) is not None:
            self.write()

    def write(self) -> None:
        partial = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            partial.write_text(json.dumps(self._ids), encoding="utf-8")
            partial.replace(self._path)
        except OSError as error:
            raise MachineError(f"{self._path} cannot be written: {error.strerror}") from None


def _mark(job: Job) -> str:
    return f"{job.key} {job.path} {job.trains} {job.alone}"


def _executor(submitit: Any, folder: Path, cluster: str) -> Any:
    try:
        return submitit.AutoExecutor(folder=folder, cluster=cluster)
    except RuntimeError:
        raise MachineError(
            "there is no Slurm on this machine (srun is not found)",
            "Run it where sbatch works, or leave --engine slurm out.",
        ) from None
    except ValueError as error:
        raise UsageError(str(error), "cluster is slurm or local.") from None


def _parameters(given: Mapping[str, str], jobs: int, device: str, options: Options) -> dict[str, Any]:
    patience = options.patience
    seconds = options.time_limit or patience.life + patience.training
    found: dict[str, Any] = {
        "name": "dlgrade", "timeout_min": math.ceil(seconds / 60) + _MORE_MINUTES, "mem_gb": _GIGABYTES,
        "cpus_per_task": 1, "slurm_array_parallelism": jobs, "stderr_to_stdout": True,
    }  # fmt: skip
    if device == "cuda":
        found["gpus_per_node"] = 1
    for name, value in given.items():
        if name in _NUMBERS:
            if not value.isdigit():
                raise UsageError(f"{name} is a whole number, not {value}")
            found[name] = int(value)
        else:
            found[f"slurm_{name}"] = value
    return found


def _set(executor: Any, parameters: Mapping[str, Any]) -> None:
    try:
        executor.update_parameters(**parameters)
    except NameError as error:
        says = str(error).splitlines()[0]
        raise UsageError(f"submitit does not know a parameter of Slurm: {says}") from None


def _result(number: int, running: Any) -> Result:
    from submitit.core.utils import FailedJobError, UncompletedJobError

    try:
        return Result(number, running.result())
    except (FailedJobError, UncompletedJobError) as error:
        says = str(error).strip().splitlines() or [""]
        late = "TIMEOUT" in says[0]
        return Result(number, None, f"{running.state}: {says[0]} {says[-1]}"[:1000], late)
