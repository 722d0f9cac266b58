"""The parts of the sandbox by themselves, where they can be tried without it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dlgrade.errors import MachineError
from dlgrade.sandbox import Ended, Limits, _cgroup, _host, _linux, _meter, _shell, _slots, _view
from dlgrade.sandbox._keeper import Keeper
from dlgrade.sandbox._nouns import Usage
from dlgrade.sandbox._process import _exceeded, _next_tick

linux = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is for Linux")
ROOT = os.getuid() == 0 if sys.platform == "linux" else False


def test_limits_are_positive() -> None:
    assert Limits().log_bytes == 65536
    for name in ("wall_seconds", "memory_bytes", "processes", "log_bytes"):
        with pytest.raises(ValueError, match=name):
            Limits(**{name: 0})


def test_every_end_has_words() -> None:
    for why in ("wall", "cpu", "memory", "processes", "killed", "unstarted", "exited", "signal"):
        assert len(Ended(why, 1, 9).says) > 10


def test_what_exceeds() -> None:
    limits = Limits(wall_seconds=1, cpu_seconds=2, memory_bytes=100, processes=3)
    assert _exceeded(limits, Usage(100, 2, 3), 1) is None
    assert _exceeded(limits, Usage(), 1.1) == "wall"
    assert _exceeded(limits, Usage(cpu_seconds=2.1), 0) == "cpu"
    assert _exceeded(limits, Usage(memory_bytes=101), 0) == "memory"
    assert _exceeded(limits, Usage(processes=4), 0) == "processes"
    assert _exceeded(Limits(), Usage(1 << 60, 1e9, 1 << 20), 1e9) is None
    assert _next_tick(limits, Usage(51), 0) < _next_tick(limits, Usage(49), 0)
    assert _next_tick(limits, Usage(), 0.99) == pytest.approx(0.01)


def test_the_shell_line() -> None:
    limits = Limits(cpu_seconds=1.5, file_bytes=2048)
    line = _shell.limited(["prog", "a b", "$(x)"], limits, processes=9)
    assert line[:2] == ["/bin/sh", "-c"]
    assert line[3:] == ["sh", "prog", "a b", "$(x)"]
    for part in ("ulimit -c 0", "ulimit -t 3", "ulimit -f 4", "ulimit -u 9 || ulimit -p 9", 'exec "$@"'):
        assert part in line[2]
    assert "ulimit -u" not in _shell.limited(["prog"], limits)[2]


@linux
def test_the_shell_sets_the_limits() -> None:
    code = "import resource as r; print([r.getrlimit(n) for n in (r.RLIMIT_CORE, r.RLIMIT_CPU, r.RLIMIT_FSIZE)])"
    line = _shell.limited([sys.executable, "-c", code], Limits(cpu_seconds=8, file_bytes=51_200))
    assert subprocess.check_output(line, text=True).strip() == "[(0, 0), (10, 10), (51200, 51200)]"


@linux
def test_slots_are_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = _slots.take(tmp_path), _slots.take(tmp_path)
    assert (one.uid, two.uid) == (_slots.FIRST, _slots.FIRST + 1)
    code = f"""
import pathlib, sys
from dlgrade.sandbox import _slots
print(_slots.take(pathlib.Path({str(tmp_path)!r})).uid)
"""
    assert int(subprocess.check_output([sys.executable, "-c", code])) == _slots.FIRST + 2  # another process
    copy = os.dup(one.descriptor)
    one.release()
    three = _slots.take(tmp_path)
    assert three.uid == _slots.FIRST + 2  # a copy of the first still holds it
    os.close(copy)
    four = _slots.take(tmp_path)
    assert four.uid == _slots.FIRST
    monkeypatch.setattr(_slots, "LAST", _slots.FIRST + 2)
    with pytest.raises(MachineError, match="All 3 places"):
        _slots.take(tmp_path)
    for slot in (two, three, four):
        slot.release()


@linux
def test_a_uid_of_somebody_is_no_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_linux, "is_account", lambda uid: uid == _slots.FIRST)
    slot = _slots.take(tmp_path)
    assert slot.uid == _slots.FIRST + 1
    slot.release()
    assert _linux.is_account.__name__ == "<lambda>"


@pytest.mark.skipif(not ROOT, reason="only root has such a folder")
def test_a_runtime_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    folder = _host.runtime_folder()
    assert folder == tmp_path / "dlgrade"
    os.chown(folder, 12345, 12345)
    with pytest.raises(MachineError, match="root's own"):
        _host.runtime_folder()
    folder.rmdir()
    folder.symlink_to("/tmp")
    with pytest.raises((MachineError, OSError)):
        _host.runtime_folder()


def test_the_keeper_hands_on_what_fails() -> None:
    keeper = Keeper()
    assert keeper.run(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        keeper.run(lambda: 1 // 0)
    assert keeper.run(lambda: 4) == 4


# ---- control groups: on a made-up tree, and on the machine's own where it has one ----


def hierarchy(tmp_path: Path, ours: str, controllers: dict[str, str]) -> Path:
    """A proc folder and a tree of groups that say what a machine's would."""
    top = tmp_path / "cgroup"
    for name, value in controllers.items():
        (top / name).mkdir(parents=True, exist_ok=True)
        (top / name / "cgroup.subtree_control").write_text(value)
        (top / name / "cgroup.procs").write_text("")
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "mountinfo").write_text(
        f"22 1 8:1 / / rw - ext4 /dev/sda rw\n30 22 0:26 / {top} rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"
    )
    (proc / "cgroup").write_text(f"0::{ours}\n")
    return proc


