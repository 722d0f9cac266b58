"""The one hand that writes: pages, attempts, the index."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlgrade.batch._pages import page_again, page_name
from dlgrade.course import Assignment
from dlgrade.gradebook import Attempt, Grade, Gradebook, LatePolicy, grades
from dlgrade.intake import Collection, HandedIn

if TYPE_CHECKING:
    from dlgrade.report import Step

_INDEX_EVERY = 30.0  # seconds
_INDEX_SHARE = 20.0  # and as many times the time that the last one took

INDEX = "index.html"


@dataclass(frozen=True)
class Entry:
    """One submission of the class and its place in the gradebook.

    Attributes:
        sha256: of its source; `key`: of all that its result depends on.
        variant, before, steps: see `Job`.
    """

    handed: HandedIn
    sha256: str
    key: str
    variant: Mapping[str, int | float | str] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    steps: tuple[Step, ...] = ()


class Writer:
    """Writes what comes of a class, each result as it arrives.

    Args:
        book: open for writing.
        folder: of the pages.
        policy: what lateness costs, for the index.
        again: results are added beside those of the same key.
    """

    def __init__(
        self, assignment: Assignment, collection: Collection, book: Gradebook, folder: Path, *, policy: LatePolicy,
        again: bool,
    ) -> None:  # fmt: skip
        """See the class."""
        self._assignment, self._collection, self._book = assignment, collection, book
        self._folder, self._policy, self._again = folder, policy, again
        self._next_index = time.monotonic() + _INDEX_EVERY

    def add(self, entry: Entry, seed: int, answer: Mapping[str, Any], key: str) -> None:
        """Write a page, then the attempt: a run that is stopped between the two grades it again, and no page lacks.

        Args:
            answer: ``report``, ``page``, ``fingerprint``, ``started``, ``finished``; see `_work`.
            key: that of the entry, or another one where the result is to be tried again.

        Raises:
            MachineError: one of them cannot be written.
        """
        from dlgrade.report.page import write_page

        handed, report = entry.handed, answer["report"]
        write_page(answer["page"], self._folder / page_name(handed.who))
        attempt = Attempt(
            who=handed.who, kind="assignment", id=self._assignment.id, seed=seed,
            started=datetime.fromisoformat(answer["started"]), finished=datetime.fromisoformat(answer["finished"]),
            points=report["score"], max=report["max_score"],
            results={"report": report, "fingerprint": answer["fingerprint"]}, handed_in=handed.when, key=key,
        )  # fmt: skip
        self._book.add(attempt, force=self._again)

    def index_now_and_then(self) -> None:
        """Write the index where the last one is old enough for what it costs."""
        if time.monotonic() >= self._next_index:
            self.index()

    def index(self) -> tuple[Path, tuple[Grade, ...]]:
        """Write the instructor's page; where it lies, and the grades on it."""
        from dlgrade.overview import write_index

        began = time.monotonic()
        found = grades(self._book, self._assignment.id, policy=self._policy, max_points=self._assignment.points)
        path = self._folder / INDEX
        pages = {one.who: page_name(one.who) for one in found if (self._folder / page_name(one.who)).exists()}
        write_index(
            path, found, title=self._assignment.title, refused=self._collection.refused,
            missing=self._collection.missing, pages=pages, gradebook=self._book.path,
        )  # fmt: skip
        took = time.monotonic() - began
        self._next_index = time.monotonic() + max(_INDEX_EVERY, _INDEX_SHARE * took)
        return path, found

    def missing_pages(self, entries: Mapping[str, Entry]) -> int:
        """Make the pages anew that are not in the folder, from the gradebook; how many.

        Args:
            entries: by student, those that were graded before.
        """
        from dlgrade.report.page import write_page

        gone = {who: one for who, one in entries.items() if not (self._folder / page_name(who)).exists()}
        for who, entry in gone.items():
            for attempt in self._book.attempts(who, "assignment", self._assignment.id):
                if attempt.key == entry.key:
                    page = page_again(self._assignment, attempt.results["report"], entry.steps)
                    write_page(page, self._folder / page_name(who))
        return len(gone)
