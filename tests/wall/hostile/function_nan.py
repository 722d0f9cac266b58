"""NaN, which is neither right nor wrong to a careless comparison.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: a number that no comparison refuses
Must: wrong
"""

def total(numbers):
    return float("nan")