@pytest.mark.parametrize(
    ("ours", "controllers", "expected"),
    [
        ("/a/b/c", {"a/b/c": "", "a/b": "cpu memory pids", "a": "memory"}, "a/b"),
        ("/a/b", {"a/b": "cpu", "a": "memory"}, "a"),
        ("/", {"": "memory"}, ""),
        ("/a", {"a": "cpu", "": "cpu pids"}, None),
    ],
)
def test_where_groups_can_be_made(tmp_path: Path, ours: str, controllers: dict[str, str], expected: str | None) -> None:
    proc = hierarchy(tmp_path, ours, controllers)
    found = _cgroup.parent(proc)
    assert found == (None if expected is None else tmp_path / "cgroup" / expected)


def test_no_version_two(tmp_path: Path) -> None:
    (tmp_path / "mountinfo").write_text("25 22 0:23 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n")
    (tmp_path / "cgroup").write_text("4:memory:/x\n")
    assert _cgroup.parent(tmp_path) is None
    assert _cgroup.create(Limits(), 1, None) is None


def test_what_is_written_to_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Path.mkdir

    def mkdir(self: Path, *arguments: object, **options: object) -> None:
        made(self, *arguments, **options)  # type: ignore[arg-type]
        (self / "pids.max").write_text("max")

    monkeypatch.setattr(Path, "mkdir", mkdir)
    group = _cgroup.create(Limits(memory_bytes=1000, processes=5), 4321, tmp_path)
    assert group is not None
    written = {path.name: path.read_text() for path in group.folder.iterdir()}
    assert written == {
        "memory.max": "1000",
        "memory.oom.group": "1",
        "memory.swap.max": "0",
        "pids.max": "6",
        "cgroup.procs": "4321",
    }


