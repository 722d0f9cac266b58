"""The gradebook keeps what it is given, and refuses what it does not know."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dlgrade.errors import MachineError
from dlgrade.gradebook import ME, SCHEMA, Attempt, Gradebook, gradebook_file

ATTEMPT = Attempt(
    who=ME,
    kind="quiz",
    id="quiz8",
    seed=7,
    started=datetime(2025, 3, 1, 9, 0, tzinfo=UTC),
    finished=datetime(2025, 3, 1, 9, 20, tzinfo=UTC),
    points=7.5,
    max=10,
    results={"questions": [{"id": "quiz8/rf", "answer": "ü \x00 \u202e"}]},
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DLGRADE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def book() -> Iterator[Gradebook]:
    with Gradebook() as opened:
        yield opened


def test_an_attempt_comes_back_as_it_was_given(book: Gradebook) -> None:
    number = book.add(ATTEMPT)
    with Gradebook() as again:
        assert list(again.attempts()) == [replace(ATTEMPT, number=number)]


def test_attempts_are_found_by_who_what_and_which(book: Gradebook) -> None:
    for who, kind, name in [(ME, "quiz", "a"), (ME, "assignment", "a"), ("ada", "quiz", "a"), (ME, "quiz", "b")]:
        book.add(replace(ATTEMPT, who=who, kind=kind, id=name))  # type: ignore[arg-type]
    assert [(one.kind, one.id) for one in book.attempts()] == [("quiz", "a"), ("assignment", "a"), ("quiz", "b")]
    assert [one.who for one in book.attempts(None, "quiz", "a")] == [ME, "ada"]
    assert list(book.attempts("nobody")) == []


def test_the_last_attempt_is_the_one_added_last(book: Gradebook) -> None:
    assert book.last("quiz", "quiz8") is None
    for points in (3, 9, 5):
        book.add(replace(ATTEMPT, points=points))
    last = book.last(None, "quiz8")
    assert last is not None
    assert last.points == 5


def test_attempts_are_only_ever_added(book: Gradebook, home: Path) -> None:
    book.add(ATTEMPT)
    other = sqlite3.connect(home / "gradebook.sqlite")
    for statement in ("update attempts set points = 10", "delete from attempts"):
        with pytest.raises(sqlite3.IntegrityError, match="an attempt is never"):
            other.execute(statement)
    other.close()
    assert [one.points for one in book.attempts()] == [7.5]


def test_a_draft_is_replaced_and_goes_with_the_attempt(book: Gradebook) -> None:
    assert book.kept("quiz", "quiz8") is None
    book.keep("quiz", "quiz8", {"answers": {"a": 1}})
    book.keep("quiz", "quiz8", {"answers": {"a": 1, "b": [2, None]}})
    book.keep("quiz", "quiz9", {})
    assert book.kept("quiz", "quiz8") == {"answers": {"a": 1, "b": [2, None]}}
    book.add(ATTEMPT, drop_draft=True)
    assert book.kept("quiz", "quiz8") is None
    assert book.kept("quiz", "quiz9") == {}
    book.drop("quiz", "quiz9")
    assert book.kept("quiz", "quiz9") is None


def test_a_newer_schema_is_refused_and_left_alone(home: Path) -> None:
    with Gradebook() as book:
        book.add(ATTEMPT)
    raw = sqlite3.connect(home / "gradebook.sqlite")
    raw.execute(f"pragma user_version = {SCHEMA + 1}")
    raw.close()
    with pytest.raises(MachineError, match=rf"newer dlgrade \(its schema is {SCHEMA + 1}, this one knows {SCHEMA}\)"):
        Gradebook()
    raw = sqlite3.connect(home / "gradebook.sqlite")
    assert raw.execute("pragma user_version").fetchone() == (SCHEMA + 1,)
    assert raw.execute("select count(*) from attempts").fetchone() == (1,)
    raw.close()


def test_a_file_that_is_no_gradebook_is_refused(home: Path) -> None:
    home.mkdir()
    file = home / "gradebook.sqlite"
    file.write_bytes(b"this is a text and no database, long enough to be looked at " * 20)
    with pytest.raises(MachineError, match="cannot be used as a gradebook"):
        Gradebook()
    file.unlink()
    other = sqlite3.connect(file)
    other.execute("create table recipes (cake)")
    other.close()
    with pytest.raises(MachineError, match="is not a gradebook"):
        Gradebook()


def test_a_folder_that_cannot_be_made_is_named(home: Path) -> None:
    home.write_text("a file where the folder should be")
    with pytest.raises(MachineError, match="cannot be written"):
        Gradebook()


def test_the_home_is_where_the_environment_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gradebook_file() == home / "gradebook.sqlite"
    monkeypatch.delenv("DLGRADE_HOME")
    assert gradebook_file().parent.name == "dlgrade"


def test_readers_do_not_wait_for_the_writer(book: Gradebook, home: Path) -> None:
    book.add(ATTEMPT)
    assert sqlite3.connect(home / "gradebook.sqlite").execute("pragma journal_mode").fetchone() == ("wal",)
    writer = sqlite3.connect(home / "gradebook.sqlite", isolation_level=None)
    writer.execute("begin immediate")
    writer.execute("insert into drafts values ('me', 'quiz', 'x', '{}')")
    assert len(list(book.attempts())) == 1
    assert book.kept("quiz", "x") is None, "not yet committed"
    writer.execute("commit")
    writer.close()
    assert book.kept("quiz", "x") == {}


def test_several_processes_write_one_after_another(home: Path) -> None:
    program = """
from dataclasses import replace
from datetime import UTC, datetime
from dlgrade.gradebook import Attempt, Gradebook
now = datetime.now(UTC)
with Gradebook() as book:
    for i in range(20):
        book.add(Attempt("me", "quiz", "q", i, now, now, 1, 1))
"""
    started = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]
    with Gradebook() as book:
        numbers = [attempt.number for attempt in book.attempts()]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 60
