"""An int that equals everything.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: an answer that compares equal to any
Must: crashed
"""

class Six(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


def total(numbers):
    return Six(0)
