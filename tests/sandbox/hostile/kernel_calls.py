"""Makes the calls through which kernels have been taken, and those that hide memory.

must: hold
"""

import ctypes
import errno
import platform

libc = ctypes.CDLL(None, use_errno=True)
calls = {  # number on x86_64, on aarch64
    "bpf": (321, 280), "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217),
    "kcmp": (312, 272), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "finit_module": (313, 273), "kexec_load": (246, 104), "personality": (135, 92),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "userfaultfd": (323, 282),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
}  # fmt: skip
column = 0 if platform.machine() == "x86_64" else 1
for name, numbers in calls.items():
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(numbers[column]), *[ctypes.c_long(0)] * 5)
    refused = result == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS)
    print("held:" if refused else "ESCAPED:", name, result, ctypes.get_errno())
