"""Shares memory without a file and lets go of the pages, which stay: they would count nowhere.

must: hold
under: memory_bytes=200000000 wall_seconds=30
"""

import ctypes
import mmap
import os

for flags in (mmap.MAP_SHARED, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS, 0x03 | mmap.MAP_ANONYMOUS):
    try:
        mmap.mmap(-1, 1 << 30, flags)
        print("ESCAPED: shared memory without a file")
    except OSError as error:
        print("held:", error)
try:
    mmap.mmap(os.open("/dev/zero", os.O_RDWR), 1 << 30, mmap.MAP_SHARED)
    print("ESCAPED: shared /dev/zero")
except OSError as error:
    print("held:", error)
with open("/dev/zero", "rb") as file:
    print("held:" if file.read(3) == bytes(3) else "ESCAPED: /dev/zero is not what it was")
mmap.mmap(-1, 1 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
libc = ctypes.CDLL(None, use_errno=True)
for name in ("memfd_create",):
    print("held:" if getattr(libc, name)(b"x", 0) == -1 else f"ESCAPED: {name}")
