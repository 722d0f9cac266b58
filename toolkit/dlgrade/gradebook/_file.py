"""An SQLite file opened for writing or for reading only, and what SQLite says of it in words with a mend.

Reading only works on a read-only disk too, and where a batch was killed there: SQLite wants to make files beside a
gradebook even to read it, so where it cannot, a copy is read.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlgrade.errors import MachineError, UsageError
from dlgrade.neutral import neutral

PATIENCE = 10.0
"""Seconds to wait while another process writes."""

_SAID = 120  # how much of SQLite's complaint is shown; it may quote what stands in a damaged file
_NO_PLACE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_BESIDE = ("-wal", "-journal")  # what SQLite keeps beside a file that was not closed

DAMAGED = "Put back a copy of it; what can be saved: sqlite3 FILE .recover"
"""The mend for a file that holds what was never written there."""

_MENDS = {
    sqlite3.SQLITE_BUSY: "Another process writes to it; try again.",
    sqlite3.SQLITE_LOCKED: "Another process writes to it; try again.",
    sqlite3.SQLITE_FULL: "Make room on the disk and run it again; everything written before is kept.",
    sqlite3.SQLITE_IOERR: "Look whether the disk is full or failing; everything written before is kept.",
    sqlite3.SQLITE_READONLY: "Make the file and its folder writable, or name another file.",
    sqlite3.SQLITE_PERM: "Make the file and its folder writable, or name another file.",
    sqlite3.SQLITE_CANTOPEN: "Make the file and its folder readable and writable, or name another file.",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: "Name another file, or put back a copy of it.",
}


class Opened:
    """An open SQLite file.

    Args:
        path: the file; made where it is missing and is to be written.

    Raises:
        MachineError: it cannot be opened.
        UsageError: it is to be read only and is not there.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """See the class."""
        self.path = path
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        with told(path, "read" if read_only else "written"):
            self.file = self._for_reading() if read_only else self._for_writing()

    def close(self) -> None:
        """Close the file; a copy goes."""
        self.file.close()
        if self._copy is not None:
            self._copy.cleanup()

    def _for_writing(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return _connected(str(self.path))

    def _for_reading(self) -> sqlite3.Connection:
        if not self.path.exists():
            raise UsageError(f"there is no gradebook {self.path}", "dlgrade grade makes one; --gradebook names it.")
        address = self.path.resolve().as_uri()
        try:
            # Not "ro": that leaves SQLite's files beside the gradebook. "rw" reads what is not ours to write too.
            file = _connected(f"{address}?mode=rw")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _NO_PLACE:
                raise
        else:
            file.execute("pragma query_only = on")
            return file
        if any(_beside(self.path, ending).exists() for ending in _BESIDE):
            return _connected(str(self._copied()))
        return _connected(f"{address}?immutable=1")

    def _copied(self) -> Path:
        self._copy = tempfile.TemporaryDirectory(prefix="dlgrade-gradebook-")
        copy = Path(self._copy.name, "gradebook.sqlite")
        shutil.copyfile(self.path, copy)
        for ending in _BESIDE:
            if _beside(self.path, ending).exists():
                shutil.copyfile(_beside(self.path, ending), _beside(copy, ending))
        return copy


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _connected(address: str) -> sqlite3.Connection:
    """Connect and look once, which is when SQLite first opens the file."""
    # Transactions are begun and ended by `writing` and `reading`; sqlite3 begins none of its own.
    file = sqlite3.connect(address, timeout=PATIENCE, isolation_level=None, uri=address.startswith("file:"))
    try:
        file.execute("select count(*) from sqlite_master").fetchone()
    except BaseException:
        file.close()
        raise
    return file


@contextmanager
def writing(file: sqlite3.Connection, path: Path) -> Iterator[None]:
    """One transaction, which begins by becoming the only writer; all of it is on disk afterwards, or nothing."""
    with told(path):
        file.execute("begin immediate")
        try:
            yield
            file.execute("commit")
        except BaseException:
            if file.in_transaction:  # SQLite has rolled back itself where the disk is full
                file.execute("rollback")
            raise


@contextmanager
def reading(file: sqlite3.Connection, path: Path) -> Iterator[None]:
    """What is read inside is of one moment, whatever another process adds meanwhile."""
    with told(path):
        already = file.in_transaction
        if already:
            yield
            return
        file.execute("begin")
        file.execute("select count(*) from sqlite_master").fetchone()  # the moment is that of the first question
        try:
            yield
        finally:
            if file.in_transaction:  # SQLite has ended it itself where the file is damaged
                file.execute("rollback")


@contextmanager
def told(path: Path, done: str = "written") -> Iterator[None]:
    """What SQLite and the system complain of, in one line with the mend."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise  # an attempt that breaks the tables' rules is a bug of ours
    except sqlite3.DatabaseError as error:
        # Without a code: Python found text in the file that is none.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        what = f"{path} cannot be used as a gradebook: {neutral(str(error), _SAID)}"
        raise MachineError(what, _MENDS.get(code, "")) from None
    except OSError as error:
        raise MachineError(f"{path} cannot be {done}: {error.strerror}") from None
