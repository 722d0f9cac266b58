"""Kills, full and read-only disks, locks and damage: what was committed is there, and nothing else."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.gradebook.conftest import attempt

from dlgrade.errors import MachineError
from dlgrade.gradebook import Gradebook, _file

ROOT = Path(__file__).resolve().parents[2]

# Adds attempts one after the other and says each number as soon as `add` has returned.
WRITER = """
import sys
from pathlib import Path
from tests.gradebook.conftest import attempt
from dataclasses import replace
from dlgrade.errors import MachineError
from dlgrade.gradebook import Gradebook

path, first, last, size = Path(sys.argv[1]), *map(int, sys.argv[2:5])
try:
    with Gradebook(path) as book:
        for n in range(first, last):
            number = book.add(replace(attempt(key=f"k{n}"), results={"n": n, "filler": "x" * size}))
            print(n, number, flush=True)
except MachineError as error:
    print("told", type(error).__name__, str(error).replace("\\n", " | "), flush=True)
"""


def writer(path: Path, first: int, last: int, size: int = 0, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-c", WRITER, str(path), str(first), str(last), str(size)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
                            env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip


def recorded(path: Path) -> dict[int, int]:
    """By what was added, the number it has; fails where something is there twice or in part."""
    with Gradebook(path, read_only=True) as book:
        found = [(one.results["n"], one.number, one.key) for one in book.attempts(None)]
    assert all(key == f"k{n}" for n, _, key in found)
    assert len({n for n, _, _ in found}) == len(found)
    return {n: number for n, number, _ in found if number is not None}


def acknowledged(lines: list[str]) -> dict[int, int]:
    """By what was added, the number it was told to have; a line that the kill cut off told nothing."""
    whole = (line.strip().partition(" ") for line in lines if line.endswith("\n"))
    return {int(n): int(number) for n, _, number in whole if n.isdigit()}


def test_killed_in_a_loop_nothing_is_lost_and_nothing_is_there_twice(file: Path) -> None:
    draw = random.Random(7)
    told: dict[int, int] = {}
    killed = 0
    for _ in range(12):
        child = writer(file, 0, 60, size=20_000)
        assert child.stdout is not None
        lines = []
        for line in child.stdout:
            lines.append(line)
            if draw.random() < 0.05:
                break
        os.kill(child.pid, signal.SIGKILL)
        lines += child.stdout.readlines()
        killed += child.wait() == -signal.SIGKILL
        child.communicate()
        told |= acknowledged(lines)
        now = recorded(file)
        assert {n: now.get(n) for n in told} == told, "what was said to be kept is kept, under its number"
        assert sorted(now) == list(range(len(now))), "the rest is what was added last, or nothing"
        assert len(now) <= len(told) + 1
    assert killed > 6
    child = writer(file, 0, 60)
    out, _ = child.communicate()
    assert list(acknowledged(out.splitlines(keepends=True))) == list(range(60))
    assert len(recorded(file)) == 60
    raw = sqlite3.connect(file)
    assert raw.execute("pragma integrity_check").fetchall() == [("ok",)]
    raw.close()


def test_two_batches_at_once_record_everything_once(file: Path) -> None:
    children = [writer(file, 0, 40), writer(file, 20, 60), writer(file, 0, 60)]
    said = [acknowledged(child.communicate()[0].splitlines(keepends=True)) for child in children]
    now = recorded(file)
    assert sorted(now) == list(range(60))
    for one in said:
        assert one == {n: now[n] for n in one}, "each was told the number that is there"


def told_and_kept(child: subprocess.Popen[str], path: Path) -> str:
    """What the writer said at its end, once that is known to be one line, and all before it to be kept."""
    out, err = child.communicate()
    assert err == ""
    *lines, last = out.splitlines(keepends=True)
    assert last.startswith("told MachineError")
    assert recorded(path) == acknowledged(lines)
    return last.rstrip()


def test_a_full_disk_is_told_and_what_was_added_is_kept(file: Path, bubblewrap: str) -> None:
    """A disk of 1 MB: written until it is full, read while it is full, written again once there is room."""
    small = file.parent / "small"
    small.mkdir()
    program = f"""
import shutil, subprocess, sys
from pathlib import Path
from tests.gradebook.test_gradebook_rough import acknowledged, recorded, told_and_kept, writer
small = Path({str(small)!r})
path, ballast = small / "grades.sqlite", small / "ballast"
writer(path, 0, 2).communicate()
ballast.write_bytes(bytes(100_000))
print(told_and_kept(writer(path, 0, 100, size=50_000), path))
try:
    (small / "rest").write_bytes(bytes(1_000_000))
except OSError:
    print(shutil.disk_usage(small).free, "bytes are free")
