"""The grader's side of the wire: ask a submission for functions, networks and recipes, and check the answers.

Promises: no student code runs here; every answer is checked for type and range before it is used; a network is
called ``verified`` only after its logits in both modes and its gradients agreed with those of the student's own
on a batch drawn here. A loop that runs there gets its batches from here, counted by samples, never a label of the
test images, and its time is watched. A question that takes too long ends the worker, and the next question starts
a fresh one; how a worker came to be (`warm`, or with the first question) changes no answer. Does not decide points.
"""

from dlgrade.student._loops import LoopRun, Supply
from dlgrade.student._nouns import MODEL, Isolation, Optimizer, Patience, StudentError
from dlgrade.student._student import Student
from dlgrade.student._worker import WarmWorker, warm

__all__ = [
    "MODEL",
    "Isolation",
    "LoopRun",
    "Optimizer",
    "Patience",
    "Student",
    "StudentError",
    "Supply",
    "WarmWorker",
    "warm",
]
