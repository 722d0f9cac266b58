"""``dlgrade grade`` as an instructor sees it: stopped, killed, run again, misused."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.batch.conftest import HANDED_IN, RIGHT, of_a_run, timeless, write_class

from dlgrade.gradebook import Attempt, Gradebook

pytestmark = pytest.mark.timeout(900)  # a busy machine takes its time

COMMAND = [sys.executable, "-c", "from dlgrade.cli import main; main()"]
SLOW = "import time\ndef double(n):\n    time.sleep(0.3)\n    return 2 * n\n"


def attempts(book: Path) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = {}
    with Gradebook(book, read_only=True) as opened:
        for attempt in opened.attempts(None, "assignment", "double"):
            found.setdefault(attempt.who, []).append(attempt)
    return found


def timeless_of(book: Path) -> dict[str, list[str]]:
    return {who: [timeless(one) for one in many] for who, many in attempts(book).items()}


@pytest.fixture
def start(course: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start ``dlgrade grade`` as a shell does, in a process group of its own."""

    def run(book: str = "grades.sqlite", *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, "--course", str(course), "grade", "in", "-a", "double", "--gradebook", book, "--to",
             f"{book}-reports", "--jobs", "2", *args],
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    return run


def family(pid: int) -> list[psutil.Process]:
    return [process for process in psutil.Process(pid).children(recursive=True) if of_a_run(process)]


def wait_until_gone(processes: list[psutil.Process]) -> None:
    deadline = time.monotonic() + 20
    while left := [process for process in processes if process.is_running() and of_a_run(process)]:
        assert time.monotonic() < deadline, f"left: {left}"
        time.sleep(0.1)


def test_killed_at_any_moment_it_goes_on_and_ends_like_a_clean_run(start: Callable, tmp_path: Path) -> None:
    names = [f"s{number:02}" for number in range(10)]
    texts = {who: SLOW + f"# {who}\n" for who in names} | {"wrong": HANDED_IN["wrong"], "raises": HANDED_IN["raises"]}
    write_class(tmp_path / "in", texts)
    clean = start("clean.sqlite")
    assert clean.communicate()[1].count(" of 12  ") == 12
    assert clean.returncode == 0

    draws = random.Random(20261121)
    seen = 0
    for _ in range(3):
        killed = start("killed.sqlite")
        with_children: list[psutil.Process] = []
        end = time.monotonic() + draws.uniform(1.0, 7.0)
        while time.monotonic() < end and killed.poll() is None:
            with_children = family(killed.pid) or with_children
            time.sleep(0.05)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
        wait_until_gone(with_children)
        if (tmp_path / "killed.sqlite").exists():
            now = len(attempts(tmp_path / "killed.sqlite"))
            assert now >= seen, "what was written stays"
            seen = now
    last = start("killed.sqlite")
    _, told = last.communicate()
    assert last.returncode == 0, told
    assert timeless_of(tmp_path / "killed.sqlite") == timeless_of(tmp_path / "clean.sqlite")
    assert all(len(many) == 1 for many in attempts(tmp_path / "killed.sqlite").values())
    pages = {path.name for path in (tmp_path / "killed.sqlite-reports").iterdir()}
    assert pages == {"index.html", *(f"{who}.html" for who in texts)}


def test_on_a_terminal_there_is_a_bar(course: Path, tmp_path: Path) -> None:
    write_class(tmp_path / "in", {"s1": RIGHT, "s2": RIGHT})
    ours, theirs = os.openpty()
    command = [*COMMAND, "--course", str(course), "grade", "in", "-a", "double"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs, text=True) as running:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # how the end of a terminal reads on Linux
            while more := os.read(ours, 1 << 16):
                shown += more
        os.close(ours)
        assert running.stdout is not None
        assert "graded now    2" in running.stdout.read()
    assert "0/2" in shown.decode()
    assert "━━━" in shown.decode()
    assert ": 5 of 5 points" in shown.decode()


