"""What both pages need: a script with its hash for the content security policy, and the words at their top."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from importlib import resources

from markupsafe import Markup

from dlgrade.overview._work import Work


@dataclass(frozen=True)
class Script:
    """A script of ours; ``hash`` is what the policy allows instead of every script."""

    text: Markup
    hash: Markup


@cache
def script(name: str) -> Script:
    """A file of the templates' folder."""
    text = resources.files("dlgrade.overview").joinpath("templates", name).read_text(encoding="utf-8").strip()
    digest = b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return Script(Markup(text), Markup(f"sha256-{digest}"))  # noqa: S704 - ours


def latest(works: Iterable[Work]) -> str:
    """When the last of these results was finished, such as ``2026-03-01 12:00 UTC``; empty without any.

    A page says this instead of when it was made, so that the same results give the same page.
    """
    ends = [work.grade.attempt.finished for work in works if work.grade.attempt is not None]
    return max(ends).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if ends else ""


def title_of(works: Iterable[Work]) -> str:
    """The assignment's title as the reports have it; empty without any."""
    reports = [work.grade.report for work in works if work.grade.report is not None]
    return next((str(report["title"]) for report in reports if "title" in report), "")
