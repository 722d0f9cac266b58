"""Sleeps, deaf to every polite signal, with its standard streams closed.

must: wall
under: wall_seconds=0.4
"""

import contextlib
import os
import signal
import time

for number in range(1, 65):
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_IGN)
for descriptor in (0, 1, 2):
    os.close(descriptor)
while True:
    time.sleep(1)
