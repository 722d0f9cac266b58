"""The engine on a Ray cluster: the one that ``RAY_ADDRESS`` names, else one of this machine for this run alone.

Ray runs a job again by itself, once, when its process or its machine is lost. It does not know of a submission's own
crash, which is a verdict in the answer. A task that is stopped is stopped by force: Ray's own time-outs only stop
waiting for it.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator
from typing import Any

from dlgrade.batch._nouns import Job, Result
from dlgrade.batch._work import work
from dlgrade.errors import MachineError, UsageError

_RETRIES = 1
_GRACE = 60.0
_POLL = 1.0
_OBJECTS = 256 << 20  # bytes for answers in a cluster of our own; Ray would take a third of the memory


class Ray:
    """See `Engine`.

    Args:
        jobs: at a time, as far as the cluster has processors.
        device: kind of device; a training on a GPU takes `device_share` of one.

    Raises:
        UsageError: Ray is not installed.
        MachineError: the cluster cannot be reached.
    """

    def __init__(self, jobs: int, device: str, device_share: float) -> None:
        """Join or start the cluster."""
        try:
            import ray
        except ImportError:
            raise UsageError("the engine ray is not installed", "Install it: pip install 'dlgrade[ray]'") from None
        self._ray: Any = ray
        self._ours = not ray.is_initialized()
        if self._ours:
            _join(ray, jobs)
        self.at_once: int | None = max(1, min(jobs, int(self._ray.cluster_resources().get("CPU", 1))))
        gpus = min(1.0, device_share) if device == "cuda" else 0
        self._call = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=_RETRIES)(work)
        self._under_way: dict[Any, tuple[Job, float]] = {}
        self._late: set[int] = set()
        self._cancelled = False

    def submit(self, job: Job) -> None:
        """See `Engine`."""
        self._under_way[self._call.remote(dataclasses.asdict(job))] = (job, time.monotonic())

    def results(self) -> Iterator[Result]:
        """See `Engine`."""
        while self._under_way:
            wait = 0.0 if self._cancelled else _POLL
            ready, _ = self._ray.wait(list(self._under_way), num_returns=1, timeout=wait)
            for reference in ready:
                job, _ = self._under_way.pop(reference)
                yield self._result(job.number, reference)
            if not ready:
                if self._cancelled:
                    return
                self._stop_late()

    def cancel(self) -> None:
        """See `Engine`."""
        self._cancelled = True
        done, _ = self._ray.wait(list(self._under_way), num_returns=len(self._under_way), timeout=0) if (
            self._under_way) else ([], [])  # fmt: skip
        for reference in set(self._under_way) - set(done):
            self._ray.cancel(reference, force=True)
            del self._under_way[reference]

    def close(self) -> None:
        """See `Engine`."""
        self.cancel()
        self._under_way.clear()
        if self._ours:
            self._ray.shutdown()

    def _result(self, number: int, reference: Any) -> Result:
        try:
            return Result(number, self._ray.get(reference))
        except self._ray.exceptions.RayError as error:
            late = number in self._late
            self._late.discard(number)
            says = str(error).strip().splitlines() or [type(error).__name__]
            return Result(number, None, f"Ray: {says[0]}", late)

    def _stop_late(self) -> None:
        for reference, (job, since) in self._under_way.items():
            limit = job.setting.time_limit
            if limit is not None and time.monotonic() - since > limit * (_RETRIES + 1) + _GRACE:
                self._late.add(job.number)
                self._ray.cancel(reference, force=True)


def _join(ray: Any, jobs: int) -> None:
    address = os.environ.get("RAY_ADDRESS")
    # Ray tries what the kernel ended for want of memory again for ever; then nobody would try it alone.
    os.environ.setdefault("RAY_task_oom_retries", str(_RETRIES))
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    own: dict[str, Any] = {"num_cpus": jobs, "include_dashboard": False, "object_store_memory": _OBJECTS}
    given = {"address": address} if address else own
    for tries_left in (True, False):
        try:
            ray.init(**given, log_to_driver=False, logging_level="error")
        except Exception as error:  # of no class of its own, where a part of Ray was not up in time
            ray.shutdown()
            if not tries_left:
                says = (str(error).strip().splitlines() or [type(error).__name__])[0]
                mend = "See: ray status" if address else "Try again when the machine is less busy."
                raise MachineError(f"Ray cannot be reached or started: {says}", mend) from None
        else:
            return
