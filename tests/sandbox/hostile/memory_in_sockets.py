"""Keeps memory in sockets that nobody reads, where it belongs to no process.

must: memory
childless: exited
under: memory_bytes=300000000 wall_seconds=30
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


for _ in range(20):
    if os.fork() == 0:
        pairs = [socket.socketpair() for _ in range(110)]
        for pair in pairs:
            for end in pair:
                fill(end)
        time.sleep(10)
        os._exit(0)
time.sleep(10)
print("ESCAPED: holds 900 MB")
