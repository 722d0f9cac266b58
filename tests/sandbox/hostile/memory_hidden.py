"""Makes its memory map unreadable before it takes memory.

must: memory
under: memory_bytes=100000000 wall_seconds=30
"""

import ctypes
import time

ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
held = b"x" * 200_000_000
time.sleep(10)
print("ESCAPED: holds 200 MB", len(held))
