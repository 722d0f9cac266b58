"""Ignores the signal that says that its processor time is over.

must: cpu
under: cpu_seconds=0.4 wall_seconds=30
"""

import resource
import signal

signal.signal(signal.SIGXCPU, signal.SIG_IGN)
hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
while True:
    pass
