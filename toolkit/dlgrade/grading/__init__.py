"""Criteria to verdicts: plain pytest functions measure a carried network, and a report says what came of it.

Promises: a criterion passes only when every one of its tests ran and passed; a check that crashes is our
``error`` and costs nobody a point; training happens once, after everything cheap, and not at all when
something cheap already failed. `prove` shows that a grader tells right from wrong. Runs no student code.
"""

from dlgrade.grading._prove import Proof, check_proof, prove
from dlgrade.grading._run import (
    Deferred,
    Outcome,
    combined,
    default_profile,
    exit_code,
    grade,
    grader_hashes,
    read_submission,
    unreadable,
)
from dlgrade.grading._subjects import Subject

__all__ = [
    "Deferred",
    "Outcome",
    "Proof",
    "Subject",
    "check_proof",
    "combined",
    "default_profile",
    "exit_code",
    "grade",
    "grader_hashes",
    "prove",
    "read_submission",
    "unreadable",
]
