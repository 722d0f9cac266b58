"""Follows every call of the worker by sys.settrace and changes what it returns.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: sys.settrace
Must: wrong
"""

import sys


def total(numbers):
    def trace(frame, event, arg):
        if "_value" in frame.f_locals:
            frame.f_locals["_value"] = 6
        return trace

    sys.settrace(trace)
    sys.setprofile(lambda *what: None)
    return 0
