"""The calls by which a process takes rights away from itself, by their numbers; Linux only, one thread only.

Promises: each either does what it says or raises `OSError` with the name of the call. Does not decide anything.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

NEW_MOUNTS, NEW_CGROUP, NEW_UTS, NEW_IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEW_USER, NEW_PID, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000

READ_ONLY, NO_SUID, NO_DEVICES, NO_PROGRAMS = 1, 2, 4, 8
_RECURSIVE, _PRIVATE = 0x4000, 0x40000

_SET_DUMPABLE, _SET_SECCOMP, _CAPBSET_READ, _CAPBSET_DROP, _SET_SECUREBITS, _SET_NO_NEW_PRIVS = 4, 22, 23, 24, 28, 38
_CAP_AMBIENT, _AMBIENT_CLEAR = 47, 4
_FILTER = 2
# SECBIT_NOROOT, SECBIT_NO_SETUID_FIXUP, SECBIT_NO_CAP_AMBIENT_RAISE, each with its lock (capabilities(7)).
_NO_RIGHTS_FOR_ROOT = 0x01 | 0x02 | 0x04 | 0x08 | 0x40 | 0x80
_CAPABILITY_VERSION = 0x20080522

# Landlock's calls have the same numbers on all machines (landlock(7)).
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_FOLDER, REMOVE_FILE, MAKE_FOLDER, MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
MAKE_PIPE, MAKE_LINK, REFER, TRUNCATE = 1 << 10, 1 << 12, 1 << 13, 1 << 14
_OF_FIRST, _OF_SECOND, _OF_THIRD, _OF_FIFTH = (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1, (1 << 16) - 1
_TCP = 0b11  # bind and connect, from version 4
_SCOPES = 0b11  # abstract sockets and signals stay within, from version 6

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def leave(namespaces: int) -> None:
    """Go on in fresh namespaces; a pid namespace is for the children made next (unshare(2))."""
    _call("unshare", ctypes.c_int(namespaces))


def join(descriptor: int, kind: int) -> None:
    """Join a namespace, or for pids have the next children made there (setns(2))."""
    _call("setns", ctypes.c_int(descriptor), ctypes.c_int(kind))


def keep_mounts_apart() -> None:
    """No mount made from now on is seen elsewhere, nor one made elsewhere here (mount_namespaces(7))."""
    _call("mount", b"none", b"/", None, ctypes.c_ulong(_RECURSIVE | _PRIVATE), None)


def mount_memory(folder: str, options: str, flags: int) -> None:
    """Mount an empty file system in memory."""
    _call("mount", b"tmpfs", folder.encode(), b"tmpfs", ctypes.c_ulong(flags), options.encode())


def make_dumpable(value: bool) -> None:
    """Whether /proc/self is this process's own, and others of its uid may look into it (prctl(2))."""
    _prctl(_SET_DUMPABLE, int(value))


def drop_all_rights() -> None:
    """No capability is held, can be had by a program, or comes back with a change of uid (capabilities(7))."""
    _prctl(_SET_SECUREBITS, _NO_RIGHTS_FOR_ROOT)
    _prctl(_CAP_AMBIENT, _AMBIENT_CLEAR)
    number = 0
    while _raw_prctl(_CAPBSET_READ, number) >= 0:
        _prctl(_CAPBSET_DROP, number)
        number += 1
    header = struct.pack("<Ii", _CAPABILITY_VERSION, 0)
    _call("capset", ctypes.c_char_p(header), ctypes.c_char_p(bytes(24)))
    _prctl(_SET_NO_NEW_PRIVS, 1)


def landlock_version() -> int:
    """The version of Landlock that the kernel has; 0 where it has none."""
    if _libc is None:
        return 0
    return max(0, int(_libc.syscall(ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint(1))))


def landlock(rules: dict[str, int]) -> None:
    """Allow below each path what its bits say, and of files nothing else; no TCP, no signal to the outside."""
    version = landlock_version()
    files = (_OF_FIRST, _OF_SECOND, _OF_THIRD, _OF_THIRD, _OF_FIFTH)[min(version, 5) - 1]
    attributes = struct.pack("<QQQ", files, _TCP, _SCOPES)[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = _syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path, allowed in rules.items():
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                _syscall(_ADD_RULE, ruleset, 1, struct.pack("<Qi", allowed & files, place), 0)
            finally:
                os.close(place)
        _syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def filter_calls(code: bytes) -> None:
    """From now on the kernel asks this filter about every call, for good (seccomp(2))."""
    program = _Program(len(code) // 8, code)
    _prctl(_SET_SECCOMP, _FILTER, ctypes.addressof(program))


def _raw_prctl(option: int, *arguments: int) -> int:
    padded = [*arguments, 0, 0, 0, 0][:4]
    if _libc is None:
        raise OSError("there is no prctl here")
    return int(_libc.prctl(ctypes.c_int(option), *map(ctypes.c_ulong, padded)))


def _prctl(option: int, *arguments: int) -> None:
    if _raw_prctl(option, *arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl {option}: {os.strerror(code)}")


def _call(name: str, *arguments: object) -> None:
    if _libc is None or getattr(_libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def _syscall(number: int, *arguments: int | bytes) -> int:
    if _libc is None:
        raise OSError("there are no such calls here")
    given = [ctypes.c_char_p(one) if isinstance(one, bytes) else ctypes.c_long(one) for one in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *given))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"call {number}: {os.strerror(code)}")
    return result
