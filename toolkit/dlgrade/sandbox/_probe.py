"""Finds out whether the sandbox holds on this machine, by running it and trying to get out.

That bubblewrap is installed says little: kernels, containers and security modules each may forbid what it
needs, and some let it start and hold nothing. So `_inside` tries in there what must not work, against things
that are really there out here, and three runaway programs must be stopped.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import secrets
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dlgrade.errors import DlgradeError, MachineError
from dlgrade.sandbox import _bubblewrap, _host, _linux, _seccomp, _view
from dlgrade.sandbox._nouns import Check, Ended, Limits, MemoryBy, Probe

_OLDEST = (0, 7)  # the first that can give a file system in memory a size
_INSTALL = (
    "Install bubblewrap 0.7 or later: apt-get install bubblewrap (Debian, Ubuntu), dnf install bubblewrap (Fedora)"
)
_REPORT = "Please report this with the output of: dlgrade doctor --json"
_SETTINGS = Path("/proc/sys")
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
_INSIDE = Path(__file__).with_name("_inside.py")
_PYTHON = (sys.executable, "-I", "-S")
_CALM = Limits(
    wall_seconds=30,
    cpu_seconds=20,
    memory_bytes=512 << 20,
    processes=16,
    file_bytes=1 << 20,
    tmp_bytes=4 << 20,
)

# Each gives up by itself, so that a machine on which nothing is stopped survives the question.
_EATS_MEMORY = """
import time
held = []
for _ in range(64):
    held.append(b"x" * (4 << 20))
    time.sleep(0.003)
"""
_SLEEPS = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
time.sleep(10)
"""
_COMPUTES = """
import time
end = time.monotonic() + 10
while time.monotonic() < end:
    pass
"""
_FORKS = """
import os, sys, time
made = 0
try:
    while made < 100:
        if os.fork() == 0:
            time.sleep(10)
            os._exit(0)
        made += 1
except BlockingIOError:
    sys.exit(0)
sys.exit(3)
"""

_lock = threading.Lock()
_known: Probe | None = None


def probe(refresh: bool = False) -> Probe:
    """What holds here. Takes about a second the first time in a process; `refresh` asks again."""
    global _known
    with _lock:
        if _known is None or refresh:
            _known = _ask()
        return _known


def _ask() -> Probe:
    checks = list(_needs())
    memory_by: MemoryBy = "watchdog"
    if all(check.ok for check in checks):
        checks.append(_starts())
    if all(check.ok for check in checks):
        with ThreadPoolExecutor(max_workers=4) as pool:
            stopped = [pool.submit(_is_stopped, *runaway) for runaway in _RUNAWAYS]
            checks += [*_attempts(), _processes_are_counted(), *(future.result()[0] for future in stopped)]
            memory_by = stopped[0].result()[1]
    command = _host.bubblewrap()
    version = ".".join(map(str, _host.bubblewrap_version(command))) if command else ""
    return Probe(tuple(checks), _host.kernel(), version, memory_by)


def _needs() -> Iterator[Check]:
    """What has to be there before anything can be run; stops at the first that is not."""
    if _host.system() != "linux":
        yield Check("linux", False, f"this is {_host.kernel()}", "Grade on Linux, or in a virtual machine.")
        return
    yield Check("linux", True, _host.kernel())
    command = _host.bubblewrap()
    if command is None:
        yield Check("bubblewrap", False, "not installed", _INSTALL)
        return
    version = _host.bubblewrap_version(command)
    said = ".".join(map(str, version)) or "unknown version"
    yield Check("bubblewrap", version >= _OLDEST, f"{said}, {command}", "" if version >= _OLDEST else _INSTALL)
    machine = platform.machine()
    filtered = _seccomp.supported(machine)
    mend = "" if filtered else "Grade on x86_64 or aarch64."
    yield Check("filter", filtered, f"system calls of {machine}" if filtered else f"none for {machine}", mend)
    yield _interpreter_can_be_read()


def _interpreter_can_be_read() -> Check:
    name = "interpreter"
    if not _host.is_root():
        return Check(name, True, f"{sys.prefix}, seen as this user")
    hidden = [shown.source for shown in _view.interpreter() if not _view.passable(shown.source)]
    for shown in _view.interpreter():
        wanted = 0o005 if shown.source.is_dir() else 0o004
        if shown.source.stat().st_mode & wanted != wanted:
            mend = f"Let others read it: chmod -R go+rX {shown.source}"
            return Check(name, False, f"{shown.source} may be read by root only", mend)
    if not hidden:
        return Check(name, True, f"{sys.prefix}, open to all")
    try:
        _bubblewrap.reach(hidden[0])
    except (OSError, MachineError) as error:
        mend = "Run as an ordinary user, or put Python where everyone may go, such as /opt."
        return Check(name, False, f"{hidden[0]} is below a folder of root's own, and {error}", mend)
    return Check(name, True, f"{hidden[0]} is below a folder of root's own; shown by a private mount")


def _starts() -> Check:
    try:
        with _bubblewrap.start([*_PYTHON, "-c", "pass"], _CALM, [], {}) as process:
            ended, log = process.wait(), process.log.strip()
    except (OSError, DlgradeError) as error:
        return Check("starts", False, str(error).splitlines()[0], _why_not())
    if ended.why == "exited" and ended.code == 0:
        return Check("starts", True, f"Python in {ended.wall_seconds * 1000:.0f} ms")
    return Check("starts", False, f"{ended.says}: {log[-300:]}", _why_not())


