"""A process from start to end: what it is given, how it ends, and that nothing is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dlgrade.errors import MachineError, UsageError
from dlgrade.sandbox import Limits, Process, _bubblewrap, _host, _slots, _view, start
from dlgrade.sandbox._keeper import keeper

PYTHON = [sys.executable, "-I", "-S", "-c"]
LIMITS = Limits(wall_seconds=30, memory_bytes=1 << 30, processes=64)
ROOT = os.getuid() == 0 if sys.platform == "linux" else False

both = pytest.mark.parametrize("isolation", ["required", "plain"])
as_root = pytest.mark.skipif(not ROOT, reason="only root changes to another uid")
pytestmark = pytest.mark.usefixtures("bubblewrap", "leaves_nothing")


@pytest.fixture
def run(environment: dict[str, str]) -> Callable[..., Process]:
    def run(code: str, isolation: str = "required", **more: object) -> Process:
        given = {"limits": LIMITS, "environment": environment, "isolation": isolation, **more}
        return start([*PYTHON, code], **given)  # type: ignore[arg-type]

    return run


@both
def test_it_talks_over_its_pipes(run: Callable[..., Process], isolation: str) -> None:
    with run("import sys; sys.stdout.write(sys.stdin.readline()[::-1]); sys.stderr.write('log')", isolation) as it:
        assert it.isolation == ("plain" if isolation == "plain" else "bubblewrap")
        it.stdin.write(b"hello\n")
        it.stdin.flush()
        assert it.stdout.read() == b"\nolleh"
        ended = it.wait(10)
    assert (ended.why, ended.code, ended.says, it.log) == ("exited", 0, "ended", "log")
    assert it.ended is it.poll() is ended


@both
def test_exit_codes_and_signals(run: Callable[..., Process], isolation: str) -> None:
    with run("raise SystemExit(7)", isolation) as it:
        assert (it.wait(10).why, it.wait().code, it.wait().says) == ("exited", 7, "ended with exit code 7")
    with run("import os; os.kill(os.getpid(), 9)", isolation) as it:
        assert (it.wait(10).why, it.wait().signal) == ("signal", 9)


@both
@pytest.mark.parametrize(
    ("code", "limits", "why"),
    [
        ("import time; time.sleep(30)", Limits(wall_seconds=0.3), "wall"),
        ("while True: pass", Limits(cpu_seconds=0.3, wall_seconds=30), "cpu"),
        ("x = b'x' * 300_000_000; import time; time.sleep(30)", Limits(memory_bytes=100_000_000), "memory"),
    ],
)
def test_limits(run: Callable[..., Process], isolation: str, code: str, limits: Limits, why: str) -> None:
    with run(code, isolation, limits=limits) as it:
        assert it.wait(20).why == why


def test_processes_are_counted_without_a_sandbox(run: Callable[..., Process]) -> None:
    code = "import os, time\nfor _ in range(30): os.fork() == 0 and time.sleep(30)\ntime.sleep(30)"
    with run(code, "plain", limits=Limits(processes=10, wall_seconds=20)) as it:
        assert it.wait(20).why == "processes"


@both
def test_a_wait_that_is_over_leaves_it_running(run: Callable[..., Process], isolation: str) -> None:
    with run("input(); print('still here')", isolation) as it:
        with pytest.raises(TimeoutError):
            it.wait(0.1)
        assert it.poll() is None
        it.stdin.write(b"\n")
        it.stdin.flush()
        assert it.stdout.readline() == b"still here\n"


@both
def test_killed_by_us(run: Callable[..., Process], isolation: str) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    with run(deaf, isolation) as it:
        it.stdout.readline()
        assert it.kill().why == "killed"
        assert it.kill().why == "killed"
    with run("pass", isolation) as it:
        it.wait(10)
        assert it.kill().why == "exited"


@both
def test_a_descendant_that_left_is_gone(run: Callable[..., Process], isolation: str) -> None:
    daemon = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
os.wait()
"""
    with run(daemon, isolation) as it:
        assert it.wait(20).why == "exited"


@both
def test_its_pipes_may_close_early(run: Callable[..., Process], isolation: str) -> None:
    code = "import os, time; os.close(0); os.close(1); os.write(2, b'closed'); time.sleep(60)"
    with run(code, isolation, limits=Limits(wall_seconds=0.7)) as it:
        while it.log != "closed":
            time.sleep(0.01)
        it.stdin.write(b"left in the buffer")  # closing must not stumble over it
        assert it.stdout.read() == b""
        assert it.wait(10).why == "wall"


@both
def test_the_log_keeps_the_end(run: Callable[..., Process], isolation: str) -> None:
    code = "import sys\nfor i in range(100_000): print(i, file=sys.stderr)\nsys.stderr.buffer.write(b'\\xff!')"
    with run(code, isolation, limits=Limits(wall_seconds=30, log_bytes=100)) as it:
        it.wait(20)
    assert len(it.log.encode()) <= 102  # the last byte is not UTF-8 and became a longer sign
    assert it.log.endswith("99999\n\ufffd!")


