"""The system call filter of a cell: what it names may be called, all else is missing. Pure: touches nothing.

Promises: a call that is not named here fails with ENOSYS, the kernel's own answer for a call that it does not have, so
that libraries fall back to an older one; a named call that is judged by its arguments fails with EPERM where they are
not the ones allowed; code of another calling convention ends the process. Numbers are those of the kernel's headers
(asm/unistd_64.h on x86_64, asm-generic/unistd.h on aarch64), which a test compares.

Does not cover: what a named call does. Which files are opened is for the mounts and Landlock to say, how much is used
for limits and the watchdog. A filter cannot look into memory (seccomp(2)), so calls that are judged are judged by the
numbers in their registers only.
"""

from __future__ import annotations

import errno
import platform

from dlgrade.sandbox._seccomp import (
    ALLOW,
    ERRNO,
    FORBIDDEN,
    KILL,
    MACHINES,
    NAMESPACES,
    SHARED_ANONYMOUS,
    argument,
    has_any,
    is_equal,
    on,
    opening,
    returns,
    with_mask,
)

# name: (number on x86_64, number on aarch64); None where that machine does not have it.
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    # Reading and writing what is open. Not sendfile and splice: they keep pages of a file in a pipe, uncounted.
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67),
    "pwrite64": (18, 68), "preadv": (295, 69), "pwritev": (296, 70), "preadv2": (327, 286), "pwritev2": (328, 287),
    "lseek": (8, 62), "close": (3, 57), "close_range": (436, 436), "dup": (32, 23), "dup2": (33, None),
    "dup3": (292, 24), "fcntl": (72, 25), "flock": (73, 32), "fsync": (74, 82), "fdatasync": (75, 83),
    "fadvise64": (221, 223), "ftruncate": (77, 46), "fallocate": (285, 47),
    # Files; which ones is for the mounts and Landlock to say.
    "open": (2, None), "openat": (257, 56), "creat": (85, None), "stat": (4, None), "fstat": (5, 80),
    "lstat": (6, None), "newfstatat": (262, 79), "statx": (332, 291), "access": (21, None), "faccessat": (269, 48),
    "faccessat2": (439, 439), "readlink": (89, None), "readlinkat": (267, 78), "getdents": (78, None),
    "getdents64": (217, 61), "getcwd": (79, 17), "chdir": (80, 49), "fchdir": (81, 50), "mkdir": (83, None),
    "mkdirat": (258, 34), "rmdir": (84, None), "unlink": (87, None), "unlinkat": (263, 35), "rename": (82, None),
    "renameat": (264, 38), "renameat2": (316, 276), "link": (86, None), "linkat": (265, 37), "symlink": (88, None),
    "symlinkat": (266, 36), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "truncate": (76, 45),
    "utimensat": (280, 88), "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "umask": (95, 166), "statfs": (137, 43), "fstatfs": (138, 44),
    # Memory. mmap is judged by its flags.
    "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226), "brk": (12, 214), "madvise": (28, 233),
    "mincore": (27, 232), "msync": (26, 227), "membarrier": (324, 283),
    # Waiting, and pipes within the cell.
    "select": (23, None), "pselect6": (270, 72), "poll": (7, None), "ppoll": (271, 73), "epoll_create": (213, None),
    "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None), "epoll_pwait": (281, 22),
    "epoll_pwait2": (441, 441), "eventfd": (284, None), "eventfd2": (290, 19), "pipe": (22, None),
    "pipe2": (293, 59),
    # What goes through a pair of sockets, of which there are those of socketpair only.
    "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211), "recvmsg": (47, 212), "shutdown": (48, 210),
    "getsockopt": (55, 209), "getsockname": (51, 204), "getpeername": (52, 205),
    # Threads and children. clone is judged by its flags; there is no other program to become.
    "fork": (57, None), "vfork": (58, None), "wait4": (61, 260), "waitid": (247, 95), "exit": (60, 93),
    "exit_group": (231, 94), "futex": (202, 98), "futex_waitv": (449, 449), "set_robust_list": (273, 99),
    "get_robust_list": (274, 100), "set_tid_address": (218, 96), "rseq": (334, 293), "restart_syscall": (219, 128),
    "sched_yield": (24, 124), "gettid": (186, 178), "getpid": (39, 172), "getppid": (110, 173),
    # Signals and timers within the cell. kill, tkill and tgkill are judged.
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "rt_sigpending": (127, 136),
    "rt_sigtimedwait": (128, 137), "rt_sigsuspend": (130, 133), "sigaltstack": (131, 132), "pause": (34, None),
    "alarm": (37, None), "setitimer": (38, 103), "getitimer": (36, 102),
    # Clocks, and questions about itself and the machine.
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
    "gettimeofday": (96, 169), "time": (201, None), "times": (100, 153), "getrusage": (98, 165),
    "getrlimit": (97, 163), "setrlimit": (160, 164), "sysinfo": (99, 179), "uname": (63, 160), "getcpu": (309, 168),
    "getrandom": (318, 278), "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "getresuid": (118, 148), "getresgid": (120, 150), "getgroups": (115, 158), "getpgrp": (111, None),
    "getpgid": (121, 155), "getsid": (124, 156), "capget": (125, 90), "getpriority": (140, 141),
    "sched_getaffinity": (204, 123), "sched_getparam": (143, 121), "sched_getscheduler": (145, 120),
    "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126), "sched_rr_get_interval": (148, 127),
}  # fmt: skip

