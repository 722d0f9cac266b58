"""Ends while a child of its own keeps the wire open and says nothing.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: leave the grader waiting
Must: timeout|crashed
Patience: call=4
"""

import os
import time


def total(numbers):
    if os.fork() == 0:
        time.sleep(3_600)
    os._exit(0)
