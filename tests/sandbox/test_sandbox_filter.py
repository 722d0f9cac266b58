"""The system call filter, run by a small interpreter of the kernel's filter language."""

from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import pytest

from dlgrade.sandbox import _allowlist, _seccomp

X86, ARM = 0xC000003E, 0xC00000B7
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000


def decide(program: bytes, number: int, *arguments: int, architecture: int) -> int:
    """What the kernel would answer."""
    data = struct.pack("<IIQ6Q", number, architecture, 0, *(*arguments, *[0] * 6)[:6])
    code = list(struct.iter_unpack("<HBBI", program))
    held, at = 0, 0
    while True:
        kind, if_true, if_false, value = code[at]
        at += 1
        if kind == 0x20:
            (held,) = struct.unpack_from("<I", data, value)
        elif kind == 0x54:
            held &= value
        elif kind == 0x06:
            return int(value)
        else:
            true = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[kind]
            at += if_true if true else if_false


@pytest.mark.parametrize(
    ("machine", "architecture", "numbers"),
    [
        (
            "x86_64",
            X86,
            {"read": 0, "ptrace": 101, "clone": 56, "ioctl": 16, "socket": 41, "mmap": 9, "last": 600},
        ),
        (
            "aarch64",
            ARM,
            {"read": 63, "ptrace": 117, "clone": 220, "ioctl": 29, "socket": 198, "mmap": 222, "last": 600},
        ),
    ],
)
def test_decisions(machine: str, architecture: int, numbers: dict[str, int]) -> None:
    program = _seccomp.program(machine)
    assert len(program) % 8 == 0
    assert len(program) // 8 <= 4096  # the kernel takes no more

    def asked(name: str, *arguments: int) -> int:
        return decide(program, numbers[name], *arguments, architecture=architecture)

    refused = ERRNO | errno.EPERM
    assert asked("read", 0) == ALLOW
    assert asked("last") == ALLOW
    assert asked("ptrace", 16, 1) == refused
    assert asked("clone", 17) == asked("clone", 0x3D0F00) == ALLOW  # fork, and a thread as libc makes it
    for flag in (0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert asked("clone", 17 | flag) == refused
        assert asked("clone", 17 | flag | 1 << 40) == refused
    assert asked("ioctl", 1, 0x5401) == asked("ioctl", 0x5412, 0) == ALLOW
    assert asked("ioctl", 1, 0x5412) == asked("ioctl", 1, 0x541C) == asked("ioctl", 1, 0x5412 | 1 << 32) == refused
    assert asked("socket", 1) == ALLOW
    for family in (0, 2, 10, 16, 17, 38, 40, 1 << 31):
        assert asked("socket", family) == ERRNO | errno.EAFNOSUPPORT
    assert asked("mmap", 0, 0, 0, 0x22) == asked("mmap", 0, 0, 0, 0x01) == ALLOW  # private; shared with a file
    assert asked("mmap", 0, 0, 0, 0x21) == asked("mmap", 0, 0, 0, 0x23) == asked("mmap", 0, 0, 0, 0x4021) == refused
    assert decide(program, 435, architecture=architecture) == ERRNO | errno.ENOSYS
    assert decide(program, numbers["read"], architecture=0x40000003) == KILL


def test_the_second_table_of_x86_64_is_closed() -> None:
    program = _seccomp.program("x86_64")
    assert decide(program, 0x40000000, architecture=X86) == ERRNO | errno.ENOSYS
    assert decide(program, 0x40000000 | 101, architecture=X86) == ERRNO | errno.ENOSYS


@pytest.mark.parametrize(
    ("column", "header"),
    [(0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), (1, "/usr/include/asm-generic/unistd.h")],
)
def test_the_numbers_are_those_of_the_kernels_headers(column: int, header: str) -> None:
    if not Path(header).exists():
        pytest.skip(f"{header} is not installed")
    found = dict(re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text(), re.MULTILINE))
    if "fstatat" in found:  # the generic header names it by the number of bits
        found.setdefault("newfstatat", found["fstatat"])
    tables = {**_seccomp.FORBIDDEN, **_seccomp._MISSING}
    tables |= {
        "clone": _seccomp._CLONE,
        "ioctl": _seccomp._IOCTL,
        "socket": _seccomp._SOCKET,
        "mmap": _seccomp._MMAP,
    }
    tables |= {**_allowlist.ALLOWED, **_allowlist.JUDGED, **_allowlist.REFUSED, **_allowlist._SOCKET}
    newer = {"open_tree_attr"}  # than the headers of most distributions
    wrong = {
        name: numbers[column]
        for name, numbers in tables.items()
        if found.get(name, None if name not in newer else str(numbers[column]))
        != (None if numbers[column] is None else str(numbers[column]))
    }
    assert not wrong


