"""The grader's side of a zygote: a warm Python behind the wall that has a child, a cell, for each program started.

Promises: while one stands, `sandbox.start` takes from it what it serves: a program of Python by the zygote's own
terms (`Zygote.serves`), as the same `Process` that a single-use worker would be, with the same limits. A cell is used
only when it has said that it is walled in, and a zygote only when one of its cells was tried and held (`_trial`).
Where a zygote cannot be had, does not answer, or says what nobody understands, it is ended for good, `Zygote.why_not`
says why, and single-use workers serve. When it ends under a cell that runs, the cell is ``lost``, which nobody may
hold against a submission.

Does not cover: what a cell is walled in with; see `_cell`. Where cells have no uid of their own, as an ordinary user's,
no process may be made in them: memory is sampled there, and what is handed from one short-lived process to the next can
be nowhere when it is looked for. It pays only where much is imported: a zygote takes as
long as one single-use worker to be warm, and its memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from dlgrade.errors import DlgradeError
from dlgrade.sandbox import _bubblewrap, _cell, _cgroup, _cores, _host, _linux, _nursery, _slots, _view
from dlgrade.sandbox._meter import CellMeter
from dlgrade.sandbox._nouns import Check, Isolation, Limits, MemoryBy, Usage
from dlgrade.sandbox._process import Outcome, Process

_PACKAGE = Path(__file__).resolve().parents[1]
_WARM_SECONDS = 180.0  # importing and exporting on a crowded machine
_BIRTH_SECONDS = 20.0
_MANY = 4  # processes and threads from which on all of a cell step back; only where each has a uid of its own
_OPTIONS = frozenset({"-I", "-S", "-u", "-c"})  # of the interpreter; a child is what they ask for anyway
_STARTS = (
    "import sys; path = list(sys.path); sys.path.insert(0, {package!r}); from dlgrade.sandbox._nursery import main; "
    "sys.path[:] = path; sys.exit(main({control}, {preload!r}))"
)


class Faulty(Exception):  # noqa: N818 - said of the zygote
    """The zygote does not do what it should."""


class Zygote:
    """A warm Python; use it as a context manager, or end it with `close`.

    Attributes:
        why_not: why it gives no cells (any more); empty while it does, or may.
        lost: how many cells ended because it did.
        given: how many cells it gave.
    """

    def __init__(
        self,
        preload: str,
        serves: Callable[[Sequence[str]], bool],
        readable: Sequence[Path],
        environment: Mapping[str, str],
    ) -> None:
        """See `zygote`."""
        self.why_not = ""
        self.lost = self.given = 0
        self._serves, self._readable, self._environment = serves, tuple(readable), dict(environment)
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._ready = False
        self._process: Process | None = None
        self._control: socket.socket | None = None
        hidden = [one.at for one in (*_view.interpreter(), *_view.submitted(readable)) if _is_covered(one.at)]
        if hidden:
            self.why_not = f"{hidden[0]} lies where every cell has a folder of its own"
            return
        try:
            self._start(preload)
        except (DlgradeError, OSError) as error:
            self.why_not = f"it cannot be started: {str(error).splitlines()[0]}"

    def close(self) -> None:
        """End it and every cell."""
        self._end("it was closed")

    def __enter__(self) -> Zygote:
        """It stands already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def serves(self, argv: Sequence[str], readable: Sequence[Path], environment: Mapping[str, str]) -> bool:
        """Whether a program can run in a cell: what it needs is there, and no other program is to be run."""
        if self.why_not or os.getpid() != self._owner or not self._serves(argv) or program_of(argv) is None:
            return False
        shown = {*self._readable, _PACKAGE}
        started_with = {name: value for name, value in self._environment.items() if environment.get(name) == value}
        asked = {name for name in environment if name.startswith(("PYTHON", "LD_"))}  # read when a Python starts
        return set(readable) <= shown and started_with == self._environment and asked <= set(self._environment)

    def cell(self, argv: Sequence[str], limits: Limits, environment: Mapping[str, str]) -> Process | None:
        """A cell that runs a program which it `serves`; None, and no zygote any more, where none comes."""
        with self._lock:
            try:
                self.wait()
                return _born(self, argv, limits, environment)
            except (Faulty, OSError, DlgradeError) as error:
                self._end(f"it gave no cell: {str(error).splitlines()[0]}")
        return None

    def wait(self) -> None:
        """Wait until it is warm and one of its cells has held.

        Raises:
            Faulty: it is not.
        """
        if self._ready:
            return
        if self._control is None:
            raise Faulty(self.why_not)
        try:
            said, _ = _linux.receive(self._control, _WARM_SECONDS)
        except TimeoutError:
            raise Faulty(f"it was not warm after {_WARM_SECONDS:.0f} s") from None
        if said != _nursery.READY:
            log = self._process.log.strip()[-300:] if self._process is not None else ""
            raise Faulty(said.decode(errors="replace") or f"it ended while it was warming: {log}")
        from dlgrade.sandbox._trial import tried

        failed = tried(_host.is_root(), lambda argv, limits, environment: _born(self, argv, limits, environment))
        if failed:
            raise Faulty(f"a cell does not hold: {failed}")
        self._ready = True

    def ask(self, request: bytes, descriptors: Sequence[int]) -> None:
        """Send a request."""
        if self._control is None:
            raise Faulty(self.why_not)
        _linux.send_descriptors(self._control, request, descriptors)

    def has_lost(self) -> None:
        """A cell ended and nobody said how."""
        self.lost += 1
        self._end("it ended, or stood still, while cells ran")

    def _start(self, preload: str) -> None:
        self._control, theirs = _linux.packet_sockets()
        with theirs:
            code = _STARTS.format(package=str(_PACKAGE.parent), control=theirs.fileno(), preload=preload)
            argv = [sys.executable, "-I", "-c", code]
            self._process = _bubblewrap.start(argv, Limits(), self._readable, self._environment, theirs.fileno())

    def _end(self, why: str) -> None:
        self.why_not = self.why_not or why
        control, self._control = self._control, None
        if control is not None:
            control.close()
        if self._process is not None and os.getpid() == self._owner:
            with contextlib.suppress(TimeoutError):
                self._process.close()


