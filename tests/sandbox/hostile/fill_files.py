"""Writes one file without end, then fills every place where it may write.

must: hold
under: file_bytes=2000000 tmp_bytes=8000000
"""

import os


def written(name, size):
    try:
        with open(name, "wb", buffering=0) as file:
            done = 0
            while done < size:
                done += file.write(bytes(min(100_000, size - done)))
    except OSError:
        pass
    return os.path.getsize(name) if os.path.exists(name) else 0


size = written("/tmp/one", 10_000_000)
print("held:" if size <= 2_000_000 else "ESCAPED:", "one file of", size)
os.unlink("/tmp/one")
for folder in ("/tmp", "/dev/shm"):
    total = sum(written(f"{folder}/{i}", 1_900_000) for i in range(20))
    print("held:" if 4_000_000 < total <= 8_000_000 + 4096 else "ESCAPED:", folder, "holds", total)
