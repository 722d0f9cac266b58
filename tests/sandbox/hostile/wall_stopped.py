"""Stops itself, and tries to stop the process that would collect it; in a cell it is that itself, and is ended.

must: wall
cell: signal
under: wall_seconds=0.4
"""

import os
import signal

os.kill(1, signal.SIGSTOP)
os.kill(os.getpid(), signal.SIGSTOP)
