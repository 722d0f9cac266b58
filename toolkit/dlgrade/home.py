"""Where what is kept for this user lies: results, last reports, drills. Data sets have a cache of their own."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["home_folder", "report_file"]


def home_folder() -> Path:
    """``DLGRADE_HOME``, else where the system keeps user data; not made here."""
    import platformdirs

    home = os.environ.get("DLGRADE_HOME")
    return Path(home) if home else platformdirs.user_data_path("dlgrade", appauthor=False)


def report_file(assignment: str) -> Path:
    """The last report of an assignment, as ``dlgrade check`` keeps it."""
    return home_folder() / "reports" / f"{assignment}.json"
