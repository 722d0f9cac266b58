"""A zygote from the grader's side: what it serves, and that each of its faults costs nobody anything."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dlgrade.errors import MachineError
from dlgrade.sandbox import Limits, Process, Zygote, _linux, _nursery, _zygote, start, zygote
from dlgrade.sandbox._cores import take as take_core
from dlgrade.sandbox._zygote import program_of

LIMITS = Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=1 << 30, processes=16, tmp_bytes=4 << 20)
PYTHON = [sys.executable, "-I", "-S", "-c"]
ROOT = os.getuid() == 0 if sys.platform == "linux" else False
ANSWERS = "print(input()[::-1], flush=True); input()"

pytestmark = pytest.mark.usefixtures("bubblewrap", "leaves_nothing")


@pytest.fixture
def warm(environment: dict[str, str]) -> Iterator[Zygote]:
    with zygote(serves=lambda _: True, environment=environment) as found:
        found.wait()
        yield found


@pytest.fixture
def run(environment: dict[str, str]) -> Callable[..., Process]:
    def run(code: str, **more: object) -> Process:
        given = {"limits": LIMITS, "environment": environment, "isolation": "required", **more}
        return start([*PYTHON, code], **given)  # type: ignore[arg-type]

    return run


def nursery(of: Zygote) -> int:
    """Its pid here."""
    assert of._process is not None
    return _linux.pid_of(of._process._holder._inner)  # type: ignore[attr-defined]


def answers(process: Process) -> bool:
    process.stdin.write(b"abc\n")
    process.stdin.flush()
    return process.stdout.readline() == b"cba\n"


# -- what it serves ------------------------------------------------------------------------------------------------


def test_what_a_python_would_run() -> None:
    python = sys.executable
    assert program_of([python, "-I", "-c", "pass"]) == ["-c", "pass"]
    assert program_of([python, "-I", "-S", "a.py", "-c"]) == ["a.py", "-c"]
    for argv in ([], [python], [python, "-c"], [python, "-m", "this"], ["/bin/true"], [python, "-I", "-x", "a.py"]):
        assert program_of(argv) is None


def test_a_cell_is_a_process_as_any_other(warm: Zygote, run: Callable[..., Process]) -> None:
    given = warm.given
    with run(ANSWERS) as it:
        assert answers(it)
        assert (it.isolation, it.ended) == ("bubblewrap", None)
        assert Path(f"/proc/{it.pid}").exists()
    assert (it.ended.why if it.ended else "", warm.given) == ("killed", given + 1)
    with run("import sys; print('x', file=sys.stderr); sys.exit(7)") as it:
        assert (it.wait(10).why, it.wait().code, it.log) == ("exited", 7, "x\n")


@pytest.mark.parametrize(
    ("code", "limits", "why"),
    [
        ("import time; time.sleep(30)", Limits(wall_seconds=0.3), "wall"),
        ("while True: pass", Limits(cpu_seconds=0.3, wall_seconds=30), "cpu"),
        ("x = b'x' * 300_000_000; import time; time.sleep(30)", Limits(memory_bytes=100_000_000), "memory"),
        (
            "import time\nwhile True: open('/tmp/x', 'ab').write(b'x' * 1000000)",
            Limits(memory_bytes=60 << 20),
            "memory",
        ),
    ],
)
def test_limits(warm: Zygote, run: Callable[..., Process], code: str, limits: Limits, why: str) -> None:
    with run(code, limits=limits) as it:
        assert it.wait(30).why == why
    assert warm.why_not == ""


def test_what_it_does_not_serve_has_a_worker_of_its_own(
    warm: Zygote, run: Callable[..., Process], environment: dict[str, str], tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    given = warm.given
    sees = "import os; print(len(os.listdir('/proc')) > 0)"
    for more in (
        {"environment": {**environment, "PYTHONHASHSEED": "7"}},
        {"environment": {}},
        {"readable": [tmp_path]},
    ):
        with run(sees, **more) as it:
            assert it.stdout.read() == b"True\n"
    with start(["/bin/echo", "hi"], limits=LIMITS, environment=environment, isolation="required") as it:
        assert it.stdout.read() == b"hi\n"
    assert (warm.given, warm.why_not) == (given, "")


def test_without_a_sandbox_there_is_no_cell(warm: Zygote, run: Callable[..., Process]) -> None:
    given = warm.given
    with run("pass", isolation="plain") as it:
        assert it.isolation == "plain"
    assert warm.given == given


def test_cells_side_by_side_share_neither_uid_nor_core(warm: Zygote, run: Callable[..., Process]) -> None:
    with run(ANSWERS) as one, run(ANSWERS) as other:
        assert answers(one)
        assert answers(other)
        if ROOT:
            assert len({os.stat(f"/proc/{it.pid}").st_uid for it in (one, other)} - {0}) <= 2
            uids = {Path(f"/proc/{it.pid}/status").read_text().split("Uid:\t")[1].split()[0] for it in (one, other)}
            assert len(uids - {"0"}) == 2
        cores = [os.sched_getaffinity(it.pid) for it in (one, other)]
        alone = [found for found in cores if len(found) == 1]
        assert len({*map(tuple, alone)}) == len(alone)
    core = take_core()
    assert core is None or core.release() is None


def test_a_preload_is_there_and_what_fails_is_told(environment: dict[str, str], run: Callable[..., Process]) -> None:
    with zygote("import colorsys", serves=lambda _: True, environment=environment) as it:
        with run("import sys; print('colorsys' in sys.modules)") as cell:
            assert cell.stdout.read() == b"True\n"
        assert it.why_not == ""
    for preload, why in (
        ("1 / 0", "ZeroDivisionError"),
        ("import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()", "threads"),
        ("import os; os._exit(3)", "ended while it was warming"),
    ):
        with zygote(preload, serves=lambda _: True, environment=environment) as it, run(ANSWERS) as worker:
            assert answers(worker)
            assert why in it.why_not
            assert it.given == 0


# -- faults --------------------------------------------------------------------------------------------------------


def test_a_zygote_that_does_not_answer_in_time_is_ended_and_a_worker_serves(
    warm: Zygote, run: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_zygote, "_BIRTH_SECONDS", 0.3)
    os.kill(nursery(warm), signal.SIGSTOP)
    with run(ANSWERS) as it:
        assert answers(it)
    assert "no answer in" in warm.why_not
    assert warm.lost == 0


def test_a_child_that_ignores_sigterm_is_ended(warm: Zygote, run: Callable[..., Process]) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    with run(deaf) as it:
        it.stdout.readline()
        os.kill(it.pid, signal.SIGTERM)
        time.sleep(0.1)
        assert it.ended is None
        assert it.kill().why == "killed"
    assert warm.why_not == ""


def test_a_full_tmp_is_full_for_one_only(warm: Zygote, run: Callable[..., Process]) -> None:
    fills = """
