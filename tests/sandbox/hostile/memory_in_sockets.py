"""Keeps memory in sockets that nobody reads, where it belongs to no process.

must: memory
childless: exited
under: memory_bytes=300000000 wall_seconds=50
"""

import os
import socket
import time


def fill(end):
    end.setblocking(False)
    try:
        while True:
            end.send(bytes(100_000))
    except BlockingIOError:
        pass


reading, writing = os.pipe()
for _ in range(20):
    if os.fork() == 0:
        pairs = [socket.socketpair() for _ in range(110)]
        for pair in pairs:
            for end in pair:
                fill(end)
        os.write(writing, b".")
        time.sleep(60)
        os._exit(0)
for _ in range(20):
    os.read(reading, 1)
time.sleep(3)
print("ESCAPED: holds 900 MB")
