"""Looks for processes of the host and signals the grader.

must: hold
cell: signal
"""

import json
import os
import signal

pids = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
print("held:" if len(pids) <= 3 else "ESCAPED: sees", pids, flush=True)
for pid in (json.loads(os.environ["FACTS"])["pid"], os.getppid() or 1):
    try:
        os.kill(pid, signal.SIGKILL)
        # A signal to the first process of a namespace from within is dropped, which is no error.
        print("held: pid 1 ignores it" if pid == 1 else f"ESCAPED: killed {pid}", flush=True)
    except OSError as error:
        print("held:", error)