def _is_covered(path: Path) -> bool:
    """Whether a path is below what a cell mounts afresh."""
    return any(path.is_relative_to(folder) for folder in _cell.FRESH)


_Taken = _slots.Slot | _cores.Core


@dataclass(frozen=True)
class _Pipes:
    """Our ends; see `Piped`."""

    pid: int
    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]


class _Cell:
    """Holds a cell; see `Holder`."""

    isolation: Isolation = "bubblewrap"  # which is the outer wall of a cell

    def __init__(
        self, zygote: Zygote, held: int, report: socket.socket, taken: Sequence[_Taken], limits: Limits
    ) -> None:
        self._zygote, self._held, self._report, self._taken, self._limits = zygote, held, report, taken, limits
        self.pid = _linux.pid_of(held)
        self.group: _cgroup.Group | None = None
        self._meter = CellMeter(self.pid)
        self._last: Usage | None = None
        self.memory_by: MemoryBy = "watchdog"

    def confine(self) -> None:
        """Into a control group, where there can be one, before it does anything."""
        self.group = _cgroup.create(self._limits, self.pid, _bubblewrap.memory_parent())
        self.memory_by = "watchdog" if self.group is None else "cgroup"

    def ended(self, timeout: float) -> bool:
        return _linux.gone(self._held, timeout)

    def usage(self) -> Usage:
        if self._last is not None:
            return self._last
        if self.group is None:
            usage = self._meter.read(self._limits.memory_bytes)
            self._step_back(usage.processes)
            return usage
        self._step_back(self.group.processes())
        memory = min(self.group.memory_bytes(), self._limits.memory_bytes or sys.maxsize)
        return Usage(memory, self.group.cpu_seconds())

    def kill(self) -> None:
        _linux.kill_held(self._held)

    def _step_back(self, processes: int) -> None:
        """Many processes shall weigh no more than one."""
        for one in self._taken:
            if processes > _MANY and isinstance(one, _slots.Slot) and sys.platform == "linux":
                with contextlib.suppress(OSError):  # they have ended
                    _linux.send_back(one.uid, self._meter.pids())

    def settle(self, timeout: float) -> Outcome:
        _linux.gone(self._held, timeout)  # the first process of a pid namespace ends after all others
        self._last = self.usage()
        status = self._status(timeout)
        out_of_memory = self.group is not None and self.group.ran_out_of_memory()
        self.give_back()
        if out_of_memory:
            return Outcome("memory")
        if status is None:
            self._zygote.has_lost()
            return Outcome("lost")
        code = os.waitstatus_to_exitcode(status)
        if code >= 0:
            return Outcome("exited", code=code)
        # The kernel's own limit on processor time, for the rare case that it came before the watchdog.
        return Outcome("cpu" if -code == 24 else "signal", signal=-code)

    def give_back(self) -> None:
        """After its end: the control group, descriptors, slot and core."""
        if self.group is not None:
            self.group.remove()
        self._report.close()
        os.close(self._held)
        for one in self._taken:
            one.release()

    def _status(self, timeout: float) -> int | None:
        """How it ended, as the zygote was told by the kernel; None where the zygote is gone, or talks nonsense."""
        try:
            said, _ = _linux.receive(self._report, timeout)
        except OSError:  # a time-out is one, too
            return None
        number = said.removeprefix(_nursery.ENDED)
        return int(number) if said.startswith(_nursery.ENDED) and number.isdigit() else None


def program_of(argv: Sequence[str]) -> list[str] | None:
    """What a Python would run: ``-c`` and its code, or a script, with arguments; None where it is another program."""
    if not argv or argv[0] != sys.executable:
        return None
    at = 1
    while at < len(argv) and argv[at] in _OPTIONS and argv[at] != "-c":
        at += 1
    rest = list(argv[at:])
    return rest if len(rest) > (rest[:1] == ["-c"]) and (rest[0] == "-c" or not rest[0].startswith("-")) else None


