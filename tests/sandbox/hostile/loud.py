"""Writes a gigabyte to standard error.

must: hold
under: wall_seconds=40 log_bytes=5000
"""

import os

piece = b"x" * (1 << 20)
for _ in range(1024):
    sent = 0
    while sent < len(piece):
        sent += os.write(2, piece[sent:])
os.write(2, b"the end")
print("held: nobody waited")
