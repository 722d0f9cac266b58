"""A file of an older dlgrade is brought up to date in one step, and never loses a row."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.gradebook.conftest import attempt

from dlgrade.errors import MachineError, UsageError
from dlgrade.gradebook import ME, SCHEMA, Attempt, Gradebook

# The tables as the first version made them; kept here so that they cannot change with the code.
FIRST = """
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
pragma application_id = 1684825954;
pragma user_version = 1;
pragma journal_mode = wal;
"""
NINE = datetime(2025, 3, 1, 9, tzinfo=UTC)


def first_version(path: Path, rows: int) -> list[Attempt]:
    """A file of the first version, and what is in it."""
    path.parent.mkdir(exist_ok=True)
    raw = sqlite3.connect(path)
    raw.executescript(FIRST)
    raw.executemany(
        "insert into attempts values (?,?,?,?,?,?,?,?,?,?)",
        [
            (3 * n, ME, "quiz", f"quiz{n % 7}", n, NINE.isoformat(), NINE.isoformat(), n / 7, 10.0, '{"answer": "ü"}')
            for n in range(1, rows + 1)
        ],
    )
    raw.execute("insert into drafts values ('me', 'quiz', 'quiz1', '{\"answers\": {}}')")
    raw.commit()
    raw.close()
    return [
        Attempt(ME, "quiz", f"quiz{n % 7}", n, NINE, NINE, n / 7, 10.0, {"answer": "ü"}, 3 * n)
        for n in range(1, rows + 1)
    ]


def raw_rows(path: Path) -> tuple[int, int]:
    raw = sqlite3.connect(path)
    found = raw.execute("pragma user_version").fetchone()[0], raw.execute("select count(*) from attempts").fetchone()[0]
    raw.close()
    return found


def test_a_file_of_the_first_version_keeps_all_it_holds(file: Path) -> None:
    before = first_version(file, 200)
    with Gradebook(file) as book:
        assert list(book.attempts()) == before
        assert book.kept("quiz", "quiz1") == {"answers": {}}
        assert book.people() == ()
        number = book.add(attempt(key="k"))
        assert number > before[-1].number  # type: ignore[operator]
    assert raw_rows(file) == (SCHEMA, 201)


def test_a_new_file_and_one_brought_up_to_date_have_the_same_tables(tmp_path: Path) -> None:
    first_version(tmp_path / "old.sqlite", 2)
    found = []
    for name in ("old.sqlite", "new.sqlite"):
        Gradebook(tmp_path / name).__exit__()
        raw = sqlite3.connect(tmp_path / name)
        found.append(raw.execute("select type, name, sql from sqlite_master order by name").fetchall())
        raw.close()
    assert found[0] == found[1]


def test_looking_brings_nothing_up_to_date(file: Path) -> None:
    before = first_version(file, 5)
    content = file.read_bytes()
    with Gradebook(file, read_only=True) as book:
        assert list(book.attempts()) == before
        assert book.last("quiz", "quiz1") == before[0]
        assert (book.people(), book.decisions(), book.keys("quiz1"), book.students()) == ((), (), set(), ())
        with pytest.raises(MachineError, match="readonly"):
            book.add(attempt())
    assert file.read_bytes() == content
    assert list(file.parent.iterdir()) == [file]


def test_what_is_read_meanwhile_may_be_brought_up_to_date(file: Path) -> None:
    first_version(file, 5)
    with Gradebook(file, read_only=True) as reader:
        with Gradebook(file) as writer:
            writer.add(attempt(key="k"))
        assert reader.keys("code6") == {("s001", "k")}


def test_a_step_that_fails_leaves_the_file_as_it_was(file: Path) -> None:
    first_version(file, 5)
    raw = sqlite3.connect(file)
    raw.execute("create table decisions (cake)")  # what the second version wants to make
    raw.close()
    with pytest.raises(MachineError, match="decisions already exists"):
        Gradebook(file)
    assert raw_rows(file) == (1, 5)
    raw = sqlite3.connect(file)
    assert len(raw.execute("pragma table_info(attempts)").fetchall()) == 10
    raw.close()


def test_killed_while_it_is_brought_up_to_date_it_is_of_one_version_or_the_other(tmp_path: Path) -> None:
    """Killed at moments from before the first statement to after the last."""
    program = "import sys; from pathlib import Path; from dlgrade.gradebook import Gradebook\n" \
              "print(flush=True); sys.stdin.readline(); Gradebook(Path(sys.argv[1]))"  # fmt: skip
    versions = set()
    for n in range(8):
        file = tmp_path / f"{n}.sqlite"
        before = first_version(file, 300)
        child = subprocess.Popen([sys.executable, "-c", program, str(file)], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        child.stdin.write(b"\n")
        child.stdin.flush()
        time.sleep(n * 0.002)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdin.close()
        child.stdout.close()
        versions.add(raw_rows(file))
        with Gradebook(file) as book:
            assert list(book.attempts()) == before
    assert versions <= {(1, 300), (SCHEMA, 300)}


def test_looking_at_a_file_that_is_not_there_makes_none(file: Path) -> None:
    with pytest.raises(UsageError, match="there is no gradebook"):
        Gradebook(file, read_only=True)
    assert not file.exists()


def test_an_empty_file_reads_as_an_empty_gradebook(file: Path) -> None:
    file.touch()
    with Gradebook(file, read_only=True) as book:
        assert list(book.attempts(None)) == []
        assert book.kept("quiz", "a") is None
        assert (book.people(), book.decisions(), book.ids()) == ((), (), ())


def test_a_foreign_or_newer_file_is_refused_when_only_read_too(file: Path) -> None:
    raw = sqlite3.connect(file)
    raw.execute("create table recipes (cake)")
    raw.close()
    with pytest.raises(MachineError, match="is not a gradebook") as error:
        Gradebook(file, read_only=True)
    assert "DLGRADE_HOME" not in str(error.value), "the file was named, and another can be"
    file.unlink()
    Gradebook(file).__exit__()
    raw = sqlite3.connect(file)
    raw.execute(f"pragma user_version = {SCHEMA + 1}")
    raw.close()
    with pytest.raises(MachineError, match="newer dlgrade"):
        Gradebook(file, read_only=True)


def test_half_a_character_in_a_report_comes_back(book: Gradebook) -> None:
    odd = replace(attempt(), results={"says": "\ud800 ü"})
    book.add(odd)
    assert next(book.attempts("s001")).results == {"says": "\ud800 ü"}
