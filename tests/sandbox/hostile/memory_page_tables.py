"""Maps so much that the tables of its pages fill memory, while it holds no page.

must: memory
under: memory_bytes=150000000 wall_seconds=30
"""

import ctypes
import mmap

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
size = 1 << 40
flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000  # NORESERVE
start = libc.mmap(None, ctypes.c_size_t(size), mmap.PROT_READ, flags, -1, ctypes.c_long(0))
total = 0
for offset in range(0, size, 1 << 21):  # reading maps the one page of zeros
    total += ctypes.c_char.from_address(start + offset).value[0]
print("ESCAPED: 2 GB of page tables")
