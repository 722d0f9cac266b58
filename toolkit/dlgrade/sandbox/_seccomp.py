"""The system call filter, as the bytes that ``bwrap --seccomp`` reads. Pure: touches nothing.

A filter is a program of the kernel's classic packet filter, run on every system call with its number and
arguments; instructions are four little fields, ``code, jump if true, jump if false, constant``. This one is a
denylist: it takes away what a network in Python never needs and what has opened kernels before. What it does
not name is allowed, so it narrows the kernel's surface but does not close it.
"""

from __future__ import annotations

import errno
import platform
import struct

_LOAD, _AND, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets into the kernel's struct seccomp_data

# Machine, as uname says it: the audit constant of its native calling convention, column of `_DENIED`.
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_X32 = 0x40000000  # on x86_64, calls with this bit are a second table of the same calls: they would slip by

# name: (number on x86_64, number on aarch64); None where that machine does not have it.
FORBIDDEN: dict[str, tuple[int | None, int | None]] = {
    # Other processes. A traced pid 1 that is stopped would hang bubblewrap for ever.
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    # Mounts, namespaces, and files by handle, which pass by every mount.
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "open_tree_attr": (467, 467),
    "unshare": (272, 97), "setns": (308, 268), "fanotify_init": (300, 262),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    # The kernel's keyrings are not in a namespace.
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    # Programs and probes inside the kernel.
    "bpf": (321, 280), "perf_event_open": (298, 241), "lookup_dcookie": (212, 18),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106),
    # The machine: all need rights that nobody inside holds; refused here once more.
    "acct": (163, 89), "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142),
    "syslog": (103, 116), "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None),
    "ioperm": (173, None), "quotactl": (179, 60), "quotactl_fd": (443, 443), "vhangup": (153, 58),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266),
    "adjtimex": (159, 171), "personality": (135, 92), "modify_ldt": (154, None), "uselib": (134, None),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    # Keeps a huge page alive for every small piece of it that lies in a pipe.
    "vmsplice": (278, 75),
}  # fmt: skip

# Said to be missing, because libraries then fall back to something older that can be judged.
_MISSING: dict[str, tuple[int | None, int | None]] = {
    # Its flags lie in memory, where a filter cannot look; without it libc uses clone, whose flags we see.
    "clone3": (435, 435),
    # Works on a ring in memory: calls made through it pass by every filter.
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    # Memory that belongs to no process's resident set and to no sized file system.
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
}  # fmt: skip

_CLONE, _IOCTL, _SOCKET, _MMAP = (56, 220), (16, 29), (41, 198), (9, 222)
# NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX type into the terminal of whoever started us
# There is no network to reach, so only Unix sockets are left, which processes talk to each other through.
# VSOCK, which leads to the hypervisor, knows no network namespace; TCP's buffers are the whole machine's.
_AF_UNIX = 1
# Shared memory without a file: pages that are let go of with madvise stay, and count nowhere. Shared memory
# with a file, as multiprocessing and torch make it, lives in /dev/shm, which has a size.
SHARED_ANONYMOUS = 0x01 | 0x20


def supported(machine: str | None = None) -> bool:
    """Whether there is a filter for this kind of processor."""
    return (machine or platform.machine()) in MACHINES


def program(machine: str | None = None) -> bytes:
    """The filter for `machine`, by default this one."""
    column = MACHINES[machine or platform.machine()][1]
    code = opening(machine or platform.machine())
    for table, error in ((FORBIDDEN, errno.EPERM), (_MISSING, errno.ENOSYS)):
        for numbers in table.values():
            number = numbers[column]
            if number is not None:
                code += [is_equal(number, 0, 1), returns(ERRNO | error)]
    refuse = returns(ERRNO | errno.EPERM)
    code += on(_CLONE[column], 0, [has_any(NAMESPACES, 0, 1), refuse])
    for request in _TERMINAL_INPUT:
        code += on(_IOCTL[column], 1, [is_equal(request, 0, 1), refuse])
    both = SHARED_ANONYMOUS
    code += on(_MMAP[column], 3, [with_mask(both), is_equal(both, 0, 1), refuse])
    unknown = returns(ERRNO | errno.EAFNOSUPPORT)
    code += on(_SOCKET[column], 0, [is_equal(_AF_UNIX, 1, 0), unknown])
    return b"".join([*code, returns(ALLOW)])


def opening(machine: str) -> list[bytes]:
    """The beginning of a filter: only the native calling convention goes on, with the call's number in hand."""
    architecture, column = MACHINES[machine]
    # A call made in another convention (32-bit code on x86_64) has other numbers: end the process.
    code = [load(_ARCHITECTURE), is_equal(architecture, 1, 0), returns(KILL), load(_NUMBER)]
    if column == 0:
        code += [_test(_JUMP_AT_LEAST, _X32, 0, 1), returns(ERRNO | errno.ENOSYS)]
    return code


def on(number: int, index: int, body: list[bytes]) -> list[bytes]:
    """Run `body` on the low half of an argument when the call is `number`; the accumulator holds it again.

    The kernel itself reads only the low 32 bits of these arguments, so a test of all 64 could be passed by
    setting a bit that nobody looks at.
    """
    inside = [argument(index), *body, load(_NUMBER)]
    return [is_equal(number, 0, len(inside)), *inside]


def argument(index: int) -> bytes:
    """Take the low half of an argument in hand."""
    return load(_ARGUMENTS + 8 * index)


def is_equal(value: int, if_true: int, if_false: int) -> bytes:
    """Skip so many instructions, by whether what is in hand is `value`."""
    return _test(_JUMP_EQUAL, value, if_true, if_false)


def has_any(bits: int, if_true: int, if_false: int) -> bytes:
    """Skip so many instructions, by whether what is in hand has any of the bits."""
    return _test(_JUMP_ANY_BIT, bits, if_true, if_false)


def with_mask(bits: int) -> bytes:
    """Keep only these bits of what is in hand."""
    return struct.pack("<HBBI", _AND, 0, 0, bits)


def returns(value: int) -> bytes:
    """End with this answer."""
    return struct.pack("<HBBI", _RETURN, 0, 0, value)


def load(offset: int) -> bytes:
    """Take a number of the kernel's struct seccomp_data in hand."""
    return struct.pack("<HBBI", _LOAD, 0, 0, offset)


def _test(kind: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("<HBBI", kind, if_true, if_false, value)
