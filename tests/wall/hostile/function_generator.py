"""A generator that would run in whoever looks at it.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: code in the answer
Must: crashed
"""

def total(numbers):
    yield from numbers
