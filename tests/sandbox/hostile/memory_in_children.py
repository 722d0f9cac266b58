"""Shares the work of taking memory among children, each of which stays below the limit.

must: memory
childless: exited
under: memory_bytes=100000000 wall_seconds=50
"""

import os
import time

reading, writing = os.pipe()
for _ in range(8):
    if os.fork() == 0:
        held = b"x" * 40_000_000
        os.write(writing, b".")
        time.sleep(60)
        os._exit(len(held) & 1)
for _ in range(8):
    os.read(reading, 1)
time.sleep(3)
print("ESCAPED: holds 320 MB")