import errno
try:
    with open('/tmp/large', 'wb') as file:
        while True: file.write(bytes(1 << 16))
except OSError as error:
    print(errno.errorcode[error.errno], flush=True)
input()
"""
    writes = "input(); open('/tmp/small', 'w').write('x' * 1000); print('written', flush=True); input()"
    with run(fills) as one, run(writes) as other:
        assert one.stdout.readline() == b"ENOSPC\n"
        other.stdin.write(b"\n")
        other.stdin.flush()
        assert other.stdout.readline() == b"written\n"
    with run(ANSWERS) as third:
        assert answers(third)
    assert warm.why_not == ""


def test_a_cell_that_the_kernel_kills_takes_nobody_with_it(warm: Zygote, run: Callable[..., Process]) -> None:
    """As when the machine is out of memory; the kernel is told to choose cells first."""
    with run(ANSWERS) as one, run(ANSWERS) as other:
        assert answers(one)
        assert Path(f"/proc/{one.pid}/oom_score_adj").read_text().strip() == "1000"
        assert int(Path(f"/proc/{nursery(warm)}/oom_score_adj").read_text()) < 1000
        os.kill(one.pid, signal.SIGKILL)
        ended = one.wait(10)
        assert (ended.why, ended.signal) == ("signal", 9)
        assert answers(other) or other.ended is None
    assert (warm.why_not, warm.lost) == ("", 0)


def test_a_reply_that_nobody_understands_ends_the_zygote_and_a_worker_serves(
    warm: Zygote, run: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_nursery, "ISOLATED", b"walled in")
    with run(ANSWERS) as it:
        assert answers(it)
    assert "isolated" in warm.why_not


def test_an_end_that_nobody_understands_is_nobodys_fault(
    warm: Zygote, run: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_nursery, "ENDED", b"is over ")
    with run("pass") as it:
        assert it.wait(20).why == "lost"
    assert warm.lost == 1


def test_the_end_of_the_zygote_is_that_of_its_cells_and_not_their_doing(
    warm: Zygote, run: Callable[..., Process]
) -> None:
    with run(ANSWERS) as one, run(ANSWERS) as other:
        assert answers(one)
        os.kill(nursery(warm), signal.SIGKILL)
        assert {it.wait(20).why for it in (one, other)} == {"lost"}
        with pytest.raises(MachineError, match="lost"):
            one.kill()
    assert warm.lost == 2
    with run(ANSWERS) as third:
        assert answers(third)


def test_a_question_under_which_the_zygote_ends_is_asked_in_vain_and_no_verdict(environment: dict[str, str]) -> None:
    from dlgrade import dialogue

    names = dialogue._THREADS | environment
    with zygote(serves=lambda _: True, environment=names) as warm:
        limits = Limits(wall_seconds=60, memory_bytes=1 << 30, processes=16)
        worker = dialogue.started("dlgrade.worker.__main__", limits=limits, environment=environment)
        assert warm.given == 2, warm.why_not  # the trial, and this
        files = [
            {"name": "a.py", "module": "a", "source": "import time; time.sleep(60)", "prelude": "", "original": ""}
        ]
        threading.Timer(0.5, os.kill, (nursery(warm), signal.SIGKILL)).start()
        with pytest.raises(MachineError, match="lost"):
            worker.ask({"do": "load", "files": files, "stand_ins": [], "seed": 0}, 30)


def test_a_closed_zygote_leaves_nothing_and_gives_nothing(
    environment: dict[str, str], run: Callable[..., Process], disappeared: Callable[[], bool]
) -> None:
    with zygote(serves=lambda _: True, environment=environment) as it:
        process = run(ANSWERS)
        assert answers(process)
    assert disappeared()
    assert process.wait(10).why == "lost"
    process.close()
    assert it.why_not == "it was closed"
