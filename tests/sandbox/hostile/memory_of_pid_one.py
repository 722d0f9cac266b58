"""Writes the memory of bubblewrap's own process inside, which runs without the filter of system calls.

must: hold
"""

import os

for name in ("mem", "environ", "maps", "cmdline", "root/etc/passwd", "fd/0", "task/1/mem"):
    for flags in (os.O_RDONLY, os.O_RDWR):
        try:
            os.open(f"/proc/1/{name}", flags)
            print("ESCAPED: opened", name)
        except OSError as error:
            print("held:", error)
