"""A list that counts its items as it pleases.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: a list without end
Must: crashed|timeout
Patience: call=6 memory_bytes=1000000000
"""

class Many(list):
    def __iter__(self):
        while True:
            yield 6


def total(numbers):
    return Many()