def _born(zygote: Zygote, argv: Sequence[str], limits: Limits, environment: Mapping[str, str]) -> Process:
    """One cell, walled in.

    Raises:
        Faulty: it does not come about.
    """
    started = time.monotonic()
    with contextlib.ExitStack() as undo:
        slot, core = _slots.take() if _host.is_root() else None, _cores.take()
        taken = [one for one in (slot, core) if one is not None]
        for one in taken:
            undo.callback(one.release)
        ours, theirs = _linux.packet_sockets()
        undo.callback(ours.close)
        with theirs, contextlib.ExitStack() as at_once:
            pipes = [os.pipe() for _ in range(3)]
            inside = [pipes[0][0], pipes[1][1], pipes[2][1]]
            outside = [pipes[0][1], pipes[1][0], pipes[2][0]]
            for here, there in zip(outside, inside, strict=True):
                undo.callback(os.close, here)
                at_once.callback(os.close, there)
            request = {
                "argv": program_of(argv), "environment": _variables(environment), "limits": asdict(limits),
                "uid": None if slot is None else slot.uid, "core": None if core is None else core.number,
                "children": slot is not None,
            }  # fmt: skip
            descriptors = [*inside, theirs.fileno(), *([] if slot is None else [slot.descriptor])]
            zygote.ask(json.dumps(request).encode(), descriptors)
        cell = _walled_in(zygote, ours, taken, limits, undo)
        undo.pop_all()
    stdin, stdout, stderr = (os.fdopen(fd, mode) for fd, mode in zip(outside, ("wb", "rb", "rb"), strict=True))
    zygote.given += 1
    return Process(_Pipes(cell.pid, stdin, stdout, stderr), cell, limits, started)


def _walled_in(
    zygote: Zygote, report: socket.socket, taken: Sequence[_Taken], limits: Limits, undo: contextlib.ExitStack
) -> _Cell:
    said, received = _answer(report)
    if said != _nursery.BORN or len(received) != 1:
        for descriptor in received:
            os.close(descriptor)
        raise Faulty(said.decode(errors="replace")[:300] or "it ended")
    undo.callback(os.close, received[0])
    undo.callback(_linux.kill_held, received[0])
    cell = _Cell(zygote, received[0], report, taken, limits)
    cell.confine()
    if cell.group is not None:
        undo.callback(cell.group.remove)
    report.send(_nursery.GO)
    said, received = _answer(report)
    if said != _nursery.ISOLATED or received:
        raise Faulty(said.decode(errors="replace")[:300] or "it ended")
    return cell


def _answer(report: socket.socket) -> tuple[bytes, list[int]]:
    try:
        return _linux.receive(report, _BIRTH_SECONDS)
    except TimeoutError:
        raise Faulty(f"no answer in {_BIRTH_SECONDS:.0f} s") from None


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in _bubblewrap.variables(environment).items() if name != "PYTHONPATH"}


_standing: Zygote | None = None


def zygote(
    preload: str = "",
    *,
    serves: Callable[[Sequence[str]], bool],
    readable: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
) -> Zygote:
    """Have a zygote stand from now on, until it is closed, for what this process starts; it takes the place of another.

    Returns at once, whatever comes of it: where it gives no cells, single-use workers do.

    Args:
        preload: Python that is run in it first, behind the wall: imports, and what warms them. It comes from the
            grader, so nothing of a submission's belongs there.
        serves: asked with a command line, whether a cell may run it; nothing that needs /proc, sockets or another
            program may. What does not begin with this Python is never asked for.
        readable: as for `start`; a cell can be given these and no others.
        environment: as for `start`; a cell can have more variables, but these it must.
    """
    global _standing
    _standing = Zygote(preload, serves, readable, environment or {})
    return _standing


def cell(
    argv: Sequence[str], limits: Limits, readable: Sequence[Path], environment: Mapping[str, str]
) -> Process | None:
    """A cell of the zygote that stands, where one does and serves; see `dlgrade.sandbox.start`."""
    standing = _standing
    if standing is None or not standing.serves(argv, readable, environment):
        return None
    return standing.cell(argv, limits, environment)


def cells() -> Check:
    """Whether this machine makes cells, found out by making one and trying to get out; takes half a second."""
    trial = Zygote("", lambda _: True, (), {})
    try:
        trial.wait()
    except (Faulty, OSError, DlgradeError) as error:
        says = f"{str(error).splitlines()[0]}; each submission has a worker of its own, which is slower"
        return Check("cells", False, says)
    finally:
        trial.close()
    return Check("cells", True, "one for each submission of a class, forked from a warm process")


def _forget() -> None:
    """In a forked child, whose parent the zygote belongs to."""
    global _standing
    _standing = None


if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(after_in_child=_forget)
