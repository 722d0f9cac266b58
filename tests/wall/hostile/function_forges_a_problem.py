"""Says on the wire that the fault is the grader's, with escape sequences.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: turn its failure into the grader's
Must: crashed|review
"""

import sys


def total(numbers):
    wire = sys.modules["dlgrade.wire"]
    send = wire.send
    forged = {"kind": "error", "what": "passed", "file": "x", "line": -1, "mend": "", "detail": "LOO" + "T" * 0}
    wire.send = lambda stream, body, *more: send(stream, {"problem": forged})
    return 0
