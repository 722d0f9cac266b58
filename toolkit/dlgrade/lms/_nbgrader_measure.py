"""Measure a notebook in a process of its own, for whoever runs notebooks: nbgrader, or the kernel of a student.

Promises: what is measured is the text of the notebook, with the ordinary graders, in a fresh interpreter that takes
nothing over from the one that asks; nothing that only instructors may see comes back. Does not promise that the asking
process shows what came back: where student code runs in that process, it may say what it likes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dlgrade.course import PROFILES, Profile
from dlgrade.errors import DlgradeError, MachineError, UsageError
from dlgrade.gradebook import HELD
from dlgrade.neutral import neutral

PROFILE = "DLGRADE_PROFILE"
"""The environment variable that says how far notebooks are measured; unset: what ``dlgrade check`` would do."""

COURSE = "DLGRADE_COURSE"
"""The environment variable that names the course, with its graders where the work is graded."""

_WORDS = {
    "passed": "passed", "failed": "failed", "blocked": "waiting", "timeout": "too slow", "crashed": "your code crashed",
    "review": "a person decides", "error": "the grader failed, not you", "open": "open",
}  # fmt: skip
_LINES = 12  # of one criterion's findings


@dataclass(frozen=True)
class Asked:
    """What came of one criterion.

    Attributes:
        verdict: as in a report (docs/report-schema.md).
        public: whether nothing in the public checks stands against it.
        points, most: given, and what it is worth.
        lines: all that a student is told, the verdict first.
    """

    verdict: str
    public: bool
    points: float
    most: float
    lines: tuple[str, ...]

    @property
    def held(self) -> bool:
        """Whether a person has to decide."""
        return self.verdict in HELD


@dataclass(frozen=True)
class Measured:
    """What came of one notebook.

    Attributes:
        criteria: by id.
        isolation: what held the student's process, as in a report.
    """

    criteria: Mapping[str, Asked]
    isolation: str


def measure(assignment: str, source: str) -> Measured:
    """Grade a notebook.

    Args:
        assignment: id in the course that the environment names, or in the nearest one.
        source: the notebook's JSON.

    Raises:
        UsageError: there is no such course, assignment or profile.
        MachineError: it could not be measured.
    """
    profile = profile_asked()
    order = {"assignment": assignment, "source": source, "profile": profile, "course": os.environ.get(COURSE) or None}
    environment = {"OMP_NUM_THREADS": "1", **os.environ}  # graders are calibrated for one thread
    environment.pop("MPLBACKEND", None)  # a kernel draws into its notebook; the grader has no such place
    command = [sys.executable, "-I", "-m", "dlgrade.lms._nbgrader_run"]
    ran = subprocess.run(
        command, input=json.dumps(order), capture_output=True, text=True, encoding="utf-8", errors="replace",
        env=environment, check=False,
    )  # fmt: skip
    try:
        answer = json.loads(ran.stdout)
    except ValueError:
        last = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise MachineError(f"dlgrade could not measure {assignment}: {neutral(last)}",
                           f"Try: dlgrade check {assignment} FILE --debug") from None  # fmt: skip
    if "error" in answer:
        raise _ERRORS.get(answer["error"], DlgradeError)(answer["what"], answer["mend"])
    return _read(answer)


_ERRORS = {"UsageError": UsageError, "MachineError": MachineError, "DataError": MachineError}


def profile_asked() -> Profile | None:
    """The profile that the environment names.

    Raises:
        UsageError: there is none of that name.
    """
    name = os.environ.get(PROFILE, "")
    for profile in PROFILES:
        if name == profile:
            return profile
    if name:
        raise UsageError(f"{PROFILE} is '{neutral(name)}'", f"There are: {', '.join(PROFILES)}.")
    return None


def _read(answer: Mapping[str, Any]) -> Measured:
    report, public = answer["report"], answer["public"]
    criteria = {one["id"]: _asked(one, public[one["id"]], report["problem"]) for one in report["criteria"]}
    return Measured(criteria, report["isolation"])


def _asked(one: Mapping[str, Any], public: bool, problem: Mapping[str, Any] | None) -> Asked:
    return Asked(one["verdict"], public, one["points"], one["max_points"], tuple(_lines(one, problem)))


def _lines(one: Mapping[str, Any], problem: Mapping[str, Any] | None) -> list[str]:
    verdict = one["verdict"]
    given = "-" if verdict in {"review", "error", "open"} else f"{one['points']:g}"
    wanted = f", wanted {one['wanted']}" if one["wanted"] and one["measured"] else ""
    first = f"{one['id']}: {_WORDS[verdict]}, {given} of {one['max_points']:g} points"
    told = [first, f"{one['measured']}{wanted}", *one["found"][:_LINES]]
    if len(one["found"]) > _LINES:
        told.append(f"and {len(one['found']) - _LINES} more")
    if verdict == "blocked" and problem is not None:
        told += [f"{problem['where']}  {problem['what']}".strip(), problem["mend"]]
    if verdict in {"failed", "timeout", "crashed"}:
        told += [one["hint"], f"cards: {'  '.join(one['cards'])}" if one["cards"] else ""]
    return list(dict.fromkeys(neutral(line) for line in told if line))
