"""Are the graders right? Measured on submissions whose verdicts are known, and kept with hashes of all it depends on.

Promises: nothing is written unless the stub got nothing, the reference everything, and each mutant failed exactly what
it names. Does not say that a grader asks the right thing.
"""

from dlgrade.proof._measured import Seen
from dlgrade.proof._prove import Proof, prove
from dlgrade.proof._record import check_proof
from dlgrade.proof._subjects import Subject

__all__ = ["Proof", "Seen", "Subject", "check_proof", "prove"]
