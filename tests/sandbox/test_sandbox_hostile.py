"""Every hostile script, run for real: its header says what must happen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.wall.record import proven

import dlgrade
from dlgrade.sandbox import Limits, _cores, start, zygote

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE / "hostile").glob("*.py"))


@pytest.fixture(scope="module")
def aims(corpus: ModuleType) -> Iterator[dict[str, object]]:
    with corpus.targets() as found:
        yield found


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_hostile_script(script: Path, corpus: ModuleType, aims: dict[str, object], environment: dict[str, str]) -> None:
    if not corpus.fits(script):
        pytest.skip(f"only on {corpus.header(script)['only']}")
    assert corpus.complaint(script, aims, environment) == ""


class Victim:
    """A cell that computes, keeps something in memory and in a file, and looks at the end whether all is as it was."""

    CODE = """
import hashlib, json, os, select, sys, time
held = bytearray(os.urandom(4 << 20))
mark = hashlib.sha256(held).hexdigest()
open("/tmp/mine", "wb").write(held)
open("/dev/shm/mine", "wb").write(held)
for line in sys.stdin:
    began, cpu, rounds = time.monotonic(), time.process_time(), 0
    print("up", flush=True)
    while not select.select([0], [], [], 0)[0]:
        rounds += sum(range(2000)) == 1999000
    share = (time.process_time() - cpu) / (time.monotonic() - began)
    whole = [hashlib.sha256(held).hexdigest() == mark, rounds > 0]
    for folder in ("/tmp", "/dev/shm"):
        whole.append(os.listdir(folder) == ["mine"])
        whole.append(hashlib.sha256(open(folder + "/mine", "rb").read()).hexdigest() == mark)
    sys.stdin.readline()
    print(json.dumps([whole, share]), flush=True)
"""

    def __init__(self, environment: dict[str, str]) -> None:
        limits = Limits(wall_seconds=300, memory_bytes=1 << 30, processes=4, tmp_bytes=16 << 20)
        argv = [sys.executable, "-I", "-S", "-u", "-c", self.CODE]
        self.process = start(argv, limits=limits, environment=environment, isolation="required")

    def beside(self, attack: Callable[[], object]) -> float:
        """The share of a core that it got while the attack ran; all that is its own has to be whole."""
        self._say()
        assert self.process.stdout.readline() == b"up\n", self.process.log
        attack()
        self._say()
        whole, share = json.loads(self.process.stdout.readline())
        assert all(whole), whole
        return float(share)

    def _say(self) -> None:
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_hostile_script_in_a_cell_beside_a_victim(
    script: Path, corpus: ModuleType, aims: dict[str, object], environment: dict[str, str]
) -> None:
    if not corpus.fits(script):
        pytest.skip(f"only on {corpus.header(script)['only']}")
    if proven() and SCRIPTS.index(script) % 10 != 3:
        pytest.skip("held when all of it was run for these files; make wall runs it again")
    with zygote(serves=lambda _: True, readable=[script], environment=environment) as warm:
        victim = Victim(environment)
        with victim.process:
            for last in (False, False, True):  # others use this machine, too, now and then
                calm = beside_one_that_computes(victim, environment, 0.3)
                said: list[str] = []

                def attack(said: list[str] = said) -> None:
                    began = time.monotonic()
                    said.append(corpus.complaint(script, aims, environment, in_cell=True))
                    time.sleep(max(0.0, 0.3 - (time.monotonic() - began)))

                share = victim.beside(attack)
                assert said == [""]
                assert (warm.why_not, warm.lost) == ("", 0)
                if share >= 0.75 * calm:
                    break
                assert not last, f"{share:.2f} of a core beside the attack, {calm:.2f} beside one that computes"


def beside_one_that_computes(
    victim: Victim, environment: dict[str, str], seconds: float, code: str = "print('up', flush=True)\nwhile True: pass"
) -> float:
    """The share of a core that a victim gets beside a cell that does nothing but compute."""
    limits = Limits(wall_seconds=60, memory_bytes=1 << 30, processes=64)
    argv = [sys.executable, "-I", "-S", "-c", code]
    with start(argv, limits=limits, environment=environment, isolation="required") as other:
        other.stdout.readline()
        time.sleep(0.2)  # the watchdog has seen it
        return victim.beside(lambda: time.sleep(seconds))


AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
@pytest.mark.parametrize("cores", ["a core each", "all cores for all"])
def test_a_victim_keeps_its_share_beside_sixty_busy_processes(
    environment: dict[str, str], cores: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if cores == "all cores for all":
        if os.getuid() != 0:
            pytest.skip("without uids of their own, processes are not told to step back")
        if AUTOGROUP.is_file() and AUTOGROUP.read_text().strip() == "0":
            pytest.skip("where sessions are no scheduling groups, it keeps half of a core")
        monkeypatch.setattr(_cores, "take", lambda: None)
    busy = "import os\nfor _ in range(6): os.fork()\nprint('up', flush=True)\nwhile True: pass"
    with zygote(serves=lambda _: True, environment=environment) as warm:
        victim = Victim(environment)
        with victim.process:
            for last in (False, False, True):  # others use this machine, too, now and then
                one = beside_one_that_computes(victim, environment, 1.0)
                sixty = beside_one_that_computes(victim, environment, 1.0, busy)
                if sixty >= 0.75 * one:
                    break
                assert not last, f"{sixty:.2f} of a core beside sixty, {one:.2f} beside one"
        assert warm.why_not == ""


def test_every_script_says_what_must_happen(corpus: ModuleType) -> None:
    assert len(SCRIPTS) >= 30
    for script in SCRIPTS:
        said = corpus.header(script)
        assert {said["must"], *(said[name] for name in ("cell", "childless") if name in said)} <= corpus.ENDS, script


@pytest.mark.usefixtures("bubblewrap")
def test_all_of_them_started_by_an_ordinary_user() -> None:
    """The tests above run as whoever runs them; as root they say nothing of an ordinary user."""
    with tempfile.TemporaryDirectory(prefix="test-sandbox-", dir="/var/tmp") as name:  # a cell covers /tmp
        Path(name).chmod(0o755)
        run_as_an_ordinary_user(Path(name))


def run_as_an_ordinary_user(folder: Path) -> None:
    python = Path("/usr/bin/python3")
    if os.getuid() != 0:
        pytest.skip("the tests run as an ordinary user already")
    if (
        not python.exists()
        or subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).returncode
    ):
        pytest.skip("there is no /usr/bin/python3 of version 3.11 or later")
    package = Path(dlgrade.__file__).parent
    shutil.copytree(package / "sandbox", folder / "dlgrade/sandbox", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "errors.py"):
        shutil.copy(package / name, folder / "dlgrade")
    shutil.copytree(HERE / "hostile", folder / "hostile")
    shutil.copy(HERE / "corpus.py", folder)
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    said = subprocess.run(
        [python, folder / "corpus.py"],
        user=12345,
        group=12345,
        extra_groups=[],
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "SECRET": "hunter2"},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert said.returncode == 0, said.stderr
    wrong = {name: text for name, text in json.loads(said.stdout).items() if text}
    assert not wrong
