"""A class in one command: what was handed in goes in, a gradebook, a page for each student and an index come out.

How it works, from the outside in:

- `grade_class` reads every submission in processes that may fail, and skips those whose key stands in the gradebook.
  A key is the hash of all that a result depends on: source, graders and measuring code, versions, profile, seed,
  kind of device, isolation, limits.
- What is left goes to an `Engine`, which runs `_work.work` somewhere: one job is one submission. Jobs and answers are
  plain data, never objects of the student's. The cheap gates come first, for the whole class. Whoever passes them
  waits with the fingerprint of the network, and is trained in a second pass: of identical trainings one first,
  the others find it on a shelf.
- Every answer is written by this one process when it arrives: first the student's page, then the attempt, in one
  transaction. So whenever the command is killed, the next run goes on with what is missing, and nothing is counted
  twice.

Whose fault is what: time, crash and memory of a submission are verdicts inside its report and never tried again. A
process of ours that dies, a trainer that dies, a full GPU, and a time-out on a machine that was crowded are tried
once more at the end, with nothing beside them; what then still fails is held as ``error``, and the next run tries it
again.

Promises: the report of a submission does not depend on who else is in the class, on the engine or on the number of
jobs; one of these processes dying costs no other submission anything; nothing of a submission is run in this process.

Does not promise that two machines give the same digits (see the report's ``environment``), and does not share one
gradebook between two commands at a time: the second one is refused.
"""

from dlgrade.batch._class import grade_class
from dlgrade.batch._nouns import Engine, Event, Job, Options, Result, Setting, State, Summary
from dlgrade.batch._pages import page_name
from dlgrade.batch._place import Workplace

__all__ = [
    "Engine",
    "Event",
    "Job",
    "Options",
    "Result",
    "Setting",
    "State",
    "Summary",
    "Workplace",
    "grade_class",
    "page_name",
]