def test_what_is_readable(run: Callable[..., Process], tmp_path: Path) -> None:
    for name in ("shown", "hidden"):
        (tmp_path / name / "below").mkdir(parents=True)
        (tmp_path / name / "below" / "file").write_text(name)
    shown, hidden = tmp_path / "shown", tmp_path / "hidden"
    code = f"""
import os
print(open({str(shown / "below/file")!r}).read(), os.listdir({str(tmp_path)!r}))
print(os.path.exists({str(hidden)!r}))
"""
    with run(code, readable=[shown]) as it:
        assert it.stdout.read().decode() == "shown ['shown']\nFalse\n"


@as_root
def test_what_only_root_may_read_is_copied_but_no_link_followed(run: Callable[..., Process], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    submission = tmp_path / "submission"
    (submission / "below").mkdir(parents=True)
    (submission / "below" / "data").write_text("data")
    (submission / "code.py").write_text("code")
    (submission / "link").symlink_to(secret)
    os.mkfifo(submission / "pipe")
    alone = tmp_path / "alone.py"
    alone.write_text("alone")
    for path in (submission / "below" / "data", submission / "code.py", alone):
        path.chmod(0o600)
    submission.chmod(0o700)
    code = f"""
import os
os.chdir({str(submission)!r})
print(open("code.py").read(), open("below/data").read(), open({str(alone)!r}).read(), sorted(os.listdir()))
for name in ("code.py", "below/data", "new", "below/new", {str(alone)!r}):
    try:
        open(name, "w").close()
        print("wrote", name)
    except OSError:
        pass
"""
    with run(code, readable=[submission, alone]) as it:
        assert it.stdout.read().decode() == "code data alone ['below', 'code.py']\n", it.log
    assert (submission / "code.py").read_text() == "code"


@as_root
def test_what_is_too_large_to_be_copied(
    run: Callable[..., Process], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_view, "_COPY_BYTES", 10)
    (tmp_path / "large").write_bytes(bytes(11))
    (tmp_path / "large").chmod(0o600)
    with pytest.raises(MachineError, match="too large to be copied") as caught:
        run("pass", readable=[tmp_path / "large"])
    assert "chmod" in caught.value.mend


@as_root
def test_a_folder_below_a_closed_one(run: Callable[..., Process], tmp_path: Path) -> None:
    (tmp_path / "closed" / "open").mkdir(parents=True)
    (tmp_path / "closed" / "open" / "file").write_text("read")
    (tmp_path / "closed").chmod(0o700)
    where = tmp_path / "closed" / "open"
    view = _host.runtime_folder() / "view"
    before = set(keeper().run(lambda: os.listdir(view)))
    with run(f"print(open({str(where / 'file')!r}).read())", readable=[where]) as it:
        assert it.stdout.read() == b"read\n", it.log
        assert os.listdir(view) == []  # the machine's own mounts do not change
    assert set(keeper().run(lambda: os.listdir(view))) == before


def test_what_cannot_be_readable(run: Callable[..., Process], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        run("pass", readable=[tmp_path / "missing"])
    (tmp_path / "link").symlink_to("/etc/shadow")
    with pytest.raises(UsageError, match="symbolic link"):
        run("pass", readable=[tmp_path / "link"])
    with pytest.raises(UsageError, match="no program"):
        start([], limits=LIMITS)


@both
def test_this_package_and_its_dependencies_are_there(environment: dict[str, str], isolation: str) -> None:
    code = "import dlgrade.errors, psutil, os; print(os.environ['PYTHONPATH'].split(os.pathsep)[0], os.getcwd())"
    given = {**environment, "PYTHONPATH": "/first"}
    with start([sys.executable, "-c", code], limits=LIMITS, environment=given, isolation=isolation) as it:  # type: ignore[arg-type]
        said = it.stdout.read().decode().split()
    assert said[0] == "/first", it.log
    assert said[1] != os.getcwd()


def test_torch_exports_and_loads_data_inside(environment: dict[str, str]) -> None:
    code = """
import torch, torch.export
from torch.utils.data import DataLoader, TensorDataset
torch.set_num_threads(1)
net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(72, 3))
carried = torch.export.export(net, (torch.randn(2, 1, 8, 8),))
batches = DataLoader(TensorDataset(torch.zeros(64, 1, 8, 8)), batch_size=32, num_workers=1)
print(len(carried.graph.nodes) > 3, sum(len(x) for x, in batches), torch.cuda.is_available())
"""
    pytest.importorskip("torch")
    limits = Limits(wall_seconds=120, memory_bytes=4 << 30, processes=64, file_bytes=1 << 28, tmp_bytes=1 << 28)
    with start([sys.executable, "-c", code], limits=limits, environment=environment, isolation="required") as it:
        assert it.stdout.read().decode() == "True 64 False\n", it.log
        ended = it.wait(30)
    assert ended.memory_bytes > 50 << 20
    assert ended.cpu_seconds > 0.5


@as_root
def test_slots_are_not_shared_and_used_again(
    run: Callable[..., Process], open_folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = open_folder()
    folder.chmod(0o711)
    monkeypatch.setattr(_host, "runtime_folder", lambda: folder)
    uids = []
    for _ in range(2):
        with run("input()") as one, run("input()") as other:
            uids.append([os.stat(f"/proc/{it.pid}").st_uid for it in (one, other)])
    assert uids == [[_slots.FIRST, _slots.FIRST + 1]] * 2


def test_it_outlives_the_thread_that_started_it(run: Callable[..., Process]) -> None:
    """The kernel's "die with the parent" means the thread that forked."""
    started: list[Process] = []
    thread = threading.Thread(target=lambda: started.append(run("input(); print('alive')")))
    thread.start()
    thread.join()
    with started[0] as it:
        time.sleep(0.2)
        it.stdin.write(b"\n")
        it.stdin.flush()
        assert it.stdout.read() == b"alive\n"


def test_interrupting_the_grader_does_not_reach_it(run: Callable[..., Process]) -> None:
    with run("input()") as it:
        assert os.getpgid(it.pid) != os.getpgid(0)


GRADER = """
import os, sys, time
from dlgrade.sandbox import Limits, _guardian, start
code = "import os, time; os.fork(); print('up', flush=True); time.sleep(600)"
limits, env, isolation = Limits(wall_seconds=600), {mark}, {isolation!r}
it = start([sys.executable, "-I", "-S", "-c", code], limits=limits, environment=env, isolation=isolation)
it.stdout.readline()
print(it.pid, flush=True)
{then}
"""


@both
@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "exit", "exception"])
def test_a_grader_that_dies_leaves_nothing(environment: dict[str, str], how: str, isolation: str) -> None:
    then = {"exit": "sys.exit()", "exception": "1 / 0"}.get(how, "time.sleep(600)")
    code = GRADER.format(mark=environment, then=then, isolation=isolation)
    grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with grader:
        assert grader.stdout is not None
        outer = int(grader.stdout.readline())
        if then.startswith("time"):
            assert Path(f"/proc/{outer}").exists()
            grader.send_signal(getattr(signal, how))
        grader.wait(20)
    for folder in Path(tempfile.gettempdir()).glob("dlgrade-*"):
        assert isolation == "plain"  # whose folder outlives a grader that was killed
        shutil.rmtree(folder)


def test_a_grader_that_dies_while_it_starts_one(environment: dict[str, str], disappeared: Callable[[], bool]) -> None:
    """Bubblewrap binds itself to its parent's life late; what guards those milliseconds is ours."""
    code = f"""
from dlgrade.sandbox import Limits, _bubblewrap
print(flush=True)
while True:
    with _bubblewrap.start(["/bin/sleep", "600"], Limits(), [], {environment}):
        pass
"""
    for i in range(10):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as grader:
            assert grader.stdout is not None
            grader.stdout.readline()
            time.sleep(0.006 * i)
            grader.kill()
        assert disappeared(), f"{0.006 * i:.3f} s"


def test_a_guardian_that_was_killed_is_replaced(environment: dict[str, str]) -> None:
    then = """
_guardian._guardian._process.kill()
_guardian._guardian._process.wait()
it = start([sys.executable, "-I", "-S", "-c", code], limits=limits, environment=env, isolation=isolation)
it.stdout.readline()
os.kill(os.getpid(), 9)
"""
    code = GRADER.format(mark=environment, then=then, isolation="required")
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, timeout=60).returncode == -9


