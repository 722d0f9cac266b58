"""True, where 1 is asked for.

Kind: functions
Ask: total([1])
Right: 1
Attack: a bool for an int
Must: wrong
"""

def total(numbers):
    return True
