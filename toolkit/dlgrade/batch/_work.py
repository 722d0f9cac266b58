"""One job: what a grader process does, wherever it runs.

A grader process serves one submission after another (`_grader`). It runs no student code itself. What it gives back is
plain data:

- ``outcome``: ``graded``; ``waits`` (for its training); ``late`` (its time was up); ``stop`` (nothing can be graded
  here); ``broken`` (the machine, or we, failed with this one).
- ``graded``: ``report`` (JSON form with the instructor's details), ``page`` (HTML for the student), ``fingerprint``,
  ``full`` (a training did not fit into a GPU), ``failed`` (the trainer's process did), ``in_cells`` (a cell of a zygote
  held the submission) and ``why_no_cells`` (what kept it from that, where something did).
- ``waits``: ``training`` and ``cost``, see `_grader.Waits`.
- ``stop`` and ``broken``: ``error``, [what, mend, exit code].
- always ``started``, ``finished``, and ``crowd``: how many programs wanted each core in the worst second.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dlgrade.batch._crowd import Crowd
from dlgrade.batch._nouns import Job, Setting
from dlgrade.errors import CourseError, DataError, DlgradeError, UsageError

if TYPE_CHECKING:
    from dlgrade.batch._grader import Grader

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_AGAIN = 5.0  # seconds between two rings of the alarm
_TRACE = 4_000


def prepare(parent: int) -> None:
    """Begin a grader process: one thread for numbers, and its end with that of its parent."""
    for name in _THREADS:
        os.environ[name] = "1"
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def work(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Do one job; see the module for what comes back.

    Args:
        plain: the fields of a `Job`.
    """
    job = Job(**{**plain, "setting": Setting(**plain["setting"])})
    started = datetime.now(UTC)
    with Crowd() as crowd:
        answer = _answered(job)
    times = {"started": started.isoformat(), "finished": datetime.now(UTC).isoformat()}
    return {**answer, **times, "crowd": crowd.most}


def _end_with(parent: int) -> None:
    """A grader whose parent was killed has nobody to answer; what it started ends with it."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _answered(job: Job) -> dict[str, Any]:
    alarm = _Alarm(job.setting.time_limit)
    try:
        with alarm:
            return _graded(job)
    except KeyboardInterrupt:
        _end_grader()
        if not alarm.rang:
            raise
        return {"outcome": "late"}


def _graded(job: Job) -> dict[str, Any]:
    from dlgrade.batch._grader import ElsewhereError, Waits

    try:
        return _grader_for(job).graded(job)
    except Waits as waits:
        return {"outcome": "waits", "training": waits.training, "cost": waits.cost}
    except (CourseError, UsageError, DataError, ElsewhereError) as error:
        return {"outcome": "stop", "error": [error.what, error.mend, error.exit_code]}
    except DlgradeError as error:
        _end_grader()
        return {"outcome": "broken", "error": [error.what, error.mend, error.exit_code]}
    except Exception as error:
        _end_grader()
        return {"outcome": "broken", "error": ["".join(traceback.format_exception(error))[-_TRACE:], "", 3]}


_grader: Grader | None = None


def _grader_for(job: Job) -> Grader:
    """This process's grader; a fresh one where the setting is another."""
    global _grader
    if _grader is None or not _grader.serves(job):
        from dlgrade.batch._grader import Grader

        _end_grader()
        _grader = Grader(job)
    return _grader


def _end_grader() -> None:
    global _grader
    ended, _grader = _grader, None
    if ended is not None:
        with contextlib.suppress(Exception):
            ended.close()


class _Alarm:
    """Stops what the main thread does with a `KeyboardInterrupt`, which every layer below lets through."""

    def __init__(self, seconds: float | None) -> None:
        # Elsewhere the engine's own limit has to do.
        can = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        self._seconds = seconds if can else None
        self.rang = False

    def __enter__(self) -> None:
        if self._seconds is not None:
            self._before = signal.signal(signal.SIGALRM, self._ring)
            # Again and again: the first one may come where exceptions are swallowed.
            signal.setitimer(signal.ITIMER_REAL, self._seconds, _AGAIN)

    def __exit__(self, *_: object) -> None:
        if self._seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)

    def _ring(self, *_: object) -> None:
        self.rang = True
        raise KeyboardInterrupt
