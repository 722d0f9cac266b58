"""An object whose == is always true.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: an answer that compares equal to any
Must: crashed
"""

class Anything:
    def __eq__(self, other):
        return True

    __lt__ = __le__ = __gt__ = __ge__ = __eq__

    def __float__(self):
        return 6.0

    __hash__ = None


def total(numbers):
    return Anything()
