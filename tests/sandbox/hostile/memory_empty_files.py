"""Makes files without content: what each takes in the kernel is not part of the size of a file system.

must: memory
under: memory_bytes=60000000 tmp_bytes=2000000000 wall_seconds=30 cpu_seconds=20
"""

import os

for i in range(1_000_000):
    os.close(os.open(f"/tmp/{i}", os.O_CREAT | os.O_WRONLY))
print("ESCAPED: a million files")
