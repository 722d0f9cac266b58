"""Reads every submission once, for its hash, in processes that may fail.

Reading is parsing what a stranger wrote. So that no file can end or hold up the one process that keeps the results,
that process opens none of them.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from dlgrade.batch._local import end
from dlgrade.batch._work import prepare
from dlgrade.course import Assignment

_SECONDS = 60.0
_TO_A_PROCESS = 60  # submissions that make another process worth its start


@dataclass(frozen=True)
class Source:
    """What a submission is, for its key.

    Attributes:
        sha256: of what was read of it; of its bytes where it cannot be read.
        trouble: why reading it ended our process or took too long; empty as a rule.
    """

    sha256: str
    trouble: str = ""


def sources(assignment: Assignment, paths: Sequence[Path], processes: int) -> list[Source]:
    """The source of each submission, in this order."""
    if not paths:
        return []
    wanted = max(1, min(processes, len(paths) // _TO_A_PROCESS + 1))
    context = multiprocessing.get_context("spawn")
    folder = str(assignment.folder)
    pool = ProcessPool(wanted, initializer=prepare, initargs=(os.getpid(),), context=context)
    try:
        futures = [pool.schedule(_read, args=(folder, str(path)), timeout=_SECONDS) for path in paths]
        return [_source(path, future) for path, future in zip(paths, futures, strict=True)]
    finally:
        end(pool)


def _source(path: Path, future: Future[str]) -> Source:
    from dlgrade.batch._key import raw_hash

    try:
        return Source(future.result())
    except TimeoutError:
        return Source(raw_hash(path), f"reading it took more than {_SECONDS:g} seconds")
    except ProcessExpired as error:
        return Source(raw_hash(path), f"reading it ended the process that did (exit code {error.exitcode})")


def _read(folder: str, path: str) -> str:
    """In a process of its own: the hash of what a submission says, or of its bytes where nothing can be read."""
    from dlgrade.batch._key import raw_hash
    from dlgrade.course import load_assignment
    from dlgrade.errors import SubmissionError
    from dlgrade.grading import read_submission

    try:
        return read_submission(load_assignment(Path(folder)), Path(path)).sha256
    except SubmissionError:
        return raw_hash(Path(path))
