"""Starts a program under bubblewrap and holds it.

The order matters: as root, first a uid of its own (started as root, the kernel's ``core_pattern`` was
writable inside), then bubblewrap with an environment that was never anything but the program's: what it is
told to clear could still be read in ``/proc/1/environ``. Bubblewrap then waits on a descriptor until its
inner process is held by the guardian and in its control group, and a shell inside for a line from us, so no
instruction of the program runs before, nor without us.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from dlgrade.errors import MachineError
from dlgrade.sandbox import _cgroup, _guardian, _host, _linux, _seccomp, _shell, _slots, _view
from dlgrade.sandbox._keeper import keeper
from dlgrade.sandbox._meter import NamespaceMeter
from dlgrade.sandbox._nouns import Isolation, Limits, MemoryBy, Usage
from dlgrade.sandbox._process import Outcome, Process

UID = 1000  # inside; outside it is the slot's, or ours
_SETUP_SECONDS = 15.0

_ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 - in there it is private
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TMPDIR": "/tmp",  # noqa: S108
    "CUDA_VISIBLE_DEVICES": "",
}
# Over namespaces; as whom a child runs; to map uid 0, which asks for the right to it (user_namespaces(7)).
_RIGHTS = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETFCAP")
_FILES = {
    "/etc/passwd": f"student:x:{UID}:{UID}::/tmp:/bin/sh\n",
    "/etc/group": f"student:x:{UID}:\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


def start(
    argv: Sequence[str],
    limits: Limits,
    readable: Sequence[Path],
    environment: Mapping[str, str],
    nursery: int | None = None,
) -> Process:
    """Start `argv`; see `dlgrade.sandbox.start`.

    Args:
        nursery: a socket for a program of ours that makes cells. It is the first process of its pid namespace, has no
            filter, and has what rights it needs over the namespaces made for it; none over anything outside.
    """
    command = _host.bubblewrap()
    if command is None:
        raise MachineError("Bubblewrap is not installed.", "Install it: apt-get install bubblewrap")
    started = time.monotonic()
    counted = _host.is_root() or _host.kernel_release() >= (5, 14)
    # Bubblewrap's first process inside counts too.
    processes = limits.processes + 1 if limits.processes is not None and counted else None
    limited = _shell.limited(argv, limits, processes=processes, gated=True)
    with contextlib.ExitStack() as undo:
        setup = _Setup(undo, slot=_slots.take() if _host.is_root() else None, nursery=nursery)
        arguments = setup.arguments(limits, readable, _host.bubblewrap_version(command))
        popen = setup.launch([command, "--args", str(setup.file("\0".join(arguments)))], limited, environment)
        undo.callback(_abandon, popen)
        inner, held = _inner_process(popen, setup.status)
        undo.callback(os.close, held)
        undo.callback(_linux.kill_held, held)
        outer = _linux.hold(popen.pid)
        undo.callback(os.close, outer)
        _guardian.guard(held)
        setup.map_ids(inner)
        group = _confine(inner, limits) if nursery is None else None
        if group is not None:
            undo.callback(group.remove)
        sandbox = _Sandbox(popen, inner, (outer, held), group, limits, setup, nursery is not None)
        with contextlib.suppress(BrokenPipeError):  # it has failed already; its end will tell
            setup.let_go(popen)
        undo.pop_all()
    setup.close_ours()
    try:
        return Process(popen, sandbox, limits, started)
    except BaseException:  # no thread left to watch it, say
        sandbox.kill()
        sandbox.settle(_SETUP_SECONDS)
        raise


def variables(given: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a program that is started with `given`."""
    return {**_ENVIRONMENT, **_view.with_packages(given)}


def reach(path: Path) -> Path:
    """Where a uid without rights reaches something of the interpreter's that lies below a closed folder."""
    return keeper().alias(path, lasting=True)


