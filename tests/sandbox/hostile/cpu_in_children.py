"""Lets children compute for ever, having asked the kernel not to account for them.

must: cpu
childless: exited
under: cpu_seconds=0.5 wall_seconds=30
"""

import os
import signal
import time

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    pid = os.fork()
    if pid == 0:
        end = time.process_time() + 0.15
        while time.process_time() < end:
            pass
        os._exit(0)
    try:
        while True:  # one at a time: many would be told to step back
            os.kill(pid, 0)
            time.sleep(0.005)
    except ProcessLookupError:
        pass
