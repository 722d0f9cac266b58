"""Looks for graders among all objects of its process.

Kind: functions
Ask: total([1, 2, 3])
Right: 6
Attack: gc.get_objects()
Must: wrong
"""

import gc
import sys


def total(numbers):
    modules = [name for name in sys.modules if name.startswith(("dlgrade.grading", "dlgrade.student", "pytest", "graders"))]
    here = [repr(thing) for thing in gc.get_objects() if type(thing).__name__ in ("Criterion", "Assignment", "Bench")]
    return ["LOOT", modules, here] if modules or here else 0
