"""Starts a program as an ordinary child process under what limits the platform has, and holds it.

No wall: the program may read and write all that its user may, and reach the network. For a student's own
machine, where the code is the student's own. What runs away is caught: time and memory by the watchdog,
descendants by tree, by process group, and by a mark in their environment for those that left both.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from dlgrade.errors import MachineError
from dlgrade.sandbox import _guardian, _host, _linux, _meter, _shell, _view
from dlgrade.sandbox._nouns import Isolation, Limits, MemoryBy, Usage
from dlgrade.sandbox._process import Outcome, Process

if TYPE_CHECKING:
    import psutil

_MARK = "DLGRADE_PROCESS"
_ROUNDS = 100
_INHERITED = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    "PYTHONUSERBASE", "VIRTUAL_ENV", "CONDA_PREFIX",
    # Without these Windows finds neither its libraries nor a folder for the user.
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
    "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
)  # fmt: skip


def start(argv: Sequence[str], limits: Limits, environment: Mapping[str, str]) -> Process:
    """Start `argv`; see `dlgrade.sandbox.start`."""
    folder = tempfile.mkdtemp(prefix="dlgrade-")
    mark = uuid.uuid4().hex
    given = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    private = {"TMPDIR": folder, "TEMP": folder, "TMP": folder, "CUDA_VISIBLE_DEVICES": "", _MARK: mark}
    on_windows = _host.system() == "win32"
    started = time.monotonic()
    try:
        popen = subprocess.Popen(
            list(argv) if on_windows else _shell.limited(argv, limits),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**given, "PYTHONDONTWRITEBYTECODE": "1", **_view.with_packages(environment), **private},
            cwd=folder,
            start_new_session=not on_windows,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if on_windows else 0,
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if _host.system() == "linux":
        _guard(popen)
    return Process(popen, _Plain(popen, folder, mark, limits), limits, started)


def _guard(popen: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, MachineError):  # an old kernel; nothing is promised here
        held = _linux.hold(popen.pid)
        try:
            _guardian.guard(held, group=True)
        finally:
            os.close(held)


class _Plain:
    """Holds an ordinary child process; see `Holder`."""

    isolation: Isolation = "plain"
    memory_by: MemoryBy = "watchdog"

    def __init__(self, popen: subprocess.Popen[bytes], folder: str, mark: str, limits: Limits) -> None:
        self._popen, self._folder, self._mark, self._limits = popen, folder, mark, limits
        self._meter = _meter.meter(popen.pid)

    def ended(self, timeout: float) -> bool:
        try:
            self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def usage(self) -> Usage:
        return self._meter.read(self._limits.memory_bytes)

    def kill(self) -> None:
        self._popen.kill()
        for process in _below(self._popen.pid):
            _kill(process)
        self._sweep()

    def settle(self, timeout: float) -> Outcome:
        code = self._popen.wait(timeout)
        self._sweep()
        shutil.rmtree(self._folder, ignore_errors=True)
        if code >= 0:
            return Outcome("exited", code=code)
        exhausted = -code == getattr(signal, "SIGXCPU", None)
        return Outcome("cpu" if exhausted else "signal", signal=-code)

    def _sweep(self) -> None:
        """Kill what left the tree: by its group, and by the mark that it inherited."""
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)
        for _ in range(_ROUNDS):  # what forks while we look is found in the next round
            found = list(_marked(self._mark))
            if not found:
                return
            for process in found:
                _kill(process)
            time.sleep(0.01)


def _below(pid: int) -> list[psutil.Process]:
    import psutil

    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


def _marked(mark: str) -> Iterator[psutil.Process]:
    """Everything that inherited the mark, wherever it went. What cleared its environment is not found."""
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(_MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def _kill(process: psutil.Process) -> None:
    import psutil

    with contextlib.suppress(psutil.Error):
        process.kill()
