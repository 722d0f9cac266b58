"""Sets an alarm whose handler raises in the middle of the worker's answer.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: interrupt the worker while it answers
Must: wrong|crashed
"""

import signal


def stop(number, frame):
    raise KeyboardInterrupt


def total(numbers):
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    return [0] * 500_000