before = len(recorded(path))
(small / "rest").unlink()
ballast.unlink()
writer(path, 0, before + 1, size=1000).communicate()
assert len(recorded(path)) == before + 1 > 3
print("went on")
"""
    done = subprocess.run(
        [bubblewrap, "--dev-bind", "/", "/", "--size", "1000000", "--tmpfs", str(small), sys.executable, "-c", program],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    told, free, end = done.stdout.splitlines()
    assert "database or disk is full" in told
    assert "Make room" in told
    assert free == "0 bytes are free"
    assert end == "went on"


def test_a_file_that_may_not_grow_is_told_and_what_was_added_is_kept(file: Path) -> None:
    limited = ("bash", "-c", 'ulimit -f 400; exec "$@"', "limited")
    told = told_and_kept(writer(file, 0, 100, size=50_000, before=limited), file)
    assert "everything written before is kept" in told
    out, _ = writer(file, 0, 100, size=10).communicate()
    assert len(acknowledged(out.splitlines(keepends=True))) == 100, "without the limit it goes on"
    assert len(recorded(file)) == 100


def test_no_room_for_a_new_file_is_told(file: Path) -> None:
    limited = ("bash", "-c", 'ulimit -f 0; exec "$@"', "limited")
    out, err = writer(file, 0, 1, before=limited).communicate()
    assert (out.startswith("told MachineError"), err) == (True, "")
    with Gradebook(file) as book:
        assert list(book.attempts(None)) == []


def read_only(bubblewrap: str, folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    """A program for which the folder is a read-only disk."""
    return subprocess.run(
        [bubblewrap, "--dev-bind", "/", "/", "--ro-bind", str(folder), str(folder), sys.executable, "-c", program],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("killed", [False, True])
def test_a_read_only_disk_can_be_read_and_is_told_to_who_writes(file: Path, bubblewrap: str, killed: bool) -> None:
    """Also where a batch was killed, so that the last attempts stand beside the file."""
    child = writer(file, 0, 1000 if killed else 5)
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(5)]
    if killed:
        child.kill()
        said += child.stdout.readlines()
    child.communicate()
    assert file.with_name("grades.sqlite-wal").exists() == killed
    file.with_name("grades.sqlite-shm").unlink(missing_ok=True)  # as where only the other two were copied
    before = {path.name: path.read_bytes() for path in file.parent.iterdir()}
    program = f"""
from pathlib import Path
from tests.gradebook.test_gradebook_rough import recorded
print(len(recorded(Path({str(file)!r}))))
"""
    done = read_only(bubblewrap, file.parent, program)
    assert done.stderr == ""
    assert int(done.stdout) >= len(acknowledged(said)) >= 5
    for path in (file, file.with_name("new.sqlite")):
        done = read_only(bubblewrap, file.parent, WRITER.replace("sys.argv[1]", repr(str(path)))
                         .replace("sys.argv[2:5]", "(0, 3000, 1)"))  # fmt: skip
        assert (done.stdout.startswith("told MachineError"), done.stderr) == (True, "")
        assert "name another file" in done.stdout
    assert {path.name: path.read_bytes() for path in file.parent.iterdir()} == before


def test_a_file_that_another_holds_is_told(book: Gradebook, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_file, "PATIENCE", 0.05)
    book.add(attempt(key="a"))
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("begin immediate")
    with Gradebook(file) as impatient:
        with pytest.raises(MachineError, match="locked") as error:
            impatient.add(attempt(key="b"))
        assert "Another process writes to it; try again." in str(error.value)
        assert len(list(impatient.attempts(None))) == 1, "it can still be read"
        holder.execute("rollback")
        impatient.add(attempt(key="b"))
    holder.close()


def complaint(path: Path) -> MachineError | None:
    """What reading all of a file is refused with, None where it is not."""
    try:
        with Gradebook(path, read_only=True) as book:
            list(book.attempts(None))
            book.keys("code6")
    except MachineError as error:
        return error
    return None


def test_a_damaged_file_is_told(file: Path) -> None:
    writer(file, 0, 30, size=5000).communicate()
    sound = file.read_bytes()
    draw = random.Random(3)
    damages = [sound[:100], sound[: len(sound) // 2], b"\0" * len(sound)]
    for _ in range(30):
        at = draw.randrange(len(sound) - 600)
        damages.append(sound[:at] + draw.randbytes(600) + sound[at + 600 :])
    told = []
    for damage in damages:
        file.write_bytes(damage)
        told.append(complaint(file))
        assert file.read_bytes() == damage
    errors = [error for error in told if error is not None]
    assert len(errors) > 20
    assert all(str(file) in error.what and error.mend and "\n" not in error.what for error in errors)


def test_an_attempt_that_cannot_be_written_leaves_no_half(book: Gradebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adding an attempt and dropping its draft are one step."""
    book.keep("assignment", "code6", {"a": 1}, who="s001")
    book._file.execute("create temp trigger broken before delete on drafts begin select raise(abort, 'no'); end")
    with pytest.raises(sqlite3.IntegrityError):
        book.add(attempt(), drop_draft=True)
    assert list(book.attempts(None)) == []
    book._file.execute("drop trigger broken")
    book.add(attempt(), drop_draft=True)
    assert len(list(book.attempts(None))) == 1
