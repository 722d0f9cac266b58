"""The function is a class whose instance is the answer.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: a class for a function
Must: crashed
"""

class total(int):
    def __new__(cls, numbers):
        return super().__new__(cls, 6)
