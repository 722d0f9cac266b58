"""A whole number with a hundred million digits.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: exhaust whoever prints it
Must: review|crashed|timeout
Patience: call=10
"""

def total(numbers):
    return 1 << 332_000_000
