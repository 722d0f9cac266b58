"""The gradebook: what was attempted, what it earned, what persons decided, in one SQLite file.

Promises: an attempt or a decision that was added is on disk when the call returns and is never changed or removed;
the same work of the same student is recorded once, however often a batch is killed and run again; a file of an older
dlgrade is brought up to date in one step or left as it is; a file of a newer one, or one that is no gradebook, is
refused in one line and left alone; several processes may read while one writes. What lateness costs and what counts
is computed when grades are read (`grades`), so that nothing that was measured changes. Does not grade, and does not
know what a quiz or an assignment is: it keeps results as they are given.
"""

from dlgrade.gradebook._grades import grades
from dlgrade.gradebook._held import HELD, awarded, criteria_of, must_be_held, signed
from dlgrade.gradebook._nouns import Attempt, Decision, Grade, Kind, LatePolicy
from dlgrade.gradebook._ours import is_ours
from dlgrade.gradebook._people import Enrolled, Person
from dlgrade.gradebook._policy import Policies, read_policies
from dlgrade.gradebook._store import ME, Gradebook, gradebook_file
from dlgrade.gradebook._tables import SCHEMA

__all__ = [
    "HELD",
    "ME",
    "SCHEMA",
    "Attempt",
    "Decision",
    "Enrolled",
    "Grade",
    "Gradebook",
    "Kind",
    "LatePolicy",
    "Person",
    "Policies",
    "awarded",
    "criteria_of",
    "gradebook_file",
    "grades",
    "is_ours",
    "must_be_held",
    "read_policies",
    "signed",
]
