"""Runs in a cell and tries what must not work there. A program, not a module to import from.

Reads one JSON object from its standard input, the facts that it needs to try in earnest; writes one JSON list of what
escaped, empty when the cell holds. Beside it stand `_inside`, which tries the outer wall, and the tests, which try
more.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

_PR_CAPBSET_READ, _PR_GET_SECCOMP, _PR_GET_NO_NEW_PRIVS = 23, 21, 39
_CLONE_NEWUSER = 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Try everything."""
    facts = json.loads(sys.stdin.readline())
    print(json.dumps([*_rights(), *_calls(), *_others(facts), *_files(facts), *_children(facts)]))


def _rights() -> list[str]:
    escapes = [] if _libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) == 2 else ["no filter"]
    escapes += [] if _libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 else ["may gain rights"]
    escapes += [f"right {n}" for n in range(64) if _libc.prctl(_PR_CAPBSET_READ, n, 0, 0, 0) == 1]
    header, held = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if _libc.capget(header, held) != 0 or any(held):
        escapes.append("holds rights")
    return escapes + ([] if 0 not in (os.getuid(), os.getgid(), *os.getgroups()) else ["is root"])


def _calls() -> list[str]:
    """Each is refused by the filter, before the kernel looks at what it asks for."""
    asked = {
        "unshare": (_CLONE_NEWUSER,), "setns": (0, 0), "mount": (0, 0, 0, 0, 0), "umount2": (0, 0),
        "ptrace": (0, 0, 0, 0),
        "chroot": (0,), "setuid": (0,), "bpf": (0, 0, 0), "memfd_create": (0, 0), "klogctl": (2, 0, 0),
    }  # fmt: skip
    return [f"{name} is there" for name, arguments in asked.items() if _refused(name, *arguments) is None]


def _others(facts: dict[str, Any]) -> list[str]:
    escapes = [f"opened a socket of family {n}" for n in range(46) if _works(socket.socket, n, socket.SOCK_DGRAM)]
    if os.getpid() != 1:
        escapes.append("is not the first process of its own")
    escapes += [f"may signal {pid}" for pid in (facts["pid"], 2, 3, 4) if _works(os.kill, pid, 0)]
    if os.listdir("/proc"):
        escapes.append("sees processes")
    return escapes + [f"has descriptor {n}" for n in range(3, 64) if _works(os.fstat, n)]


def _files(facts: dict[str, Any]) -> list[str]:
    escapes = [f"read {name}" for name in facts["canaries"] if _works(os.open, name, os.O_RDONLY)]
    for folder in ("/", "/dev", "/etc", "/proc", "/usr/lib", os.path.dirname(os.path.abspath(__file__))):
        if _works(os.open, f"{folder}/dlgrade-trial", os.O_WRONLY | os.O_CREAT):
            escapes.append(f"wrote below {folder}")
    for folder in ("/tmp", "/dev/shm"):  # noqa: S108 - they are its own
        if not _works(os.open, f"{folder}/dlgrade-trial", os.O_WRONLY | os.O_CREAT | os.O_EXCL):
            escapes.append(f"{folder} is not its own")
        found = os.statvfs(folder)
        if found.f_blocks * found.f_frsize > facts["tmp_bytes"]:
            escapes.append(f"{folder} is larger than it may be")
    return escapes + ([] if not _works(os.execv, "/bin/true", ["true"]) else ["became another program"])


def _children(facts: dict[str, Any]) -> list[str]:
    """As many as it may have, and no more."""
    made = 0
    try:
        while made < 64:
            if os.fork() == 0:
                os.read(0, 1)
                os._exit(0)
            made += 1
    except OSError as error:
        right = (errno.EAGAIN, True) if facts["children"] else (errno.EPERM, False)
        return [] if (error.errno, made > 0) == right else [f"after {made} children: {error}"]
    return ["made as many children as it liked"]


def _works(attempt: Callable[..., object], *arguments: Any) -> bool:
    try:
        attempt(*arguments)
    except OSError:
        return False
    return True


def _refused(name: str, *arguments: int) -> int | None:
    """The error with which a call is refused; None where it is not, or the arguments were looked at first."""
    ctypes.set_errno(0)
    function = getattr(_libc, name, None)
    if function is None:  # an older libc
        return errno.ENOSYS
    result = function(*map(ctypes.c_long, arguments))
    code = ctypes.get_errno()
    return code if result == -1 and code in (errno.EPERM, errno.ENOSYS) else None


if __name__ == "__main__":
    main()
