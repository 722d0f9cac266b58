"""Runs inside the sandbox and tries what must not work. A program, not a module to import from.

Reads one JSON object from its standard input, the facts that it needs to try in earnest; writes one JSON
list of ``[name, held, what holds or what escaped]``. Needs the standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import socket
import sys
from collections.abc import Callable
from typing import Any

assert sys.platform == "linux"  # noqa: S101 - said to the type checker; nobody runs this elsewhere

import resource  # noqa: E402 - Windows has no such module

_CLONE_NEWUSER = 0x10000000
_PTRACE_TRACEME = 0
_CALLS = ("clone", "clone3", "bpf", "keyctl", "io_uring_setup", "memfd_create")  # not all of them are in libc
_NUMBERS = {
    "x86_64": (56, 435, 321, 250, 425, 319),
    "aarch64": (220, 435, 280, 219, 425, 279),
}
_libc = ctypes.CDLL(None, use_errno=True)

Facts = dict[str, Any]
Escapes = list[str]


def main() -> None:
    """Try everything."""
    facts = json.loads(sys.stdin.readline())
    results = []
    for name, attempt in ATTEMPTS.items():
        try:
            escapes = attempt(facts)
        except Exception as error:  # an attempt that could not be made proves nothing
            escapes = [f"could not be tried: {type(error).__name__}: {error}"]
        results.append([name, not escapes, "; ".join(escapes) or attempt.__doc__])
    print(json.dumps(results))


def _network(facts: Facts) -> Escapes:
    """No connection leaves, not even to this machine."""
    escapes = []
    network, abstract = ("127.0.0.1", facts["port"]), facts["abstract"]
    for family, address in ((socket.AF_INET, network), (socket.AF_UNIX, abstract)):
        if _works(_connect, family, address):
            escapes.append(f"reached {address!r} of this machine")
    for number in (40, 17, 16):  # VSOCK, to a hypervisor, knows no namespaces; PACKET; NETLINK
        if _works(_open_socket, number):
            escapes.append(f"opened a socket of family {number}")
    return escapes


def _processes(facts: Facts) -> Escapes:
    """No process outside is seen or signalled."""
    seen = sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())
    escapes = [f"sees {len(seen)} processes"] if len(seen) > 4 else []
    if _works(os.kill, facts["pid"], 0) and facts["pid"] not in seen:
        escapes.append(f"may signal process {facts['pid']}")
    return escapes


def _other_memory(_: Facts) -> Escapes:
    """No memory but its own is read or written."""
    escapes = [f"opened {name}" for name in ("/proc/1/mem", "/proc/1/environ") if _opens(name)]
    child = os.fork()  # once traced, a process stops at its next signal
    if child == 0:
        os._exit(_libc.ptrace(_PTRACE_TRACEME, 0, 0, 0) == 0)
    if os.waitpid(child, 0)[1]:
        escapes.append("ptrace works")
    for name in ("process_vm_readv", "process_vm_writev"):
        if getattr(_libc, name)(os.getpid(), None, 0, None, 0, 0) == 0:
            escapes.append(f"{name} works")
    return escapes


def _writing(facts: Facts) -> Escapes:
    """Nothing is written but in its own /tmp and /dev/shm."""
    escapes = []
    for folder in ("/", "/dev", "/etc", "/proc/sys/kernel", "/usr", "/usr/lib", *facts["folders"]):
        name = os.path.join(folder, "dlgrade-probe")
        if _opens(name, "w"):
            os.unlink(name)
            escapes.append(f"wrote below {folder}")
    return escapes + [f"opened {name} for writing" for name in facts["files"] if _opens(name, "r+b")]


def _reading(facts: Facts) -> Escapes:
    """No file outside is read."""
    return [f"read {name}" for name in facts["canaries"] if _opens(name)]


def _kernel_settings(_: Facts) -> Escapes:
    """No setting of the kernel is changed."""
    names = ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger")
    return [f"opened {name} for writing" for name in names if _opens(name, "r+b")]


def _rights(_: Facts) -> Escapes:
    """It holds no right, is not root and cannot become it."""
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    escapes = [
        f"holds {name} {status[name]}"
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
        if int(status[name], 16)
    ]
    if os.getuid() == 0 or _works(os.setuid, 0):
        escapes.append("is or became root")
    if status.get("NoNewPrivs") != "1" or status.get("Seccomp") != "2":
        escapes.append("may gain rights: no_new_privs or the filter is missing")
    if os.getgroups() not in ([], [os.getgid()], [65534]):
        escapes.append(f"is in groups {os.getgroups()}")
    return escapes


def _namespaces(facts: Facts) -> Escapes:
    """It shares no namespace with this machine, makes none and mounts nothing."""
    escapes = [
        f"is in the {kind} namespace of this machine"
        for kind, ours in facts["namespaces"].items()
        if os.readlink(f"/proc/self/ns/{kind}") == ours
    ]
    if _libc.unshare(_CLONE_NEWUSER) == 0:
        escapes.append("made a user namespace with unshare")
    if _libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0:
        escapes.append("mounted a file system")
    pid = _call("clone", _CLONE_NEWUSER | 17, 0, 0, 0, 0)  # 17 is SIGCHLD
    if pid == 0:
        os._exit(0)
    if pid > 0:
        os.waitpid(pid, 0)
        escapes.append("made a user namespace with clone")
    if _call("clone3", 0, 0) != -errno.ENOSYS:
        escapes.append("clone3 is there")
    return escapes


def _kernel_calls(_: Facts) -> Escapes:
    """Calls that have opened kernels are refused."""
    attempts = {"bpf": (0, 0, 0), "keyctl": (0, 0, 0), "io_uring_setup": (1, 0), "memfd_create": (0, 0)}
    # Refused by the filter, and not merely because these arguments make no sense.
    return [
        f"{name} is there"
        for name, arguments in attempts.items()
        if _call(name, *arguments) not in (-errno.EPERM, -errno.ENOSYS)
    ]


def _environment(facts: Facts) -> Escapes:
    """Its environment is what it was given."""
    with open("/proc/self/environ", "rb") as file:
        names = {part.split(b"=")[0].decode() for part in file.read().split(b"\0") if part}
    return [f"has {name}" for name in sorted(names | set(os.environ)) if name not in facts["environment"]]


def _descriptors(_: Facts) -> Escapes:
    """It has standard input, output and error, and no other descriptor."""
    return [f"has descriptor {n}" for n in range(3, 1024) if _works(os.fstat, n)]


def _devices(_: Facts) -> Escapes:
    """It sees no device of the machine."""
    expected = {"console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin"}
    expected |= {"stdout", "tty", "urandom", "zero"}
    return [f"has /dev/{name}" for name in sorted(set(os.listdir("/dev")) - expected)]


def _files(facts: Facts) -> Escapes:
    """Files, /tmp and /dev/shm stay within their sizes."""
    escapes = []
    if not _works(_write, "/tmp/small", 1000):  # noqa: S108
        escapes.append("could not write to its own /tmp")
    if _works(_write, "/tmp/large", facts["file_bytes"] + 1):  # noqa: S108
        escapes.append("wrote a file over the limit")
    for folder in ("/tmp", "/dev/shm"):  # noqa: S108
        pieces = 2 + facts["tmp_bytes"] // facts["file_bytes"]
        if all(_works(_write, f"{folder}/{i}", facts["file_bytes"]) for i in range(pieces)):
            escapes.append(f"filled {folder} over its size")
    if resource.getrlimit(resource.RLIMIT_CORE) != (0, 0):
        escapes.append("may write core files")
    return escapes


ATTEMPTS: dict[str, Callable[[Facts], Escapes]] = {
    "network": _network,
    "other processes": _processes,
    "other memory": _other_memory,
    "writing": _writing,
    "reading": _reading,
    "kernel settings": _kernel_settings,
    "rights": _rights,
    "namespaces": _namespaces,
    "kernel calls": _kernel_calls,
    "environment": _environment,
    "descriptors": _descriptors,
    "devices": _devices,
    "file sizes": _files,
}


def _works(attempt: Callable[..., object], *arguments: Any) -> bool:
    try:
        attempt(*arguments)
    except OSError:
        return False
    return True


def _opens(name: str, mode: str = "rb") -> bool:
    try:
        open(name, mode).close()
    except OSError:
        return False
    return True


def _connect(family: int, address: Any) -> None:
    with socket.socket(family) as client:
        client.settimeout(2)
        client.connect(address)


def _open_socket(family: int) -> None:
    socket.socket(family, socket.SOCK_DGRAM).close()


def _write(name: str, size: int) -> None:
    with open(name, "wb") as file:
        file.write(bytes(size))


def _call(name: str, *arguments: int) -> int:
    """The result of a system call, or the error's number with a minus."""
    number = _NUMBERS[platform.machine()][_CALLS.index(name)]
    ctypes.set_errno(0)
    result = int(_libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)))
    return result if result >= 0 else -ctypes.get_errno()


if __name__ == "__main__":
    main()