def test_a_forked_grader_starts_its_own(environment: dict[str, str]) -> None:
    code = f"""
import os, sys
from dlgrade.sandbox import Limits, start
def one():
    with start(["/bin/echo", "hi"], limits=Limits(), environment={environment}, isolation="required") as it:
        return it.stdout.read()
assert one() == b"hi\\n"
pid = os.fork()
if pid == 0:
    os._exit(0 if one() == b"hi\\n" else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], timeout=60).returncode == 0


def test_a_sandbox_that_cannot_be_set_up_is_not_the_programs_fault(
    run: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = _bubblewrap._Setup.arguments

    def wrong(*arguments: object) -> list[str]:
        return [*given(*arguments), "--ro-bind", "/nowhere", "/nowhere"]  # type: ignore[arg-type]

    run("pass").close()  # the probe, before anything is wrong
    monkeypatch.setattr(_bubblewrap._Setup, "arguments", wrong)
    try:
        with run("pass") as it:
            assert it.wait(20).why == "unstarted"
            said = it.log
    except MachineError as error:  # it failed before it could be held
        said = error.what
    assert "nowhere" in said


def test_a_bubblewrap_that_refuses_says_why(run: Callable[..., Process], monkeypatch: pytest.MonkeyPatch) -> None:
    run("pass").close()
    monkeypatch.setattr(_bubblewrap._Setup, "arguments", lambda *_: ["--no-such-option"])
    with pytest.raises(MachineError, match="no-such-option") as caught:
        run("pass")
    assert "dlgrade doctor" in caught.value.mend
