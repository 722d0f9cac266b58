"""A thread prints and works on after the answer.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: work after the answer
Must: wrong
"""

import threading


def total(numbers):
    def go_on():
        while True:
            print("LOOT")

    threading.Thread(target=go_on).start()
    return 0
