"""Inside a cell: nothing succeeds but what the allowlist names, and what is shared with a sibling is drawn anew."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dlgrade.sandbox import Limits, Process, Zygote, _allowlist, _seccomp, start, zygote

PROBE = Path(__file__).with_name("probe_in_cell.py")
LIMITS = Limits(
    wall_seconds=120, cpu_seconds=100, memory_bytes=2 << 30, processes=16, file_bytes=8 << 20, tmp_bytes=16 << 20
)
KINDS = ["calls", "judged", "sockets", "signals", "writing"]
PYTHON = [sys.executable, "-I", "-S", "-c"]

pytestmark = pytest.mark.usefixtures("bubblewrap", "leaves_nothing")


@pytest.fixture
def warm(environment: dict[str, str]) -> Iterator[Zygote]:
    with zygote("import random", serves=lambda _: True, readable=[PROBE], environment=environment) as found:
        found.wait()
        yield found


@pytest.fixture
def run(warm: Zygote, environment: dict[str, str]) -> Callable[..., Process]:
    def run(code: str, **more: object) -> Process:
        given = {"limits": LIMITS, "environment": environment, "isolation": "required", **more}
        process = start([*PYTHON, code], **given)  # type: ignore[arg-type]
        assert warm.why_not == ""
        return process

    return run


def test_nothing_succeeds_but_what_the_allowlist_names(warm: Zygote, environment: dict[str, str]) -> None:
    column = _seccomp.MACHINES[platform.machine()][1]
    judged = {name: numbers[column] for name, numbers in _allowlist.JUDGED.items()}
    allowed = [numbers[column] for numbers in _allowlist.ALLOWED.values()] + list(judged.values())
    with start(
        [sys.executable, "-I", "-S", str(PROBE)], limits=LIMITS, readable=[PROBE], environment=environment,
        isolation="required",
    ) as process:  # fmt: skip
        facts = {"kinds": KINDS, "allowed": allowed, "judged": judged}
        process.stdin.write(json.dumps(facts).encode() + b"\n")
        process.stdin.flush()
        found = json.loads(process.stdout.readline() or "{}")
        ended = process.wait(120)
    assert (ended.why, ended.code) == ("exited", 0), f"{ended} {process.log}"
    assert [wrong for _, wrong in found.values()] == [[]] * len(KINDS)
    tried = {name: count for name, (count, _) in found.items()}
    assert tried["calls"] > 300
    assert tried["sockets"] >= 400
    assert tried["signals"] >= 80_000
    assert tried["writing"] > 1000
    assert warm.given >= 2


def test_the_same_probe_finds_what_a_single_use_worker_allows(environment: dict[str, str]) -> None:
    """Otherwise the test above would pass whatever a cell is like."""
    with start(
        [sys.executable, "-I", "-S", str(PROBE)], limits=LIMITS, readable=[PROBE], environment=environment,
        isolation="required",
    ) as process:  # fmt: skip
        process.stdin.write(json.dumps({"kinds": ["sockets"]}).encode() + b"\n")
        process.stdin.flush()
        found = json.loads(process.stdout.readline())
    assert found["sockets"][1], "Unix sockets are there"


def test_it_is_the_first_process_of_its_own_and_sees_no_other(run: Callable[..., Process]) -> None:
    code = "import os; print(os.getpid(), os.getppid(), os.getuid(), os.listdir('/proc'), os.listdir('/dev/pts'))"
    with run(code) as it:
        assert it.stdout.read() == b"1 0 1000 [] []\n"


def test_two_cells_draw_different_numbers(run: Callable[..., Process]) -> None:
    code = "import random, tempfile; print(random.random(), tempfile.mkdtemp())"
    said = []
    for _ in range(2):
        with run(code) as it:
            said.append(it.stdout.read().split())
    assert len({*said[0], *said[1]}) == 4, said


def test_what_one_writes_the_next_does_not_find(run: Callable[..., Process]) -> None:
    code = "import os; print(os.listdir('/tmp'), os.listdir('/dev/shm')); open('/tmp/a', 'w'); open('/dev/shm/b', 'w')"
    for _ in range(2):
        with run(code) as it:
            assert it.stdout.read() == b"[] []\n"
            assert it.wait(10).code == 0


def test_a_process_that_kills_itself_ends_though_it_is_the_first(run: Callable[..., Process]) -> None:
    for code in ("os.kill(os.getpid(), 9)", "os.kill(0, 9)", "signal.raise_signal(9)", "os.abort()", "os.kill(1, 19)"):
        with run(f"import os, signal; {code}; print('goes on')") as it:
            assert it.stdout.read() == b""
            assert it.wait(10).why == "signal", code


def test_its_end_is_the_end_of_all_it_started(run: Callable[..., Process], disappeared: Callable[[], bool]) -> None:
    code = "import os, time\nfor _ in range(3): os.fork() == 0 and time.sleep(600)\nprint('made', flush=True)"
    with run(code) as it:
        assert it.stdout.readline() == b"made\n"
        assert it.wait(10).why == "exited"


def test_a_filter_for_each_machine_is_short_enough_for_the_kernel() -> None:
    for machine in ("x86_64", "aarch64"):
        assert 0 < len(_allowlist.program(machine)) // 8 <= 4096
