"""What a later step of the course is compared with: the student's own earlier step, or the reference's figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dlgrade.course import Assignment, Profile
from dlgrade.errors import CourseError


@dataclass(frozen=True)
class Earlier:
    """Figures of an earlier assignment.

    Attributes:
        assignment: its id.
        figures: by name: ``parameters``, ``convolutions``, ``first_accuracy`` and ``final_accuracy`` on the test
            images, ``gap`` (training minus test accuracy after the last epoch).
        own: the names of those that the student's own submission had; the others are the reference's.
    """

    assignment: str
    figures: Mapping[str, float]
    own: frozenset[str] = field(default_factory=frozenset)

    def __getitem__(self, name: str) -> float:
        """A figure by its name.

        Raises:
            CourseError: neither a report nor ``follows.reference`` has it.
        """
        if name not in self.figures:
            raise CourseError("assignment.yaml", f"there is no {name} under follows.reference", "Write it there.")
        return self.figures[name]

    def whose(self, name: str) -> str:
        """``your code5`` or ``the reference of code5``."""
        return f"your {self.assignment}" if name in self.own else f"the reference of {self.assignment}"


def earlier(assignment: Assignment, report: Mapping[str, Any] | None, profile: Profile) -> Earlier | None:
    """What `assignment` is compared with; None where it follows nothing.

    Args:
        report: the JSON form of the student's own report of the step before, as the grader wrote it, or None. What it
            says of a training counts only where it was trained in this profile.
    """
    follows = assignment.follows
    if follows is None:
        return None
    reference = {
        name: value if isinstance(value, int | float) else value[profile]
        for name, value in follows.reference.items()
        if isinstance(value, int | float) or profile in value
    }
    own = _figures(report, profile) if report is not None and report.get("assignment") == follows.assignment else {}
    return Earlier(follows.assignment, reference | own, frozenset(own))


def _figures(report: Mapping[str, Any], profile: Profile) -> dict[str, float]:
    """What a report says, as far as it was measured; nothing where it has not the documented form."""
    try:
        return _read(report, profile)
    except (KeyError, TypeError, IndexError, AttributeError):
        return {}


def _read(report: Mapping[str, Any], profile: Profile) -> dict[str, float]:
    figures: dict[str, float] = {}
    network, training = report.get("network"), report.get("training")
    if network:
        figures["parameters"] = network["parameters"]
        figures["convolutions"] = sum(layer["name"].startswith("Conv") for layer in network["layers"])
    if training and training["curve"] and report.get("profile") == profile:
        first, last = training["curve"][0], training["curve"][-1]
        figures["first_accuracy"], figures["final_accuracy"] = first["test_accuracy"], last["test_accuracy"]
        figures["gap"] = last["train_accuracy"] - last["test_accuracy"]
    return figures