class _Setup:
    """What one start takes, and gives back: a uid, descriptors, aliases of folders."""

    def __init__(self, undo: contextlib.ExitStack, slot: _slots.Slot | None, nursery: int | None = None) -> None:
        self._slot = slot
        self._nursery = nursery
        self._theirs: list[int] = []  # descriptors that bubblewrap reads, all closed before the program runs
        self._aliases: list[Path] = []
        self.status = self._go = self._maps = -1
        undo.callback(self.give_back)
        undo.callback(self.close_ours)
        self._waits, self._go = os.pipe()
        self._mapped, self._maps = os.pipe() if self._maps_ids else (-1, -1)
        self._theirs += [self._waits, *([self._mapped] if self._maps_ids else [])]
        # Not a pipe: when we are killed, writing to one that nobody reads would kill bubblewrap outside, and
        # leave it waiting inside, for ever.
        self.status = _linux.memory_file(b"")

    def arguments(self, limits: Limits, readable: Sequence[Path], version: tuple[int, ...]) -> list[str]:
        """Everything for bubblewrap but the program; handed over in a file, not to be seen in ``ps``."""
        said = ["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        said += ["--unshare-cgroup", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "dlgrade"]
        if self._nursery is None:
            said += ["--uid", str(UID), "--gid", str(UID), "--seccomp", str(self.file(_seccomp.program()))]
            said += ["--disable-userns"] if version >= (0, 8) else []
        else:
            said += ["--uid", "0", "--gid", "0", "--as-pid-1"]
            said += [word for right in _RIGHTS for word in ("--cap-add", right)]
            info = self.file("")  # bubblewrap wants it beside; the status says the same
            said += ["--userns-block-fd", str(self._mapped), "--info-fd", str(info)] if self._maps_ids else []
        said += ["--block-fd", str(self._waits), "--json-status-fd", str(self._written())]
        if self._slot is not None:
            # Held open by the sandbox's first process, so the slot is free when the last one is gone.
            said += ["--sync-fd", str(self._slot.descriptor)]
        if self._nursery is not None:  # whose children have other uids; bubblewrap would take the mode of the source
            said += [word for folder in _view.above(readable) for word in ("--perms", "0755", "--dir", folder)]
        for one in _view.system():
            said += ["--symlink", one.target, str(one.at)] if isinstance(one, _view.Link) else _bind(one)
        for name, text in _FILES.items():
            said += ["--perms", "0444", "--file", str(self.file(text)), name]
        said += self._kernel_folders(limits)
        for shown in _view.interpreter():
            said += self._show(shown, lasting=True)
        for shown in _view.submitted(readable):
            said += self._show(shown, lasting=False)
        return [*said, "--remount-ro", "/", "--chdir", "/tmp"]  # noqa: S108

    def file(self, content: str | bytes) -> int:
        """A descriptor for bubblewrap that reads `content`."""
        self._theirs.append(_linux.memory_file(content.encode() if isinstance(content, str) else content))
        return self._theirs[-1]

    def launch(
        self, command: list[str], argv: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start bubblewrap, on the keeper's thread."""
        uid = None if self._slot is None else self._slot.uid
        passed = [*self._theirs, *([] if self._slot is None else [self._slot.descriptor])]
        passed += [] if self._nursery is None else [self._nursery]
        try:
            popen = keeper().run(
                lambda: subprocess.Popen(
                    [*command, "--", *argv],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=variables(environment),
                    cwd="/",
                    pass_fds=passed,
                    user=uid,
                    group=uid,
                    extra_groups=None if uid is None else [],
                    start_new_session=True,  # Ctrl-C is for the grader, who ends it properly
                    umask=0o077,
                )
            )
        finally:
            self._close_theirs()
        return popen

    @property
    def _maps_ids(self) -> bool:
        """Whether we, and not bubblewrap, say which uids there are inside: those of all slots, for its cells."""
        return self._nursery is not None and self._slot is not None

    def map_ids(self, inner: int) -> None:
        """Map uid 0 inside to our slot, and every other slot to itself (user_namespaces(7))."""
        if self._slot is None or not self._maps_ids:
            return
        lines = _slots.mapping(self._slot)
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{inner}/{name}").write_text(lines, encoding="ascii")
        os.write(self._maps, b"!")

    def let_go(self, popen: subprocess.Popen[bytes]) -> None:
        """Let bubblewrap's inner process go on, and then the shell in there."""
        os.write(self._go, b"!")
        if popen.stdin is not None:
            os.write(popen.stdin.fileno(), _shell.GO)

    def close_ours(self) -> None:
        """Close what only the start needed, but for the status, which tells how it ended."""
        self._close_theirs()
        for ours in {self._go, self._maps} - {-1}:
            os.close(ours)
        self._go = self._maps = -1

    def give_back(self) -> None:
        """After the last process is gone: the uid, the aliases, the status."""
        if self.status >= 0:
            os.close(self.status)
        for alias in self._aliases:
            keeper().drop(alias)
        if self._slot is not None:
            self._slot.release()

    def _written(self) -> int:
        self._theirs.append(os.dup(self.status))
        return self._theirs[-1]

    def _close_theirs(self) -> None:
        while self._theirs:
            os.close(self._theirs.pop())

    def _kernel_folders(self, limits: Limits) -> list[str]:
        size = [] if limits.tmp_bytes is None else ["--size", str(limits.tmp_bytes)]
        # Bubblewrap's pid 1 has our uid but not the filter, and without Yama its memory could be written: a
        # way around the filter. So its folder in /proc is covered.
        said = ["--proc", "/proc"]
        if self._nursery is None:  # there pid 1 is the program itself
            said += ["--tmpfs", "/proc/1", "--remount-ro", "/proc/1"]
        # Mapped and shared, /dev/zero is memory that counts nowhere; /dev/full reads the same, and cannot be
        # mapped. Bubblewrap leaves /dev itself writable, and without a size.
        said += ["--dev", "/dev", "--dev-bind", "/dev/full", "/dev/zero", "--remount-ro", "/dev"]
        # /tmp comes before what is shown, since the interpreter itself may lie under it.
        for folder in ("/dev/shm", "/tmp"):  # noqa: S108 - in there they are private
            said += [*size, "--perms", "1777", "--tmpfs", folder]
        return said

    def _show(self, shown: _view.Shown, *, lasting: bool) -> list[str]:
        if self._slot is None:
            return _bind(shown)  # bubblewrap runs as ourselves and may read what we may
        if not lasting and not _view.open_to_all(shown.source):
            return self._copy(shown)
        if _view.passable(shown.source):
            return _bind(shown)
        if lasting:
            return _bind(_view.Shown(reach(shown.source), shown.at))
        alias = keeper().alias(shown.source, lasting=False)
        self._aliases.append(alias)
        return _bind(_view.Shown(alias, shown.at))

    def _copy(self, shown: _view.Shown) -> list[str]:
        copies = _view.copied(shown)
        self._theirs += [descriptor for descriptor, _ in copies]
        if not shown.source.is_dir():
            return [w for fd, at in copies for w in ("--perms", "0444", "--ro-bind-data", str(fd), str(at))]
        # A file system of its own, so that it can be made read-only even below /tmp.
        said = ["--perms", "0755", "--tmpfs", str(shown.at)]
        for descriptor, at in copies:
            said += ["--perms", "0444", "--file", str(descriptor), str(at)]
        return [*said, "--remount-ro", str(shown.at)]


class _Sandbox:
    """Holds a program under bubblewrap; see `Holder`."""

    isolation: Isolation = "bubblewrap"

    def __init__(
        self,
        popen: subprocess.Popen[bytes],
        inner: int,
        held: tuple[int, int],
        group: _cgroup.Group | None,
        limits: Limits,
        setup: _Setup,
        nursery: bool,
    ) -> None:
        self._popen, self._group, self._limits, self._setup = popen, group, limits, setup
        self._outer, self._inner = held
        # A nursery is ours, its cells are measured one by one.
        self._meter = _NoMeter() if nursery else NamespaceMeter(inner)
        self.memory_by: MemoryBy = "watchdog" if group is None else "cgroup"
        self._last: Usage | None = None

    def ended(self, timeout: float) -> bool:
        return _linux.gone(self._outer, timeout)

    def usage(self) -> Usage:
        if self._last is not None:
            return self._last
        if self._group is None:
            return self._meter.read(self._limits.memory_bytes)
        # Full is not over: there the kernel makes room, or kills and says so.
        memory = min(self._group.memory_bytes(), self._limits.memory_bytes or sys.maxsize)
        return Usage(memory, self._group.cpu_seconds())

    def kill(self) -> None:
        """End the first process of the namespace, and with it the kernel ends all others.

        Bubblewrap outside then collects it and ends by itself; killed first, it would leave that to init,
        which in some containers does not. When it does not end, it is killed too, and the inner one with it.
        """
        _linux.kill_held(self._inner)
        if not _linux.gone(self._outer, 2.0):
            _linux.kill_held(self._outer)

    def settle(self, timeout: float) -> Outcome:
        code = self._popen.wait(timeout)
        # Bubblewrap outside ends with the program; what the program left behind ends now.
        _linux.kill_held(self._inner)
        _linux.gone(self._inner, timeout)
        self._last = self.usage()
        out_of_memory = False
        if self._group is not None:
            out_of_memory = self._group.ran_out_of_memory()
            self._group.remove()
        ran = b'"exit-code"' in _linux.contents(self._setup.status)
        os.close(self._inner)
        os.close(self._outer)
        self._setup.give_back()
        if out_of_memory:
            return Outcome("memory")
        return _outcome(code, ran)


class _NoMeter:
    def read(self, _: int | None) -> Usage:
        return Usage()


def _outcome(code: int, ran: bool) -> Outcome:
    """What bubblewrap's exit code means; it says 128 + n when the program was ended by signal n."""
    if code < 0:
        return Outcome("signal", signal=-code)
    if not ran:
        return Outcome("unstarted")
    if 128 < code <= 128 + 64:
        # The kernel's own limit on processor time, for the rare case that it came before the watchdog.
        exhausted = code == 128 + getattr(signal, "SIGXCPU", 24)
        return Outcome("cpu" if exhausted else "signal", signal=code - 128)
    return Outcome("exited", code=code)


def _bind(shown: _view.Shown) -> list[str]:
    return ["--ro-bind", str(shown.source), str(shown.at)]


def _inner_process(popen: subprocess.Popen[bytes], status: int) -> tuple[int, int]:
    """The pid of the sandbox's first process, which bubblewrap writes as a line of JSON; and a hold on it."""
    deadline = time.monotonic() + _SETUP_SECONDS
    said = b""
    while b"}" not in said and time.monotonic() < deadline:
        ended = popen.poll() is not None  # asked before reading: what it wrote before its end is there then
        said = _linux.contents(status)
        if ended:
            break
        time.sleep(0.0002)
    with contextlib.suppress(ValueError, KeyError, ProcessLookupError):
        inner = int(json.loads(said.split(b"\n")[0])["child-pid"])
        return inner, _linux.hold(inner)
    complaint = _abandon(popen)
    raise MachineError(
        f"Bubblewrap could not start: {complaint or 'it said nothing'}",
        "See what is missing here: dlgrade doctor",
    )


def _abandon(popen: subprocess.Popen[bytes]) -> str:
    """End a bubblewrap that did not come to run anything; what it complained of."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        _, complaint = popen.communicate(timeout=0.5)  # when it failed it ends by itself, and says why
        return complaint.decode(errors="replace").strip()[-300:]
    popen.kill()
    popen.communicate()
    return ""


def _confine(pid: int, limits: Limits) -> _cgroup.Group | None:
    """Put a process that still waits under the limits that are set from outside."""
    with contextlib.suppress(OSError):
        # When the machine runs out of memory, the kernel shall choose the student and not the grader.
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
    return _cgroup.create(limits, pid, memory_parent())


def memory_parent() -> Path | None:
    """Where groups that limit memory can be made here; None leaves memory to the watchdog."""
    return _cgroup.parent()
