"""Criteria to verdicts: plain pytest functions measure a carried network, and a report says what came of it.

Promises: a criterion passes only when every one of its tests ran and passed; a check that crashes is our
``error`` and costs nobody a point; training happens once, after everything cheap, and not at all when
something cheap already failed. Runs no student code.
"""

from dlgrade.grading._run import (
    Deferred,
    Outcome,
    check_files,
    combined,
    default_profile,
    exit_code,
    grade,
    grader_hashes,
    read_submission,
    unreadable,
)

__all__ = [
    "Deferred",
    "Outcome",
    "check_files",
    "combined",
    "default_profile",
    "exit_code",
    "grade",
    "grader_hashes",
    "read_submission",
    "unreadable",
]
