"""A list that contains itself.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: an answer without end
Must: crashed
"""

def total(numbers):
    answer = []
    answer.append(answer)
    return answer