def test_the_layouts_to_choose_from_are_those_that_are_read() -> None:
    from dlgrade.cli._grade import _LAYOUTS
    from dlgrade.intake import LAYOUTS

    assert _LAYOUTS == LAYOUTS


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(start: Callable, tmp_path: Path) -> None:
    write_class(tmp_path / "in", {f"s{number}": SLOW for number in range(8)})
    running = start()
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith("2 of 8"):
            break
    with_children = family(running.pid)
    os.killpg(running.pid, signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "stopped; what was graded is kept, and the same command goes on with the rest" in told
    assert "Traceback" not in told
    wait_until_gone(with_children)
    kept = len(attempts(tmp_path / "grades.sqlite"))
    assert 2 <= kept < 8
    again = start()
    _, told = again.communicate()
    assert f"{8 - kept} to grade, 2 at a time, {kept} unchanged" in told
    assert again.returncode == 0


def test_a_class_from_a_folder_with_a_roster_to_grades(dlgrade: Callable, course: Path, tmp_path: Path) -> None:
    folder = write_class(tmp_path / "in", {"s1": RIGHT, "s2": HANDED_IN["wrong"], "s9": RIGHT})
    (tmp_path / "roster.csv").write_text("id,name\ns1,One\ns2,Two\ns3,Three\n")
    ran = dlgrade("--course", course, "grade", folder, "-a", "double", "--roster", tmp_path / "roster.csv")
    assert ran.code == 0, ran.text
    assert "2 submissions (files), 1 refused, 1 of the roster missing" in ran.err
    assert "1 of 2" in ran.err
    assert "graded now    2" in ran.out
    assert "missing       1" in ran.out
    assert "refused: s9" in ran.out
    assert "median        3.5 of 5 points" in ran.out
    assert "dlgrade grades show double" in ran.out
    shown = dlgrade("--course", course, "grades", "show", "double")
    assert "Three" in shown.out
    assert Path("double-reports/s1.html").exists()

    (folder / "s2.py").write_text(RIGHT)
    (folder / "s1.py").write_text(RIGHT + "# new\n")
    ran = dlgrade("--course", course, "grade", folder, "-a", "double", "--student", "s2", "--quiet")
    assert "graded now    1" in ran.out
    assert "1 of 1" not in ran.err
    assert {who: [one.points for one in many] for who, many in attempts(Path("grades.sqlite")).items()} == {
        "s1": [5], "s2": [2, 5],
    }  # fmt: skip


def test_names_of_strangers_are_harmless_where_they_are_told(dlgrade: Callable, course: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "e\x1b[31mvil.py").write_text("raise SystemExit('\x1b[2J')\n")
    (folder / "=cmd().py").write_text("def double(n):\n    raise ValueError('\x1b]0;title\x07')\n")
    ran = dlgrade("--course", course, "grade", folder, "-a", "double")
    assert "\x1b" not in ran.text
    assert "\x07" not in ran.text
    assert ran.code == 0


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["nowhere", "-a", "double"], 2, "nowhere"),
        (["empty", "-a", "double"], 2, "empty"),
        (["in", "-a", "doubel"], 2, "Did you mean double?"),
        (["in", "-a", "double", "--student", "nobody"], 2, "nobody"),
        (["in", "-a", "double", "--slurm", "partition"], 2, "KEY=VALUE"),
        (["in", "-a", "double", "--engine", "slurm"], 3, "there is no Slurm on this machine"),
        (["in", "-a", "double", "--gradebook", "in/s1.py"], 3, "cannot be used as a gradebook"),
        (["in", "-a", "double", "--to", "in/s1.py/reports"], 3, "cannot be written"),
        (["in", "-a", "double", "--device", "mps"], 0, ""),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_mend(
    dlgrade: Callable, course: Path, args: list[str], code: int, says: str
) -> None:
    Path("empty").mkdir()
    write_class(Path("in"), {"s1": RIGHT})
    ran = dlgrade("--course", course, "grade", *args)
    assert ran.code == code, ran.text
    assert says in ran.err
    assert "Traceback" not in ran.text
    if code:
        assert sum(line.startswith("error: ") for line in ran.err.splitlines()) == 1


def test_without_a_sandbox_it_refuses_unless_told(
    dlgrade: Callable, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlgrade.sandbox import _host, _probe

    write_class(Path("in"), {"s1": RIGHT})
    monkeypatch.setattr(_host, "system", lambda: "darwin")
    monkeypatch.setattr(_probe, "_known", None)
    ran = dlgrade("--course", course, "grade", "in", "-a", "double")
    assert ran.code == 3
    assert "the sandbox does not hold here" in ran.err
    assert not Path("grades.sqlite").exists()
    ran = dlgrade("--course", course, "grade", "in", "-a", "double", "--unsafe-no-sandbox")
    monkeypatch.setattr(_probe, "_known", None)
    assert ran.code == 0
    (found,) = attempts(Path("grades.sqlite"))["s1"]
    assert found.results["report"]["isolation"] == "plain"


@pytest.mark.parametrize(("engine", "module"), [("ray", "ray"), ("slurm", "submitit")])
def test_an_engine_that_is_not_installed_says_how_to_install_it(
    dlgrade: Callable, course: Path, monkeypatch: pytest.MonkeyPatch, engine: str, module: str
) -> None:
    write_class(Path("in"), {"s1": RIGHT})
    monkeypatch.setitem(sys.modules, module, None)
    ran = dlgrade("--course", course, "grade", "in", "-a", "double", "--engine", engine)
    assert ran.code == 2
    assert f"pip install 'dlgrade[{engine}]'" in ran.err


def test_a_full_disk_loses_nothing_that_was_written(start: Callable, tmp_path: Path) -> None:
    """The pages go to a file system that holds two or three of them."""
    if os.geteuid() != 0:
        pytest.skip("mounting wants root")
    small = tmp_path / "grades.sqlite-reports"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine mounts nothing")
    write_class(tmp_path / "in", {f"s{number}": RIGHT for number in range(6)})
    try:
        running = start()
        _, told = running.communicate()
        assert running.returncode == 3
        assert "No space left on device" in told
        assert "Traceback" not in told
        kept = attempts(tmp_path / "grades.sqlite")
        assert {f"{who}.html" for who in kept} <= {path.name for path in small.iterdir()}
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert start().wait() == 0
    assert len(attempts(tmp_path / "grades.sqlite")) == 6
