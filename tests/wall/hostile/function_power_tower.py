"""10**10**8, worked out.

Kind: functions
Ask: total(12345678)
Right: 6
Attack: a number that takes for ever
Must: timeout|crashed|review
Patience: call=4
"""

def total(numbers):
    return 10 ** 10 ** len(str(numbers)) ** 1