@pytest.mark.parametrize(("machine", "architecture", "column"), [("x86_64", X86, 0), ("aarch64", ARM, 1)])
def test_in_a_cell_what_is_not_named_is_missing(machine: str, architecture: int, column: int) -> None:
    program = _allowlist.program(machine)
    named = {
        **_allowlist.ALLOWED,
        **_allowlist.JUDGED,
        **_allowlist.REFUSED,
        **_seccomp.FORBIDDEN,
        **_allowlist._SOCKET,
    }
    numbers = {pair[column] for pair in named.values()}

    def asked(name: str, *arguments: int) -> int:
        return decide(program, named[name][column], *arguments, architecture=architecture)  # type: ignore[arg-type]

    for number in set(range(600)) - numbers:
        assert decide(program, number, architecture=architecture) == ERRNO | errno.ENOSYS
    assert {asked(name) for name, pair in _allowlist.ALLOWED.items() if pair[column] is not None} == {ALLOW}
    refused = ERRNO | errno.EPERM
    assert asked("execve") == asked("ptrace") == asked("unshare") == asked("setsid") == refused
    assert asked("clone", 17) == asked("clone", 0x3D0F00) == ALLOW
    assert asked("clone", 17 | 0x10000000) == refused
    assert (asked("mmap", 0, 0, 0, 0x22), asked("mmap", 0, 0, 0, 0x21)) == (ALLOW, refused)
    assert (asked("socketpair", 1), asked("socketpair", 2)) == (ALLOW, refused)
    assert asked("socket", 1) == asked("socket", 2) == ERRNO | errno.EAFNOSUPPORT
    assert (asked("prlimit64", 0), asked("prlimit64", 7), asked("setpriority", 0, 0)) == (ALLOW, refused, ALLOW)
    assert (asked("prctl", 15), asked("prctl", 4), asked("ioctl", 0, 0x5401)) == (ALLOW, refused, ALLOW)
    assert (asked("kill", 1, 19), asked("tkill", 1, 19), asked("kill", 7, 19)) == (KILL, KILL, ALLOW)
    assert (asked("kill", 1, 9), asked("kill", 0, 9), asked("tgkill", 1, 1, 9)) == (KILL, KILL, KILL)
    assert (asked("kill", 1, 15), asked("kill", 5, 9), asked("tgkill", 1, 1, 10)) == (ALLOW, ALLOW, ALLOW)
    assert decide(program, 0, architecture=0x40000003) == KILL


@pytest.mark.parametrize(("machine", "architecture", "column"), [("x86_64", X86, 0), ("aarch64", ARM, 1)])
def test_a_cell_without_children_has_threads_all_the_same(machine: str, architecture: int, column: int) -> None:
    program = _allowlist.program(machine, children=False)
    clone = _allowlist.JUDGED["clone"][column]
    refused = ERRNO | errno.EPERM
    assert decide(program, clone, 0x3D0F00, architecture=architecture) == ALLOW
    assert decide(program, clone, 0x3D0F00 | 0x10000000, architecture=architecture) == refused
    for flags in (17, 0x4111, 17 | 1 << 40):  # fork, vfork, and what the kernel does not look at
        assert decide(program, clone, flags, architecture=architecture) == refused
    for name in ("fork", "vfork"):
        number = _allowlist.ALLOWED[name][column]
        assert number is None or decide(program, number, architecture=architecture) == refused


def test_other_machines_have_none() -> None:
    assert not _seccomp.supported("riscv64")
    assert _seccomp.supported("x86_64")
    assert _seccomp.supported("aarch64")
