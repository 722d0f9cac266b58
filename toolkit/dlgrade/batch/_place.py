"""What a batch keeps for itself between two runs, below the user's own folder: nothing that a grade needs.

One folder for each assignment and folder of reports: what came packed and was unpacked, finished trainings, what a
cluster's engine keeps. On a cluster it has to lie where all machines see it; ``DLGRADE_HOME`` says where.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from dlgrade.errors import MachineError, UsageError
from dlgrade.home import home_folder


class Workplace:
    """A folder of one's own while a class is graded; a context manager.

    Args:
        assignment: its id.
        reports: folder of the pages; made where it is missing.

    Raises:
        UsageError: another command grades into the same reports now.
        MachineError: one of the folders cannot be made or written to.
    """

    def __init__(self, assignment: str, reports: Path) -> None:
        """See the class."""
        self.reports = reports
        mark = hashlib.sha256(str(reports.resolve()).encode(errors="surrogateescape")).hexdigest()[:12]
        self.folder = home_folder() / "classes" / f"{assignment}-{mark}"
        self._lock: IO[str] | None = None

    def __enter__(self) -> Workplace:
        """Make the folders and lock them."""
        with _told(self.reports):
            self.reports.mkdir(parents=True, exist_ok=True)
        with _told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = (self.folder / "lock").open("a", encoding="utf-8")
        try:
            self._take_lock()
            self._empty_unpacked()
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back; what was unpacked goes."""
        with contextlib.suppress(MachineError):
            self._empty_unpacked()
        if self._lock is not None:
            self._lock.close()

    @property
    def unpacked(self) -> Path:
        """An empty folder for what came packed."""
        return self.folder / "handed-in"

    @property
    def shelf(self) -> Path:
        """Finished trainings."""
        return self.folder / "trainings"

    @property
    def cluster(self) -> Path:
        """What the engine of a cluster keeps."""
        return self.folder / "cluster"

    def forced_since(self, ground: str) -> datetime:
        """When the grading of everything anew began: earlier, where such a run was stopped, else now.

        Finished trainings of before are thrown away when it begins.

        Args:
            ground: all but the submissions that results depend on; with another one it begins anew.
        """
        mark = self.folder / "forced.json"
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(mark.read_text(encoding="utf-8"))
            if kept["ground"] == ground:
                return datetime.fromisoformat(kept["since"])
        now = datetime.now(UTC)
        with _told(self.folder):
            shutil.rmtree(self.shelf, ignore_errors=True)
            partial = mark.with_name(f".{mark.name}.{os.getpid()}")
            partial.write_text(json.dumps({"ground": ground, "since": now.isoformat()}), encoding="utf-8")
            partial.replace(mark)
        return now

    def all_forced(self) -> None:
        """Everything was graded anew."""
        with contextlib.suppress(OSError):
            (self.folder / "forced.json").unlink()

    def _take_lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows
            return
        assert self._lock is not None  # noqa: S101 - opened before
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"another dlgrade grade is at work on {self.reports}",
                "Wait for it, or give this one reports of its own with --to.",
            ) from None
        except OSError:
            return  # a file system without locks

    def _empty_unpacked(self) -> None:
        with _told(self.unpacked):
            if self.unpacked.exists():
                shutil.rmtree(self.unpacked)
            self.unpacked.mkdir(mode=0o700)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(
            f"{path} cannot be written: {error.strerror or error}", "Make room, or name a folder that you can write to."
        ) from None