def _why_not() -> str:
    """The likeliest reason why unprivileged namespaces do not work."""
    for key, bad, good in (
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
        ("kernel.unprivileged_userns_clone", "0", "1"),
        ("user.max_user_namespaces", "0", "10000"),
    ):
        with contextlib.suppress(OSError):
            if (_SETTINGS / key.replace(".", "/")).read_text().strip() == bad:
                return f"The kernel forbids user namespaces: sudo sysctl -w {key}={good}"
    if any(Path(name).exists() for name in ("/.dockerenv", "/run/.containerenv")):
        options = "--security-opt seccomp=unconfined --security-opt systempaths=unconfined"
        return f"This is a container: start it with {options}"
    return _REPORT


def _attempts() -> list[Check]:
    """Try from inside what must not work."""
    with contextlib.ExitStack() as outside:
        folder = Path(outside.enter_context(tempfile.TemporaryDirectory(prefix="dlgrade-probe-")))
        facts = _facts(folder, outside)
        submission = folder / "submission"
        environment = {"DLGRADE_PROBE": "given"}
        try:
            with _bubblewrap.start([*_PYTHON, str(_INSIDE)], _CALM, [submission], environment) as process:
                process.stdin.write(json.dumps(facts).encode() + b"\n")
                process.stdin.close()
                said = process.stdout.read(1 << 20)
                ended = process.wait()
        except (OSError, DlgradeError) as error:
            return [Check("attempts", False, f"could not be made: {error}", _REPORT)]
    try:
        results = json.loads(said)
    except ValueError:
        log = process.log.strip()[-300:]
        return [Check("attempts", False, f"were not finished: {ended.says}: {log}", _REPORT)]
    return [Check(name, held, says, "" if held else _REPORT) for name, held, says in results]


def _facts(folder: Path, outside: contextlib.ExitStack) -> dict[str, object]:
    """Things that are really there, for `_inside` to go for."""
    listener = outside.enter_context(socket.create_server(("127.0.0.1", 0)))
    abstract = "\0dlgrade-probe-" + secrets.token_hex(8)
    outside.enter_context(_linux.unix_listener(abstract))
    folder.chmod(0o755)  # so that nothing but its absence keeps the canary from being read
    canary = folder / "canary"
    canary.write_text("nobody inside reads this")
    (folder / "submission").mkdir()
    submitted = folder / "submission" / "code.py"
    submitted.write_text("pass\n")
    reading, writing = os.pipe()
    outside.callback(os.close, reading)
    outside.callback(os.close, writing)
    os.set_inheritable(writing, True)  # a descriptor that a careless start would hand down
    given = {*_bubblewrap.variables({}), "DLGRADE_PROBE", "PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"}
    return {
        "port": listener.getsockname()[1],
        "abstract": abstract,
        "pid": os.getpid(),
        "namespaces": {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in _NAMESPACES},
        "canaries": [str(canary), "/etc/shadow", "/etc/hostname", os.path.expanduser("~/.bashrc")],
        "folders": [str(submitted.parent), *(str(s.at) for s in _view.interpreter() if s.source.is_dir())],
        "files": [str(_INSIDE), str(submitted), os.path.realpath(sys.executable)],
        "environment": sorted(given),
        "file_bytes": _CALM.file_bytes,
        "tmp_bytes": _CALM.tmp_bytes,
    }


# Name of the check, program, limits, why it must end.
_RUNAWAYS = (
    ("memory", _EATS_MEMORY, Limits(wall_seconds=20, memory_bytes=64 << 20), "memory"),
    ("wall time", _SLEEPS, Limits(wall_seconds=0.3), "wall"),
    ("processor time", _COMPUTES, Limits(wall_seconds=20, cpu_seconds=0.3), "cpu"),
)


def _is_stopped(name: str, program: str, limits: Limits, why: str) -> tuple[Check, MemoryBy]:
    try:
        with _bubblewrap.start([*_PYTHON, "-c", program], limits, [], {}) as process:
            ended, memory_by = process.wait(60), process.memory_by
    except (OSError, DlgradeError) as error:
        return Check(name, False, str(error), _REPORT), "watchdog"
    says = ended.says
    if name == "memory" and ended.why == why:
        says += " (the kernel counts)" if memory_by == "cgroup" else f" (sampled; {_most(ended)} seen)"
    return Check(name, ended.why == why, says, "" if ended.why == why else _REPORT), memory_by


def _processes_are_counted() -> Check:
    try:
        with _bubblewrap.start([*_PYTHON, "-c", _FORKS], _CALM, [], {}) as process:
            ended = process.wait(60)
    except (OSError, DlgradeError) as error:
        return Check("processes", False, str(error), _REPORT)
    refused = ended.why == "processes" or (ended.why == "exited" and ended.code == 0)
    says = f"no more than {_CALM.processes}" if refused else f"100 were not refused: {ended.says}"
    return Check("processes", refused, says, "" if refused else _REPORT)


def _most(ended: Ended) -> str:
    return f"{ended.memory_bytes / (1 << 20):.0f} of {64} MB"
