"""6.0, where 6 is asked for.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: a float for an int
Must: wrong
"""

def total(numbers):
    return 6.0