def test_what_is_read_from_a_group(tmp_path: Path) -> None:
    group = _cgroup.Group(tmp_path)
    assert (group.memory_bytes(), group.cpu_seconds(), group.ran_out_of_memory()) == (0, 0.0, False)
    (tmp_path / "memory.current").write_text("4096\n")
    (tmp_path / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
    (tmp_path / "memory.events").write_text("low 0\noom 1\noom_kill 3\noom_group_kill 1\n")
    assert (group.memory_bytes(), group.cpu_seconds(), group.ran_out_of_memory()) == (4096, 2.5, True)


def test_a_group_that_cannot_be_made_is_none(tmp_path: Path) -> None:
    assert _cgroup.create(Limits(), 1, tmp_path / "missing") is None


@linux
def test_a_real_group_is_killed_and_removed() -> None:
    """On any version 2 hierarchy that we may write to, even one that limits nothing."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    places = [Path(words[1]) for words in mounts if words[2] == "cgroup2" and os.access(words[1], os.W_OK)]
    if not places or not ROOT:
        pytest.skip("there is no control group hierarchy (version 2) to write to")
    sleeper = subprocess.Popen(["sleep", "60"])
    group = _cgroup.create(Limits(), sleeper.pid, places[0])
    if group is None:
        sleeper.kill()
        sleeper.wait()
        pytest.skip("the hierarchy takes no process from here")
    assert str(sleeper.pid) in (group.folder / "cgroup.procs").read_text().split()
    group.remove()
    assert sleeper.wait(5) == -9
    assert not group.folder.exists()


# ---- the meter ----


@linux
def test_shared_memory_counts_once() -> None:
    code = """
import os, time
held = b"x" * 100_000_000
for _ in range(3):
    if os.fork() == 0:
        break
print("ready", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, process_group=0) as process:
        assert process.stdout is not None
        for _ in range(4):
            process.stdout.readline()
        meter = _meter.TreeMeter(process.pid)
        whole, shared = meter.read(), meter.read(memory_limit=1)
        os.killpg(process.pid, 9)
    assert whole.processes == shared.processes == 4
    assert whole.memory_bytes > 400_000_000
    assert 100_000_000 < shared.memory_bytes < 200_000_000


@pytest.mark.parametrize("kind", [pytest.param(_meter.TreeMeter, marks=linux), _meter.PsutilMeter])
def test_processor_time_never_goes_down(kind: Callable[[int], _meter.PsutilMeter]) -> None:
    code = """
import os, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
if os.fork() == 0:
    burn(0.3); os._exit(0)
os.wait()
burn(0.1)
print("done", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        meter = kind(process.pid)
        seen: list[float] = []
        end = time.monotonic() + 20
        while (not seen or seen[-1] < 0.35) and time.monotonic() < end:
            seen.append(meter.read().cpu_seconds)
            time.sleep(0.01)
        process.kill()
    assert seen == sorted(seen)
    assert 0.35 <= seen[-1] < 1
    assert meter.read().cpu_seconds >= seen[-1]
    assert meter.read().processes == 0


def test_a_tree_that_is_gone_holds_nothing() -> None:
    assert _meter.PsutilMeter(1 << 30).read() == Usage()
    if sys.platform == "linux":
        assert _meter.TreeMeter(1 << 30).read(1) == Usage()
        assert _meter.NamespaceMeter(1 << 30).read(1) == Usage()


@linux
def test_the_meter_does_not_take_our_processes_for_the_sandboxes() -> None:
    """Before the sandbox has a root of its own, its root is ours: /proc there lists the whole machine."""
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        assert _meter.NamespaceMeter(sleeper.pid).read() == Usage()
        sleeper.kill()


# ---- what is seen ----


def test_what_is_covered_is_not_shown_twice(tmp_path: Path) -> None:
    real = tmp_path / "real"
    (real / "bin").mkdir(parents=True)
    (real / "bin" / "python3").write_text("")
    (real / "bin" / "python").symlink_to("python3")
    (tmp_path / "link").symlink_to("real")
    shown = _view._shown([real / "bin", real / "bin/python", tmp_path / "link/bin", tmp_path / "missing"])
    assert set(shown) == {
        _view.Shown(real / "bin", real / "bin"),
        _view.Shown(real / "bin", tmp_path / "link/bin"),
    }


def test_each_link_to_an_interpreter_is_shown(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("")
    (tmp_path / "b").symlink_to("c")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    assert [path.name for path in _view._links(tmp_path / "a")] == ["a", "b", "c"]
    (tmp_path / "round").symlink_to("round")
    assert len(list(_view._links(tmp_path / "round"))) == 40


def test_nothing_beside_an_environment_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Some make an environment out of their whole project, hidden graders and all."""
    for name in ("bin", "lib", "graders"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    shown = {one.at for one in _view.interpreter.__wrapped__()}
    assert {tmp_path / "bin", tmp_path / "lib"} <= shown
    assert not {tmp_path / "graders", tmp_path} & shown
    package = Path(_view.__file__).parent.parent
    assert package in shown
    assert package.parent not in shown


def test_who_may_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "folder").mkdir(mode=0o755)
    (tmp_path / "folder" / "file").write_text("")
    (tmp_path / "folder" / "link").symlink_to("/nowhere")
    (tmp_path / "folder" / "file").chmod(0o644)
    assert _view.open_to_all(tmp_path / "folder")
    (tmp_path / "folder" / "file").chmod(0o640)
    assert not _view.open_to_all(tmp_path / "folder")
    (tmp_path / "folder").chmod(0o700)
    assert not _view.passable(tmp_path / "folder" / "file")
    assert _view.passable(Path("/usr/bin/env"))


def test_the_systems_own_folders_are_few() -> None:
    shown = {str(one.at) for one in _view.system()}
    assert not shown & {"/", "/home", "/root", "/etc", "/var", "/opt", "/run", "/tmp", "/usr", "/usr/local"}
    assert "/usr/lib" in shown or sys.platform != "linux"
