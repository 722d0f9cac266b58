"""What the commands on a class's gradebook share: which file it is, and which policy is applied to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dlgrade.cli._shared import file_path
from dlgrade.errors import UsageError

if TYPE_CHECKING:
    from dlgrade.gradebook import Gradebook, Policies

GRADEBOOK = Path("grades.sqlite")
"""The gradebook of a class, in the current folder."""

POLICY = "policy.yaml"
"""The policy that is taken where none is named, beside the gradebook."""

gradebook_option = click.option(
    "--gradebook",
    "gradebook",
    type=file_path(),
    default=GRADEBOOK,
    show_default=True,
    metavar="FILE",
    help="The gradebook of the class.",
)
"""``--gradebook FILE``; the parameter is called ``gradebook`` and is a Path."""

policy_option = click.option(
    "--policy",
    "policy_file",
    type=file_path(),
    metavar="FILE",
    help=f"What lateness costs, and which attempt counts [default: {POLICY} beside the gradebook, where there is one].",
)
"""``--policy FILE``; the parameter is called ``policy_file`` and is a Path or None; see `policies`."""


def to_read(gradebook: Path) -> Gradebook:
    """The gradebook, opened to be read only: on a read-only disk too, and while a batch writes.

    Raises:
        UsageError: there is none.
        MachineError: it cannot be read.
    """
    from dlgrade.gradebook import Gradebook

    return Gradebook(gradebook, read_only=True)


def policies(gradebook: Path, policy_file: Path | None) -> Policies:
    """The policies to apply: ``policies(...)[id]`` is that of an assignment.

    Raises:
        CourseError: the file is missing or wrong; with file, line and the mend.
    """
    from dlgrade.gradebook import Policies, read_policies

    beside = gradebook.with_name(POLICY)
    if policy_file is None and not beside.exists():
        return Policies()
    return read_policies(policy_file or beside)


def to_write(gradebook: Path) -> Gradebook:
    """The gradebook that is there, opened to be written: a mistyped name makes no new one.

    Raises:
        UsageError: there is none.
        MachineError: it cannot be written.
    """
    from dlgrade.gradebook import Gradebook

    if not gradebook.exists():
        raise UsageError(f"there is no gradebook {gradebook}", "dlgrade grade makes one; --gradebook names it.")
    return Gradebook(gradebook)
