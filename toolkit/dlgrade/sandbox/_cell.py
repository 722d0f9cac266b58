"""What a child of the nursery does before it runs what is not trusted: it walls itself in, then says so.

Promises: when "isolated" has been said, this process is the first of a pid namespace, so that its end is the end of all
it started; it sees no process, network or IPC but its own, writes only to a /tmp and a /dev/shm of its own that have a
size and vanish with it, holds no right and can get none, no descriptor but its three pipes, and may make only the
system calls of `_allowlist`. Anything that fails on the way ends it before a byte of a submission was read.

Does not cover: /proc is empty in there and no other program can be run, so what needs either is for a worker of its
own. Layout of memory and, where PYTHONHASHSEED is not set, hashes of text are those of the nursery, the same in all its
children: a submission that learned them could tell them to a later one only through a channel, and there is none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from dlgrade.sandbox import _kernel

UID = 1000  # inside, as under bubblewrap
REPORT = 3
"""The descriptor of the report while a cell is being made."""

_READ = _kernel.READ_FILE | _kernel.READ_FOLDER
_WRITE = (
    _READ | _kernel.WRITE_FILE | _kernel.TRUNCATE | _kernel.MAKE_FILE | _kernel.REMOVE_FILE | _kernel.MAKE_FOLDER
    | _kernel.REMOVE_FOLDER | _kernel.MAKE_LINK | _kernel.MAKE_PIPE | _kernel.REFER
)  # fmt: skip
_TO_A_FILE = _kernel.READ_FILE | _kernel.WRITE_FILE | _kernel.TRUNCATE
RULES = {
    "/": _READ,
    "/tmp": _WRITE,  # noqa: S108 - in there it is private
    "/dev/shm": _WRITE,  # noqa: S108
    **{f"/dev/{name}": _TO_A_FILE for name in ("null", "full", "zero")},
}

FRESH = ("/tmp", "/dev/shm")  # noqa: S108
"""Where each cell has an empty folder of its own, whatever lay there in the nursery."""

_OPEN_FILES = 1024
_CPU_SLACK = 2  # the watchdog stops it first and knows why; this is for when the watchdog cannot


def take(descriptors: Sequence[int]) -> None:
    """Keep standard input, output and error and the report, close all else that the nursery had open."""
    os.setsid()  # a session of its own is a scheduling group of its own where the kernel groups by session (sched(7))
    # First out of the way of the numbers they shall have, then to these.
    moved = [os.dup(descriptor) for descriptor in descriptors]
    top = max(*moved, *descriptors) + 1
    high = [os.dup2(descriptor, top + number) for number, descriptor in enumerate(moved)]
    for number, descriptor in enumerate(high):
        os.dup2(descriptor, number)
    os.closerange(len(high), os.sysconf("SC_OPEN_MAX"))


def wall_in(limits: Mapping[str, Any], uid: int | None, core: int | None, code: bytes) -> None:
    """Take everything away that a program in a cell shall not have.

    Args:
        limits: the fields of `Limits` that a process can have.
        uid: of the slot, where the nursery may choose; None keeps that of the nursery.
        core: to run on, all threads and children included; None leaves it all of the nursery's.
        code: the filter.
    """
    if sys.platform != "linux":
        raise OSError("cells are for Linux")
    if core is not None:
        os.sched_setaffinity(0, {core})
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")  # when the machine runs out of memory, the kernel shall choose this and nothing of ours
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        _kernel.make_dumpable(True)  # a change of uid takes /proc/self away from its owner, and the map is in there
    _fresh_namespaces(os.getuid(), os.getgid())
    _fresh_folders(limits["tmp_bytes"])
    _limit(limits)
    _kernel.drop_all_rights()
    os.chdir("/tmp")  # noqa: S108
    os.umask(0o077)
    _kernel.landlock(RULES)
    _kernel.make_dumpable(False)
    _kernel.filter_calls(code)


def _fresh_namespaces(uid: int, gid: int) -> None:
    """In a user namespace of its own a process may make the others, and its processes are counted by themselves.

    That count is kept for each user namespace since Linux 5.14; see RLIMIT_NPROC in getrlimit(2).
    """
    new = _kernel.NEW_USER | _kernel.NEW_MOUNTS | _kernel.NEW_NETWORK | _kernel.NEW_IPC
    _kernel.leave(new | _kernel.NEW_UTS | _kernel.NEW_CGROUP)
    # Who has no rights outside maps one id, its own, after giving up setgroups (user_namespaces(7)).
    for name, text in (("setgroups", "deny"), ("uid_map", f"{UID} {uid} 1"), ("gid_map", f"{UID} {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    _kernel.keep_mounts_apart()


def _fresh_folders(tmp_bytes: int | None) -> None:
    """A /tmp and a /dev/shm of its own; nothing where the nursery's processes and terminals are seen."""
    flags = _kernel.NO_SUID | _kernel.NO_DEVICES
    size = "" if tmp_bytes is None else f",size={tmp_bytes}"
    for folder in FRESH:
        _kernel.mount_memory(folder, f"mode=1777{size}", flags)
    for folder in ("/dev/pts", "/proc"):
        _kernel.mount_memory(folder, "mode=555,size=4k,nr_inodes=1", flags | _kernel.READ_ONLY | _kernel.NO_PROGRAMS)


def _limit(limits: Mapping[str, Any]) -> None:
    if sys.platform != "linux":
        return
    import resource

    _at_most(resource.RLIMIT_CORE, 0)
    _at_most(resource.RLIMIT_MEMLOCK, 0)
    _at_most(resource.RLIMIT_MSGQUEUE, 0)
    _at_most(resource.RLIMIT_NOFILE, _OPEN_FILES)
    if limits["cpu_seconds"] is not None:
        _at_most(resource.RLIMIT_CPU, int(limits["cpu_seconds"]) + _CPU_SLACK)
    if limits["file_bytes"] is not None:
        _at_most(resource.RLIMIT_FSIZE, limits["file_bytes"])
    if limits["processes"] is not None:
        _at_most(resource.RLIMIT_NPROC, limits["processes"])


def _at_most(kind: int, value: int) -> None:
    if sys.platform == "linux":
        import resource

        highest = resource.getrlimit(kind)[1]
        value = value if highest == resource.RLIM_INFINITY else min(value, highest)
        resource.setrlimit(kind, (value, value))


def forget_what_is_shared() -> None:
    """Draw anew what a fresh process would have drawn, so that no two children know each other's."""
    import random

    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "tempfile" in sys.modules:
        sys.modules["tempfile"]._name_sequence = None  # type: ignore[attr-defined]
