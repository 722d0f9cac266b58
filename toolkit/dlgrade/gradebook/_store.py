"""One file, two tables: attempts that are only ever added, and drafts that come and go."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from dlgrade.errors import MachineError
from dlgrade.gradebook._ours import is_ours
from dlgrade.home import home_folder

SCHEMA = 1
"""Version of the tables; a file with a higher one was written by a newer dlgrade."""

ME = "me"
"""Who attempts on a machine of one's own."""

_MARK = 0x646C6762  # "dlgb", SQLite's application_id: tells our files from anybody else's
_PATIENCE = 10.0  # seconds to wait while another process writes
_TABLES = """
create table attempts (
    number   integer primary key,
    who      text not null,
    kind     text not null check (kind in ('quiz', 'assignment')),
    id       text not null,
    seed     integer not null,
    started  text not null,
    finished text not null,
    points   real not null,
    max      real not null,
    results  text not null
);
create index attempts_by_what on attempts (who, kind, id, number);
create trigger attempts_stay before update on attempts
    begin select raise(abort, 'an attempt is never changed'); end;
create trigger attempts_remain before delete on attempts
    begin select raise(abort, 'an attempt is never removed'); end;
create table drafts (
    who   text not null,
    kind  text not null,
    id    text not null,
    state text not null,
    primary key (who, kind, id)
) without rowid;
"""

Kind = Literal["quiz", "assignment"]


@dataclass(frozen=True)
class Attempt:
    """One finished attempt.

    Attributes:
        who: a student, or `ME`.
        id: of the quiz or assignment.
        points, max: what was earned, and what could be.
        results: per question or criterion, and per objective; plain data that JSON can hold. For a quiz:
            ``questions`` [{``id``, ``objective``, ``points``, ``max``, ``misconceptions``, ``cards``, ``answer``}],
            ``objectives`` {key: {``says``, ``points``, ``max``}}, ``cards`` [all cards to review, each once].
        number: given by the gradebook, rising; None before the attempt is added.
    """

    who: str
    kind: Kind
    id: str
    seed: int
    started: datetime
    finished: datetime
    points: float
    max: float
    results: Mapping[str, Any] = field(default_factory=dict)
    number: int | None = None


def gradebook_file() -> Path:
    """Where the gradebook of this user lies: below ``DLGRADE_HOME``, or where the system keeps user data."""
    return home_folder() / "gradebook.sqlite"


class Gradebook:
    """An open gradebook; a context manager that closes it.

    Args:
        path: the file, made where it is missing; None for this user's own.

    Raises:
        MachineError: the file cannot be opened, is no gradebook, or is of a newer dlgrade.
    """

    def __init__(self, path: Path | None = None) -> None:
        """See the class."""
        self.path = gradebook_file() if path is None else path
        with self._told():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Transactions are begun and ended by `_writing`; sqlite3 begins none of its own.
            self._file = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        try:
            with self._told():
                self._prepare()
        except MachineError:
            self._file.close()
            raise

    def __enter__(self) -> Gradebook:
        """Nothing to do: it is open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def add(self, attempt: Attempt, *, drop_draft: bool = False) -> int:
        """Add an attempt and return its number; with `drop_draft` what was kept of it goes in the same step.

        Raises:
            MachineError: the file cannot be written.
        """
        row = (
            attempt.who, attempt.kind, attempt.id, attempt.seed, attempt.started.isoformat(),
            attempt.finished.isoformat(), attempt.points, attempt.max, _json(attempt.results),
        )  # fmt: skip
        columns = "who, kind, id, seed, started, finished, points, max, results"
        with self._writing():
            added = self._file.execute(f"insert into attempts ({columns}) values (?,?,?,?,?,?,?,?,?)", row)  # noqa: S608
            if drop_draft:
                self._file.execute(
                    "delete from drafts where who = ? and kind = ? and id = ?", (attempt.who, attempt.kind, attempt.id)
                )
        assert added.lastrowid is not None  # noqa: S101 - an insert has one
        return added.lastrowid

    def attempts(self, who: str | None = ME, kind: Kind | None = None, id: str | None = None) -> Iterator[Attempt]:  # noqa: A002 - as it is called everywhere
        """Attempts from first to last; None for anybody's, either kind, any id."""
        wanted = [(column, value) for column, value in (("who", who), ("kind", kind), ("id", id)) if value is not None]
        where = " and ".join(f"{column} = ?" for column, _ in wanted) or "true"
        columns = "number, who, kind, id, seed, started, finished, points, max, results"
        with self._told():
            rows = self._file.execute(
                f"select {columns} from attempts where {where} order by number",  # noqa: S608
                [value for _, value in wanted],
            ).fetchall()
        for number, by, sort, name, seed, started, finished, points, most, results in rows:
            times = datetime.fromisoformat(started), datetime.fromisoformat(finished)
            yield Attempt(by, sort, name, seed, *times, points, most, json.loads(results), number)

    def last(self, kind: Kind | None, id: str, who: str = ME) -> Attempt | None:  # noqa: A002
        """The latest attempt at one quiz or assignment."""
        found = None
        for found in self.attempts(who, kind, id):  # noqa: B007 - the last one is what is wanted
            pass
        return found

    def keep(self, kind: Kind, id: str, state: Mapping[str, Any], who: str = ME) -> None:  # noqa: A002
        """Keep the state of an unfinished attempt, instead of what was kept of it before.

        Raises:
            MachineError: the file cannot be written.
        """
        with self._writing():
            self._file.execute("insert or replace into drafts values (?,?,?,?)", (who, kind, id, _json(state)))

    def kept(self, kind: Kind, id: str, who: str = ME) -> dict[str, Any] | None:  # noqa: A002
        """The state of an unfinished attempt, None where there is none."""
        with self._told():
            row = self._file.execute(
                "select state from drafts where who = ? and kind = ? and id = ?", (who, kind, id)
            ).fetchone()
        state: dict[str, Any] | None = json.loads(row[0]) if row else None
        return state

    def drop(self, kind: Kind, id: str, who: str = ME) -> None:  # noqa: A002
        """Forget an unfinished attempt.

        Raises:
            MachineError: the file cannot be written.
        """
        with self._writing():
            self._file.execute("delete from drafts where who = ? and kind = ? and id = ?", (who, kind, id))

    def _prepare(self) -> None:
        """Make the tables in an empty file; refuse what is not ours and what we do not know yet."""
        if not self._known():
            with self._writing():
                if not self._known():  # another process may have been first
                    for statement in _statements(_TABLES):
                        self._file.execute(statement)
                    self._file.execute(f"pragma application_id = {_MARK}")
                    self._file.execute(f"pragma user_version = {SCHEMA}")
        # Readers do not wait for the writer. Where the file system cannot do this, SQLite keeps its usual way.
        self._file.execute("pragma journal_mode = wal")

    def _known(self) -> bool:
        return is_ours(self._file, self.path, mark=_MARK, schema=SCHEMA, refusal="is not a gradebook")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, which begins by becoming the only writer."""
        with self._told():
            self._file.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._file.execute("rollback")
                raise
            self._file.execute("commit")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # an attempt that breaks the tables' rules is a bug of ours
        except sqlite3.DatabaseError as error:
            mend = "Another process writes to it; try again." if "locked" in str(error) else ""
            raise MachineError(f"{self.path} cannot be used as a gradebook: {error}", mend) from None
        except OSError as error:
            raise MachineError(f"{self.path} cannot be written: {error.strerror}") from None


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; a trigger has semicolons of its own."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _json(plain: Any) -> str:
    return json.dumps(plain, ensure_ascii=False, allow_nan=False)
