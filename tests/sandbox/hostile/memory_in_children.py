"""Shares the work of taking memory among children, each of which stays below the limit.

must: memory
childless: exited
under: memory_bytes=100000000 wall_seconds=30
"""

import os
import time

for _ in range(8):
    if os.fork() == 0:
        held = b"x" * 40_000_000
        time.sleep(10)
        os._exit(len(held) & 1)
time.sleep(10)
print("ESCAPED: holds 320 MB")
