"""Forks as long as it can, in every child too.

must: hold
childless: exited
under: processes=20 wall_seconds=20
"""

import os
import time

reading, writing = os.pipe()
first = os.getpid()
for _ in range(200):
    try:
        if os.fork() == 0:
            os.write(writing, b".")
    except PermissionError:  # it may not at all
        raise
    except OSError:
        break
if os.getpid() != first:
    time.sleep(5)
    os._exit(0)
time.sleep(0.5)
count = 1 + len(os.read(reading, 1000))
print("held:" if 2 < count <= 21 else "ESCAPED:", count, "processes")
