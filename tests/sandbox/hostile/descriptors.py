"""Looks for descriptors that the grader left open.

must: hold
"""

import os

for process in [name for name in os.listdir("/proc") if name.isdecimal()]:
    try:
        for number in os.listdir(f"/proc/{process}/fd"):
            target = os.readlink(f"/proc/{process}/fd/{number}")
            own = target.startswith(f"/proc/{os.getpid()}/") or int(number) <= 2
            print("held:" if own else "ESCAPED:", number, target)
    except OSError as error:
        print("held:", error)
for number in range(3, 1024):
    try:
        os.fstat(number)
        print("ESCAPED:", number)
    except OSError as error:
        print("held:", number, error)
