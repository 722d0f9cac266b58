"""``dlgrade settle``."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import click

from dlgrade.cli._shared import file_path
from dlgrade.errors import UsageError


@click.command()
@click.argument("report_file", metavar="REPORT.json", type=file_path(exists=True))
@click.argument("criterion")
@click.argument("verdict", type=click.Choice(["passed", "failed"]))
@click.option("--by", required=True, metavar="NAME", help="Who decides.")
@click.option("--why", required=True, metavar="TEXT", help="For what reason; the student may read it.")
def settle(report_file: Path, criterion: str, verdict: Literal["passed", "failed"], by: str, why: str) -> None:
    """Decide a criterion that could not be proven.

    The decision is added to the report that dlgrade check --json wrote; what was measured stays as it was, and
    the last decision on a criterion counts.
    """
    from dlgrade import report as reports

    before = _read(report_file)
    after = reports.settle(before, criterion, verdict, by=by, why=why, at=datetime.now(UTC))
    _replace(report_file, json.dumps(after, indent=2) + "\n")
    click.echo(
        f"{criterion} {verdict}, settled by {reports.neutral(by.strip())}: "
        f"{after['settled_score']:g} of {after['max_score']:g} points, {after['score']:g} of them measured"
    )


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as JSON: {error}",
                         "Make one with: dlgrade check ID FILE --json report.json") from None  # fmt: skip


def _replace(path: Path, text: str) -> None:
    """All or nothing: a full disk leaves the report that was there."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}", "Nothing was changed.") from None
