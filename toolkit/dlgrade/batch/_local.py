"""The engine on this machine: grader processes that serve one submission after another.

Each has a pool of its own with one process. In a pool of several, all share one pipe: one that the kernel ends while it
gives its answer would leave half of it there, and take the others with it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import multiprocessing
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from typing import Any

from pebble import ProcessExpired, ProcessPool

from dlgrade.batch._nouns import Job, Result
from dlgrade.batch._work import prepare, work

_GRACE = 60.0
"""Seconds after a submission's own time in which its grader must have answered."""


class Slot:
    """One grader process at a time, replaced where it is lost."""

    def __init__(self) -> None:
        """Starts nothing yet."""
        self._pool: ProcessPool | None = None

    def schedule(self, call: Callable[..., Any], *args: Any, timeout: float | None = None) -> Future[Any]:
        """Run a function there."""
        for fresh in (False, True):
            pool = self._made(fresh)
            with contextlib.suppress(RuntimeError):  # the process before has broken it
                return pool.schedule(call, args=args, timeout=timeout)
        raise RuntimeError("no process can be started")

    def close(self) -> None:
        """End the process, whatever it does."""
        pool, self._pool = self._pool, None
        if pool is not None:
            end(pool)

    def _made(self, fresh: bool) -> ProcessPool:
        if fresh:
            self.close()
        if self._pool is None:
            # spawn: a forked child of a process that has run torch may hang.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(1, initializer=prepare, initargs=(os.getpid(),), context=context)
        return self._pool


class Local:
    """See `Engine`.

    Args:
        jobs: grader processes.
    """

    def __init__(self, jobs: int) -> None:
        """Starts nothing yet."""
        self.at_once: int | None = jobs
        self._free = [Slot() for _ in range(jobs)]
        self._slots = tuple(self._free)
        self._arrived: queue.SimpleQueue[tuple[Slot, Result]] = queue.SimpleQueue()
        self._under_way = 0
        self._cancelled = False

    def submit(self, job: Job) -> None:
        """See `Engine`."""
        slot = self._free.pop()
        if job.alone:
            for idle in self._free:  # their trainers hold memory that this one may need
                idle.close()
        limit = job.setting.time_limit
        future = slot.schedule(work, dataclasses.asdict(job), timeout=None if limit is None else limit + _GRACE)
        self._under_way += 1
        future.add_done_callback(functools.partial(self._take, slot, job.number))

    def results(self) -> Iterator[Result]:
        """See `Engine`."""
        while self._under_way:
            try:
                slot, result = self._arrived.get(block=not self._cancelled)
            except queue.Empty:
                return
            self._under_way -= 1
            self._free.append(slot)
            yield result

    def cancel(self) -> None:
        """See `Engine`."""
        self._cancelled = True
        ending = [threading.Thread(target=slot.close) for slot in self._slots]
        for thread in ending:
            thread.start()
        for thread in ending:
            thread.join()

    def close(self) -> None:
        """See `Engine`."""
        self.cancel()

    def _take(self, slot: Slot, number: int, future: Future[Any]) -> None:
        """Called by a thread of the pool."""
        self._arrived.put((slot, result_of(number, future)))


def end(pool: Any) -> None:
    """End a pool and its processes, whatever they do."""
    pool.stop()
    pool.join()


def result_of(number: int, future: Future[Any]) -> Result:
    """What came of a job in a pool of processes."""
    try:
        answer: Mapping[str, Any] = future.result()
    except TimeoutError:
        return Result(number, None, "its time was up and it did not end", late=True)
    except ProcessExpired as error:
        return Result(number, None, ended(error.exitcode))
    except (Exception, CancelledError) as error:
        return Result(number, None, f"{type(error).__name__}: {error}")
    return Result(number, answer)


def ended(code: int | None) -> str:
    """The end of a grader process in words."""
    if code == -9:
        return "the process that graded it was killed, by somebody or because the machine was out of memory"
    if code is not None and code < 0:
        return f"the process that graded it was ended by signal {-code}"
    return f"the process that graded it ended with exit code {code}"
