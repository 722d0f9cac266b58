"""The probe: green where the sandbox holds, and red, with a mend, for each way in which it may not."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dlgrade.cli._doctor import doctor
from dlgrade.errors import MachineError
from dlgrade.sandbox import Limits, Probe, _bubblewrap, _host, _meter, _probe, _view, probe, start
from dlgrade.sandbox._nouns import Usage

ROOT = os.getuid() == 0 if sys.platform == "linux" else False


@pytest.fixture(autouse=True)
def unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of this machine, before and after."""
    monkeypatch.setattr(_probe, "_known", None)


def failing(found: Probe) -> set[str]:
    return {check.name for check in found.checks if not check.ok}


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
def test_it_holds_here_and_is_asked_once() -> None:
    found = probe()
    assert failing(found) == set()
    assert found.holds
    assert found.failed is None
    assert len(found.checks) > 15
    assert probe() is found
    assert found.memory_by in ("cgroup", "watchdog")


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
def test_it_holds_under_a_strict_umask_and_from_a_folder_that_is_gone(tmp_path: Path) -> None:
    code = """
import os, sys
os.umask(0o077)
os.mkdir("gone")
os.chdir("gone")
os.rmdir("../gone")
from dlgrade.sandbox import probe
sys.exit(str([check for check in probe().checks if not check.ok]) if not probe().holds else 0)
"""
    path = os.pathsep.join(os.path.abspath(part) for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def without(*dropped: str) -> Callable[[list[str]], list[str]]:
    """Drops options, each written with its values: ``--remount-ro /dev``."""

    def change(said: list[str]) -> list[str]:
        for option in dropped:
            words = option.split()
            for i in range(len(said) - len(words), -1, -1):
                if all(fits in ("*", word) for fits, word in zip(words, said[i : i + len(words)], strict=True)):
                    del said[i : i + len(words)]
        return said

    return change


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (without("--unshare-net"), "namespaces"),
        (without("--unshare-ipc"), "namespaces"),
        (without("--unshare-uts", "--hostname *"), "namespaces"),
        (without("--unshare-cgroup"), "namespaces"),
        (without("--seccomp *"), "kernel calls"),
        (without("--tmpfs /proc/1", "--remount-ro /proc/1"), "other memory"),
        (without("--remount-ro /dev"), "writing"),
        (without("--remount-ro /"), "writing"),
        (without("--size *"), "file sizes"),
        (lambda said: [*said, "--ro-bind", "/etc", "/etc"], "reading"),
        # With a /dev/shm of its own: files that others keep in the machine's would count as its memory.
        (lambda said: [*said, "--dev-bind", "/dev", "/dev", "--tmpfs", "/dev/shm"], "devices"),
    ],
    ids=["net", "ipc", "uts", "cgroup", "filter", "pid 1", "/dev", "/", "size", "/etc", "devices"],
)
def test_each_weakness_is_noticed(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[list[str]], list[str]], noticed: str
) -> None:
    given = _bubblewrap._Setup.arguments
    monkeypatch.setattr(_bubblewrap._Setup, "arguments", lambda *a: change(given(*a)))
    monkeypatch.setattr(_probe, "_RUNAWAYS", _probe._RUNAWAYS[:1])
    found = probe()
    assert noticed in failing(found), found
    assert all(check.mend for check in found.checks if not check.ok)


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
@pytest.mark.parametrize("handed_down", ["environment", "descriptors"])
def test_what_is_handed_down_is_noticed(monkeypatch: pytest.MonkeyPatch, handed_down: str) -> None:
    given: Any = subprocess.Popen

    def careless(*arguments: object, **options: Any) -> object:
        if handed_down == "environment":
            return given(*arguments, **{**options, "env": {**options["env"], "SECRET": "hunter2"}})
        with open(os.devnull) as extra:
            return given(*arguments, **{**options, "pass_fds": [*options["pass_fds"], extra.fileno()]})

    _host.bubblewrap_version(str(_host.bubblewrap()))  # asks a process, too
    monkeypatch.setattr(subprocess, "Popen", careless)
    monkeypatch.setattr(_probe, "_RUNAWAYS", _probe._RUNAWAYS[:1])
    assert handed_down in failing(probe())


@pytest.mark.usefixtures("bubblewrap")
@pytest.mark.skipif(not ROOT, reason="only root can keep root's uid")
def test_a_kept_uid_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Started as root, bubblewrap's inside could write the kernel's core_pattern."""
    monkeypatch.setattr(_host, "is_root", lambda: False)
    monkeypatch.setattr(_probe, "_RUNAWAYS", _probe._RUNAWAYS[:1])
    assert "kernel settings" in failing(probe())


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
def test_a_blind_watchdog_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_meter.TreeMeter, "read", lambda *_: Usage())
    monkeypatch.setattr(_bubblewrap, "memory_parent", lambda: None)
    monkeypatch.setattr(_probe, "_RUNAWAYS", _probe._RUNAWAYS[:1])
    assert failing(probe()) == {"memory"}


def refuses_and_falls_back(said: str, mend: str) -> None:
    """What `start` does where the sandbox does not hold."""
    with pytest.raises(MachineError, match=said) as caught:
        start([sys.executable, "-c", "pass"], limits=Limits(), isolation="required")
    assert mend in caught.value.mend
    assert caught.value.exit_code == 3
    with start([sys.executable, "-c", "print('ran')"], limits=Limits(wall_seconds=20), isolation="auto") as it:
        assert it.isolation == "plain"
        assert it.stdout.read().split() == [b"ran"]


def test_no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_host, "bubblewrap", lambda: None)
    refuses_and_falls_back("not installed", "apt-get install bubblewrap")


def test_an_old_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_host, "bubblewrap", lambda: "/usr/bin/bwrap")
    monkeypatch.setattr(_host, "bubblewrap_version", lambda _: (0, 6, 1))
    refuses_and_falls_back("0.6.1", "0.7 or later")


def test_an_unknown_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_host, "bubblewrap", lambda: "/usr/bin/bwrap")
    monkeypatch.setattr(_host, "bubblewrap_version", lambda _: (0, 8, 0))
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    refuses_and_falls_back("riscv64", "x86_64")


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_another_system(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(_host, "system", lambda: system)
    refuses_and_falls_back("linux", "Linux")


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_limits_on_another_system(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(_host, "system", lambda: system)
    for code, limits, why in (
        ("while True: pass", Limits(cpu_seconds=0.3, wall_seconds=30), "cpu"),
        ("import time; time.sleep(30)", Limits(wall_seconds=0.3), "wall"),
        ("x = b'x' * 300_000_000; import time; time.sleep(30)", Limits(memory_bytes=100_000_000), "memory"),
    ):
        with start([sys.executable, "-c", code], limits=limits) as it:
            assert it.wait(30).why == why


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_every_module_imports_on_another_system(system: str) -> None:
    """With the modules and functions missing that the other system does not have."""
    code = f"""
