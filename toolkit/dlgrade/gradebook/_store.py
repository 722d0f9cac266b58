"""One file, four tables: attempts and decisions that are only ever added, people, drafts that come and go."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from dlgrade.errors import UsageError
from dlgrade.gradebook import _file, _rows
from dlgrade.gradebook._decide import checked
from dlgrade.gradebook._nouns import Attempt, Decision, Kind
from dlgrade.gradebook._ours import is_ours
from dlgrade.gradebook._people import Enrolled, Person
from dlgrade.gradebook._tables import MARK, SCHEMA, bring_up_to_date, version
from dlgrade.home import home_folder
from dlgrade.neutral import neutral

ME = "me"
"""Who attempts on a machine of one's own."""


def gradebook_file() -> Path:
    """Where the gradebook of this user lies: below ``DLGRADE_HOME``, or where the system keeps user data."""
    return home_folder() / "gradebook.sqlite"


class Gradebook:
    """An open gradebook; a context manager that closes it.

    Args:
        path: the file, made where it is missing; None for this user's own.
        read_only: only look: nothing is made or brought up to date, a file of an older dlgrade is read as it is, on a
            read-only disk too, and while another process writes.

    Raises:
        MachineError: the file cannot be opened, is no gradebook, or is of a newer dlgrade.
        UsageError: it is to be read only and is not there.
    """

    def __init__(self, path: Path | None = None, *, read_only: bool = False) -> None:
        """See the class."""
        self.path = gradebook_file() if path is None else path
        self._elsewhere = "set DLGRADE_HOME to another folder" if path is None else "name another file"
        self._opened = _file.Opened(self.path, read_only=read_only)
        self._file = self._opened.file
        try:
            with _file.told(self.path):
                self._known() if read_only else self._prepare()
        except BaseException:
            self._opened.close()
            raise

    def __enter__(self) -> Gradebook:
        """Nothing to do: it is open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._opened.close()

    def add(self, attempt: Attempt, *, drop_draft: bool = False, force: bool = False) -> int:
        """Add an attempt and return its number; with `drop_draft` what was kept of it goes in the same step.

        An attempt whose key is there already (same student, same id) is not added again: the number that is there is
        returned. With `force` it is added beside it.

        Raises:
            MachineError: the file cannot be written.
            UsageError: the student's id is blank or no text.
        """
        row = _rows.of_attempt(attempt)
        what = (attempt.who, attempt.kind, attempt.id)
        with self._writing():
            known = None
            if attempt.key:
                known = self._file.execute(
                    "select number, repeat from attempts where who = ? and kind = ? and id = ? and key = ? "
                    "order by number desc limit 1",
                    (*what, attempt.key),
                ).fetchone()
            if known is None or force:
                row["repeat"] = known[1] + 1 if known else 0
                number = self._insert("attempts", row)
            else:
                number = known[0]
            if drop_draft:
                self._file.execute("delete from drafts where who = ? and kind = ? and id = ?", what)
        return number

    def attempts(self, who: str | None = ME, kind: Kind | None = None, id: str | None = None) -> Iterator[Attempt]:  # noqa: A002 - as it is called everywhere
        """Attempts from first to last; None for anybody's, either kind, any id."""
        yield from self._attempts({"who": who, "kind": kind, "id": id}, "order by number")

    def last(self, kind: Kind | None, id: str, who: str = ME) -> Attempt | None:  # noqa: A002
        """The latest attempt at one quiz or assignment."""
        return next(self._attempts({"who": who, "kind": kind, "id": id}, "order by number desc limit 1"), None)

    def ids(self, kind: Kind = "assignment") -> tuple[str, ...]:
        """The quizzes or assignments that were attempted, in the order of the first attempt."""
        found = self._all("select id from attempts where kind = ? group by id order by min(number)", (kind,))
        return tuple(name for (name,) in found)

    def keys(self, id: str) -> set[tuple[str, str]]:  # noqa: A002
        """Of an assignment: (student, key) of everything that is graded and need not be graded again."""
        question = "select who, key from attempts where kind = 'assignment' and id = ? and key <> ''"
        return set(self._all(question, (id,), since=2))

    def enrol(self, persons: Iterable[Person]) -> int:
        """Add people, or what is known of them now; returns how many were new.

        Nobody is removed, and what a later roster does not say of a person (a name, a column) stays.

        Raises:
            MachineError: the file cannot be written.
            UsageError: an id is blank or no text; nobody was added.
        """
        given = [Enrolled(_rows.student(one.who), _rows.spelled(one.name), dict(one.other)) for one in persons]
        with self._writing():
            known = {one.who: one for one in self.people()}
            before = len(known)
            for one in given:
                old = known.get(one.who, Enrolled(one.who))
                now = Enrolled(one.who, one.name or old.name, {**old.other, **one.other})
                known[one.who] = now
                row = (now.who, now.name, _rows.to_json(now.other))
                self._file.execute("insert or replace into people (who, name, other) values (?,?,?)", row)
        return len(known) - before

    def people(self) -> tuple[Enrolled, ...]:
        """Everyone enrolled, by id."""
        rows = self._all("select who, name, other from people order by who", since=2)
        return tuple(_rows.decoded(_rows.to_person, row, self.path) for row in rows)

    def students(self) -> tuple[str, ...]:
        """Ids of everyone enrolled and everyone who attempted an assignment, sorted."""
        enrolled = {one.who for one in self.people()}
        tried = {who for (who,) in self._all("select distinct who from attempts where kind = 'assignment'")}
        return tuple(sorted(enrolled | tried))

    def must_know(self, who: str) -> None:
        """A student is enrolled, or attempted an assignment.

        Raises:
            UsageError: neither; names the nearest.
        """
        known = self.students()
        if who in known:
            return
        near = difflib.get_close_matches(who, known, n=1)
        mend = f"Did you mean {neutral(near[0])}?" if near else "dlgrade grades show lists those that it knows."
        raise UsageError(f"the gradebook knows no student {neutral(who)}", mend)

    def decide(self, decision: Decision) -> int:
        """Add what a person decided and return its number; what was decided before stays on record.

        Raises:
            UsageError: it does not say who and why; there is no such student, attempt or criterion; the criterion was
                measured; points that are none.
            MachineError: the file cannot be written.
        """
        with self._writing():
            sound = checked(self, decision)
            return self._insert("decisions", _rows.of_decision(sound))

    def decisions(self, who: str | None = None, id: str | None = None) -> tuple[Decision, ...]:  # noqa: A002
        """Decisions from first to last; None for anybody's, any id."""
        where, values = _where({"who": who, "id": id})
        question = f"select {_rows.DECISION} from decisions where {where} order by number"  # noqa: S608
        rows = self._all(question, values, since=2)
        return tuple(_rows.decoded(_rows.to_decision, row, self.path) for row in rows)

    def one_moment(self) -> AbstractContextManager[None]:
        """What is read inside belongs together, whatever another process adds meanwhile."""
        return _file.reading(self._file, self.path)

    def keep(self, kind: Kind, id: str, state: Mapping[str, Any], who: str = ME) -> None:  # noqa: A002
        """Keep the state of an unfinished attempt, instead of what was kept of it before.

        Raises:
            MachineError: the file cannot be written.
        """
        row = (who, kind, id, _rows.to_json(state))
        with self._writing():
            self._file.execute("insert or replace into drafts values (?,?,?,?)", row)

    def kept(self, kind: Kind, id: str, who: str = ME) -> dict[str, Any] | None:  # noqa: A002
        """The state of an unfinished attempt, None where there is none."""
        rows = self._all("select state from drafts where who = ? and kind = ? and id = ?", (who, kind, id))
        state: dict[str, Any] | None = json.loads(rows[0][0]) if rows else None
        return state

    def drop(self, kind: Kind, id: str, who: str = ME) -> None:  # noqa: A002
        """Forget an unfinished attempt.

        Raises:
            MachineError: the file cannot be written.
        """
        with self._writing():
            self._file.execute("delete from drafts where who = ? and kind = ? and id = ?", (who, kind, id))

    def _attempts(self, wanted: Mapping[str, str | None], order: str) -> Iterator[Attempt]:
        columns = _rows.ATTEMPT if self._version() > 1 else _rows.FIRST_ATTEMPT
        where, values = _where(wanted)
        for row in self._all(f"select {columns} from attempts where {where} {order}", values):  # noqa: S608
            yield _rows.decoded(_rows.to_attempt, row, self.path)

    def _all(self, question: str, values: Iterable[object] = (), *, since: int = 1) -> list[Any]:
        """The answer; nothing where the tables are of a version before the one that it is asked of."""
        if self._version() < since:
            return []
        with _file.told(self.path):
            return self._file.execute(question, tuple(values)).fetchall()

    def _insert(self, table: str, row: Mapping[str, object]) -> int:
        places = ", ".join("?" * len(row))
        added = self._file.execute(
            f"insert into {table} ({', '.join(row)}) values ({places})",  # noqa: S608
            tuple(row.values()),
        )
        assert added.lastrowid is not None  # noqa: S101 - an insert has one
        return added.lastrowid

    def _prepare(self) -> None:
        """Make or bring up to date the tables; refuse what is not ours and what we do not know yet."""
        if not self._current():
            with self._writing():
                if not self._current():  # another process may have been first
                    bring_up_to_date(self._file)
        # Readers do not wait for the writer. Where the file system cannot do this, SQLite keeps its usual way.
        self._file.execute("pragma journal_mode = wal")

    def _current(self) -> bool:
        return self._known() and version(self._file) == SCHEMA

    def _known(self) -> bool:
        refusal = "is not a gradebook"
        return is_ours(self._file, self.path, mark=MARK, schema=SCHEMA, refusal=refusal, elsewhere=self._elsewhere)

    def _version(self) -> int:
        """Asked each time: a file that is only read may be brought up to date by another process meanwhile."""
        with _file.told(self.path):
            return version(self._file)

    def _writing(self) -> AbstractContextManager[None]:
        return _file.writing(self._file, self.path)


def _where(wanted: Mapping[str, str | None]) -> tuple[str, list[str]]:
    given = {column: value for column, value in wanted.items() if value is not None}
    return " and ".join(f"{column} = ?" for column in given) or "true", list(given.values())
