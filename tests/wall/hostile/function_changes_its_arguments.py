"""Empties the list that it is given: the grader's own must stay whole.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: change the grader's data
Must: right
"""

def total(numbers):
    answer = sum(numbers)
    numbers.clear()
    return answer
