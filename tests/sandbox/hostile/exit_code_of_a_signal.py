"""Exits with the code that a shell gives to a program that was killed. Not the grader's fault.

must: signal
cell: exited
"""

import os

print("held", flush=True)
os._exit(137)
