"""A list in a list, ten thousand deep.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: exhaust the stack of the reader
Must: crashed
"""

def total(numbers):
    answer = 6
    for _ in range(10_000):
        answer = [answer]
    return answer
