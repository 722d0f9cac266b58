"""Takes memory in a process that forks and leaves all the time, so that no pid has it for long.

must: memory
childless: exited
under: memory_bytes=100000000 wall_seconds=30
"""

import os
import time

first = os.getpid()
held = []
for _ in range(60):
    held.append(b"x" * 5_000_000)
    if os.fork():
        if os.getpid() == first:
            time.sleep(20)
        os._exit(0)
print("ESCAPED: holds 300 MB")
