"""The last report of each assignment, kept for the commands that come after ``dlgrade check``.

One JSON file per assignment, in the form of docs/report-schema.md, below ``DLGRADE_HOME`` or where the system
keeps user data. That it cannot be kept is said and stops nothing.
"""

from __future__ import annotations

import json
import os
from typing import Any

import click

from dlgrade.errors import UsageError
from dlgrade.home import report_file


def keep(assignment: str, plain: dict[str, Any]) -> None:
    """Keep a report instead of the one before it."""
    path = report_file(assignment)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(json.dumps(plain, indent=1), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        click.echo(f"the report could not be kept for dlgrade deck: {error.strerror}: {path}", err=True)


def kept(assignment: str) -> dict[str, Any] | None:
    """The last report of an assignment; None where there is none that can be read."""
    try:
        report = json.loads(report_file(assignment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) else None


def failed_criteria(assignment: str) -> dict[str, tuple[str, ...]]:
    """The criteria that failed in the last report, each with the cards that it named.

    Raises:
        UsageError: there is no report, it cannot be read, or nothing failed in it.
    """
    from dlgrade.study import last_report

    again = f"Run: dlgrade check {assignment}"
    try:
        report = last_report(assignment)
    except FileNotFoundError:
        raise UsageError(f"there is no report of {assignment} on this machine", again) from None
    except (OSError, ValueError):
        raise UsageError(f"the last report of {assignment} cannot be read: {report_file(assignment)}", again) from None
    if report.failed:
        return {name: report.cards[name] for name in report.failed}
    if report.problem:
        raise UsageError(f"the last check of {assignment} measured nothing", again)
    raise UsageError(f"nothing failed in the last report of {assignment}", "There is nothing to review.")
