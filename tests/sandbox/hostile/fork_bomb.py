"""Forks as long as it can, in every child too.

must: hold
under: processes=20 wall_seconds=20
"""

import os
import time

made = 0
first = os.getpid()
for _ in range(200):
    try:
        if os.fork() == 0:
            continue
        made += 1
    except OSError:
        break
if os.getpid() != first:
    time.sleep(5)
    os._exit(0)
count = sum(name.isdecimal() for name in os.listdir("/proc"))
print("held:" if 2 < count <= 21 else "ESCAPED:", count, "processes")
