"""Closes every descriptor, the wire's as well.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: leave the grader waiting
Must: crashed|timeout
Patience: call=6
"""

import os


def total(numbers):
    os.closerange(0, 1_000)
    return 6