# Judged by arguments, see `program`.
JUDGED: dict[str, tuple[int, int]] = {
    "clone": (56, 220), "mmap": (9, 222), "socketpair": (53, 199), "prctl": (157, 167), "ioctl": (16, 29),
    "prlimit64": (302, 261), "setpriority": (141, 140),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131),
}  # fmt: skip

# Refused with EPERM, with all that the outer wall's filter forbids: what a program asks for in earnest is told no.
REFUSED: dict[str, tuple[int | None, int | None]] = {
    "execve": (59, 221), "execveat": (322, 281), "setsid": (112, 157), "setpgid": (109, 154),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "mlock": (149, 228), "mlockall": (151, 230), "mlock2": (325, 284), "sched_setaffinity": (203, 122),
}  # fmt: skip

_FORKS = ("fork", "vfork")
_THREAD = 0x00010000  # CLONE_THREAD, which what libc makes a thread with has, and no child of its own
_SOCKET: dict[str, tuple[int | None, int | None]] = {"socket": (41, 198)}
_AF_UNIX = 1
_SIGKILL, _SIGSTOP = 9, 19
# Which part of itself a process may ask about or name: PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_GET_DUMPABLE,
# PR_SET_NAME, PR_GET_NAME, PR_GET_SECCOMP, PR_CAPBSET_READ, PR_GET_SECUREBITS, PR_GET_NO_NEW_PRIVS (prctl(2)).
_ABOUT_ITSELF = (1, 2, 3, 15, 16, 21, 23, 27, 39)
# TCGETS and TIOCGWINSZ ask whether it is a terminal; FIONREAD, FIONBIO, FIONCLEX, FIOCLEX (ioctl_tty(2), ioctl(2)).
_ABOUT_A_FILE = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)


def program(machine: str | None = None, *, children: bool = True) -> bytes:
    """The filter for `machine`, by default this one.

    Args:
        children: whether processes may be made; threads may in any case.
    """
    column = MACHINES[machine or platform.machine()][1]
    allow, refuse = returns(ALLOW), returns(ERRNO | errno.EPERM)
    code = opening(machine or platform.machine())
    no_family = returns(ERRNO | errno.EAFNOSUPPORT)
    for table, answer in ((ALLOWED, allow), (REFUSED, refuse), (FORBIDDEN, refuse), (_SOCKET, no_family)):
        for name, numbers in table.items():
            number = numbers[column]
            if number is not None:
                code += [is_equal(number, 0, 1), refuse if name in _FORKS and not children else answer]

    def judged(name: str, index: int, body: list[bytes]) -> list[bytes]:
        return on(JUDGED[name][column], index, body)

    def only(name: str, index: int, *values: int) -> list[bytes]:
        return judged(name, index, [part for value in values for part in (is_equal(value, 0, 1), allow)] + [refuse])

    made = [allow] if children else [has_any(_THREAD, 0, 1), allow, refuse]
    code += judged("clone", 0, [has_any(NAMESPACES, 0, 1), refuse, *made])
    code += judged("mmap", 3, [with_mask(SHARED_ANONYMOUS), is_equal(SHARED_ANONYMOUS, 0, 1), refuse, allow])
    code += only("socketpair", 0, _AF_UNIX)
    code += only("prctl", 0, *_ABOUT_ITSELF)
    code += only("ioctl", 1, *_ABOUT_A_FILE)
    # Of which process: 0 is the caller itself.
    for name, index in (("prlimit64", 0), ("setpriority", 1)):
        code += only(name, index, 0)
    # The first process of a namespace does not hear SIGKILL and SIGSTOP from within (pid_namespaces(7)), and a program
    # that ends or stops itself that way would go on; so it is ended here, by its own number or its group's.
    itself = [argument(0), is_equal(1, 1, 0), is_equal(0, 0, 1), returns(KILL)]
    for name, index in (("kill", 1), ("tkill", 1), ("tgkill", 2)):
        code += judged(name, index, [is_equal(_SIGSTOP, 1, 0), is_equal(_SIGKILL, 0, len(itself)), *itself, allow])
    return b"".join([*code, returns(ERRNO | errno.ENOSYS)])
