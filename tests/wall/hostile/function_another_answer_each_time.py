"""Counts its calls and is right at the second.

Kind: functions
Ask: total([-2])
Right: -2
Attack: try until it is right
Must: wrong
"""

calls = []


def total(numbers):
    calls.append(1)
    return -len(calls)
