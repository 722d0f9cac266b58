"""The few calls that only Linux has, each behind a guard so that every module imports everywhere."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from dlgrade.errors import MachineError

_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_SLAVE = 0x1000, 0x4000, 0x80000
_MNT_DETACH = 2


def _only_linux() -> MachineError:
    return MachineError("The sandbox needs Linux.", "Grade on Linux, or in a virtual machine with Linux.")


def memory_file(data: bytes) -> int:
    """A descriptor that reads `data`. A pipe would need a writer for more than it buffers."""
    if sys.platform == "linux":
        descriptor = os.memfd_create("dlgrade")
        with open(os.dup(descriptor), "wb") as file:
            file.write(data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor
    raise _only_linux()


def contents(descriptor: int) -> bytes:
    """The beginning of a file, wherever it stands."""
    if sys.platform == "linux":
        return os.pread(descriptor, 1 << 16, 0)
    raise _only_linux()


def open_file(path: Path) -> int:
    """A descriptor that reads `path`; fails on a symbolic link, and does not block on a pipe."""
    if sys.platform == "linux":
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    raise _only_linux()


def open_locked(path: Path) -> int | None:
    """A descriptor that holds the lock of `path`, made when missing; None when somebody else holds it.

    The lock belongs to the open file, not to a process: it is held until the last copy of the descriptor is
    closed, in whatever process that is.
    """
    if sys.platform == "linux":
        import fcntl

        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor
    raise _only_linux()


def is_account(uid: int) -> bool:
    """Whether somebody on this machine has the uid."""
    if sys.platform == "linux":
        import pwd

        try:
            pwd.getpwuid(uid)
        except KeyError:
            return False
        return True
    raise _only_linux()


def hold(pid: int) -> int:
    """A descriptor of a process: unlike a number it never comes to mean another process."""
    if sys.platform == "linux":
        return os.pidfd_open(pid)
    raise _only_linux()


def gone(held: int, timeout: float) -> bool:
    """Wait until a held process has ended. The first process of a pid namespace ends after all others."""
    if sys.platform == "linux":
        poll = select.poll()
        poll.register(held, select.POLLIN)
        return bool(poll.poll(max(0, int(timeout * 1000))))
    raise _only_linux()


def pid_of(held: int) -> int:
    """The number here of a held process, whatever it is in namespaces below; -1 when it has ended."""
    if sys.platform == "linux":
        with open(f"/proc/self/fdinfo/{held}", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pid:"))
    raise _only_linux()


def kill_held(held: int) -> None:
    """SIGKILL a held process, if it is still there."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(held, signal.SIGKILL)
        return
    raise _only_linux()


def held_by(mount: str) -> tuple[int, int]:
    """Bytes and files that a file system holds."""
    if sys.platform == "linux":
        found = os.statvfs(mount)
        return (found.f_blocks - found.f_bfree) * found.f_frsize, found.f_files - found.f_ffree
    raise _only_linux()


def unix_listener(address: str) -> socket.socket:
    """A socket that listens on a Unix address."""
    if sys.platform == "linux":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address)
        listener.listen()
        return listener
    raise _only_linux()


def packet_sockets() -> tuple[socket.socket, socket.socket]:
    """Two connected sockets that keep messages apart."""
    if sys.platform == "linux":
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    raise _only_linux()


def send_descriptors(to: socket.socket, message: bytes, descriptors: Sequence[int]) -> None:
    """Send a message and copies of descriptors, or fail at once where nobody takes them."""
    if sys.platform == "linux":
        socket.send_fds(to, [message], list(descriptors), socket.MSG_DONTWAIT)
        return
    raise _only_linux()


def receive(of: socket.socket, seconds: float) -> tuple[bytes, list[int]]:
    """The next message, and what descriptors came with it.

    Raises:
        TimeoutError: none came in time.
    """
    if sys.platform == "linux":
        of.settimeout(seconds)
        said, received, _, _ = socket.recv_fds(of, 1 << 13, 4)
        return said, received
    raise _only_linux()


def send_descriptor(to: socket.socket, message: bytes, descriptor: int) -> None:
    """Send a message and a copy of a descriptor."""
    if sys.platform == "linux":
        socket.send_fds(to, [message], [descriptor])
        return
    raise _only_linux()


def leave_mount_namespace() -> None:
    """Give the calling thread, and it alone, a copy of the mounts whose changes nobody else sees.

    Mounts made outside still arrive and, more to the point, unmounts do: nobody's disk stays busy.
    """
    _call("unshare", ctypes.c_int(_CLONE_NEWNS))
    _call("mount", b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_SLAVE), None)


def mount_empty(folder: Path, options: str) -> None:
    """Mount an empty file system in memory on `folder`."""
    _call("mount", b"tmpfs", os.fsencode(folder), b"tmpfs", ctypes.c_ulong(0), options.encode())


def mount_bind(source: Path, target: Path) -> None:
    """Show `source`, with what is mounted below it, at `target`."""
    flags = ctypes.c_ulong(_MS_BIND | _MS_REC)
    _call("mount", os.fsencode(source), os.fsencode(target), None, flags, None)


def unmount(target: Path) -> None:
    """Take a mount away; what still uses it keeps it."""
    _call("umount2", os.fsencode(target), ctypes.c_int(_MNT_DETACH))


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def send_back(uid: int, pids: Sequence[int]) -> None:
    """Give all processes of a uid, those listed and the group of the first one the least weight (sched(7)).

    The kernel looks at the group where it has such groups, and else at each process: sixty of the lowest priority
    weigh as much as one of the usual, sixty that are to run when nobody else will weigh a fifth of that. Measured
    without groups, a neighbour on the same cores keeps half of a core all the same, not three quarters.
    """
    os.setpriority(os.PRIO_USER, uid, 19)
    for pid in pids:
        with contextlib.suppress(OSError):  # it has ended
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{pids[0]}/autogroup", "w", encoding="ascii") as file:
        file.write("19")
