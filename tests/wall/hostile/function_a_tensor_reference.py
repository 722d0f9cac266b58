"""A mapping that looks like the wire's own reference to a tensor.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: the wire's own words
Must: review|crashed
"""

def total(numbers):
    return {"$tensor": 0}
