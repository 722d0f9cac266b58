"""A mapping whose keys raise when they are made text.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: code in the answer
Must: crashed
"""

class Key:
    def __str__(self):
        raise SystemExit(0)


def total(numbers):
    return {Key(): 1}