import os, pathlib, signal, sys
import subprocess, tempfile, socket, select, ctypes, platform, concurrent.futures, click
sys.platform = {system!r}
for name in ("memfd_create", "pidfd_open", "sched_getaffinity"):
    delattr(os, name)
if sys.platform == "win32":
    for name in ("fcntl", "resource", "pwd", "grp"):
        sys.modules[name] = None
    for name in "getuid geteuid setsid killpg uname sysconf statvfs register_at_fork O_NOFOLLOW".split():
        delattr(os, name)
    for name in ("SIGKILL", "SIGXCPU", "pidfd_send_signal"):
        delattr(signal, name)
    del select.poll, socket.AF_UNIX
import dlgrade.sandbox
for path in pathlib.Path(dlgrade.sandbox.__file__).parent.glob("*.py"):
    if path.stem not in ("__init__", "_guarding", "_inside"):  # these are programs for Linux
        __import__("dlgrade.sandbox." + path.stem)
import dlgrade.cli._doctor
found = dlgrade.sandbox.probe()
assert not found.holds and found.failed.name == "linux", found
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def script(folder: Path, text: str) -> str:
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kernel.apparmor_restrict_unprivileged_userns", "1"),
        ("kernel.unprivileged_userns_clone", "0"),
        ("user.max_user_namespaces", "0"),
    ],
)
def test_a_kernel_that_forbids_it_is_mended_by_its_setting(
    monkeypatch: pytest.MonkeyPatch, open_folder: Callable[[], Path], tmp_path: Path, key: str, value: str
) -> None:
    fake = script(
        open_folder(),
        'test "$1" = --version && { echo 0.9.0; exit; }; echo setting up uid map: no >&2; exit 1',
    )
    monkeypatch.setattr(_host, "bubblewrap", lambda: fake)
    setting = tmp_path / key.replace(".", "/")
    setting.parent.mkdir()
    setting.write_text(value + "\n")
    monkeypatch.setattr(_probe, "_SETTINGS", tmp_path)
    refuses_and_falls_back("setting up uid map", f"sysctl -w {key}=")


@pytest.mark.usefixtures("bubblewrap")
@pytest.mark.skipif(not ROOT, reason="only root changes to another uid")
def test_an_interpreter_that_others_cannot_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "python").write_text("")
    (tmp_path / "python").chmod(0o700)
    monkeypatch.setattr(_view, "interpreter", lambda: (_view.Shown(tmp_path / "python", tmp_path / "python"),))
    found = probe()
    assert failing(found) == {"interpreter"}
    assert found.failed is not None
    assert "chmod" in found.failed.mend


@pytest.mark.usefixtures("bubblewrap")
@pytest.mark.skipif(not ROOT, reason="only root changes to another uid")
def test_an_interpreter_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "python").mkdir(mode=0o755)
    monkeypatch.setattr(_view, "interpreter", lambda: (_view.Shown(tmp_path / "python", tmp_path / "python"),))

    def forbidden(_: Path) -> Path:
        raise PermissionError(1, "unshare: Operation not permitted")

    monkeypatch.setattr(_bubblewrap, "reach", forbidden)
    failed = probe().failed
    assert failed is not None
    assert failed.name == "interpreter"
    assert "ordinary user" in failed.mend


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
def test_the_doctor_is_content() -> None:
    done = CliRunner().invoke(doctor)
    assert done.exit_code == 0, done.output
    assert "FAIL" not in done.output
    assert "  ok    network " in done.output
    assert "bubblewrap  0" in done.output
    assert "The sandbox holds" in done.output


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
def test_the_doctor_writes_json() -> None:
    done = CliRunner().invoke(doctor, ["--json"])
    found = json.loads(done.output)
    assert found["holds"] is True
    assert {
        "name": "filter",
        "ok": True,
        "says": f"system calls of {platform.machine()}",
        "mend": "",
    } in found["checks"]
    assert found["kernel"].startswith("Linux")


def test_the_doctor_is_not_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_host, "bubblewrap", lambda: None)
    done = CliRunner().invoke(doctor)
    assert done.exit_code == 3
    lines = done.output.splitlines()
    assert lines[0].split()[:2] == ["FAIL", "bubblewrap"] or sys.platform != "linux"
    assert "apt-get install bubblewrap" in lines[1] or sys.platform != "linux"
    assert "does not hold" in done.output
    done = CliRunner().invoke(doctor, ["--json"])
    assert done.exit_code == 3
    assert json.loads(done.output)["holds"] is False
