"""Fills /tmp and /dev/shm, whose sizes alone are over what it may hold, with files and with empty ones.

must: memory
under: memory_bytes=120000000 tmp_bytes=100000000 wall_seconds=30
"""

import os
import time

for folder in ("/tmp", "/dev/shm"):
    with open(f"{folder}/large", "wb") as file:
        for _ in range(70):
            file.write(bytes(1_000_000))
for i in range(300_000):
    os.close(os.open(f"/tmp/{i}", os.O_CREAT | os.O_WRONLY))
time.sleep(10)
print("ESCAPED: holds 140 MB and more")
