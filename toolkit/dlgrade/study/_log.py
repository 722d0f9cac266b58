"""What was answered in drills: one SQLite file below ``DLGRADE_HOME``, to which answers are only ever added.

Promises: an answer that was added is on disk when `add` returns, so that Ctrl-C loses nothing; two drills at once
write one after the other; a file that is not ours, or of a newer dlgrade, is refused and left as it is. Looking makes
no file. Does not know what a question is.
"""

from __future__ import annotations

import functools
import sqlite3
import statistics
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dlgrade.errors import MachineError
from dlgrade.gradebook import is_ours
from dlgrade.home import home_folder

_MARK = 0x646C6764  # "dlgd", SQLite's application_id
_SCHEMA = 1
_PATIENCE = 10.0  # seconds to wait while another drill writes
_LATELY = 3  # answers of a question that say how slow it is
_WRONG = 60.0  # seconds that a wrong answer counts at least: what one cannot is slow
_TABLE = """
create table answers (
    number   integer primary key,
    topic    text not null,
    question text not null,
    right    integer not null,
    seconds  real not null,
    finished text not null
)
"""


@dataclass(frozen=True)
class Answered:
    """One answer; `seconds` from the question to the answer, `number` rises over all topics."""

    topic: str
    question: str
    right: bool
    seconds: float
    finished: datetime
    number: int = 0


@dataclass(frozen=True)
class History:
    """All answers, from first to last."""

    answers: tuple[Answered, ...] = ()

    @functools.cached_property
    def _by_question(self) -> dict[str, list[Answered]]:
        found: dict[str, list[Answered]] = {}
        for one in self.answers:
            found.setdefault(one.question, []).append(one)
        return found

    def of(self, question: str) -> tuple[Answered, ...]:
        """The answers to one question, whichever topic it was asked in."""
        return tuple(self._by_question.get(question, ()))

    def topics(self) -> tuple[str, ...]:
        """Each topic once, first what is slowest and was seen longest ago."""
        latest = self.answers[-1].number + 1 if self.answers else 0
        found: dict[str, list[Answered]] = {}
        for one in self.answers:
            found.setdefault(one.topic, []).append(one)
        return tuple(sorted(found, key=lambda name: -slowness(found[name]) * (latest - found[name][-1].number)))

    def streak(self, topic: str) -> tuple[int, int]:
        """How many answers in a row were right in a topic: now, and at best."""
        now = best = 0
        for one in self.answers:
            if one.topic == topic:
                now = now + 1 if one.right else 0
                best = max(best, now)
        return now, best


def slowness(answers: Sequence[Answered]) -> float:
    """Seconds: the median of the last answers, a wrong one counted as a minute at least; 0 without any."""
    lately = [one.seconds if one.right else max(one.seconds, _WRONG) for one in answers[-_LATELY:]]
    return statistics.median(lately) if lately else 0.0


def log_file() -> Path:
    """Where the answers lie, beside the gradebook."""
    return home_folder() / "drills.sqlite"


def history(path: Path | None = None) -> History:
    """All that was answered so far.

    Raises:
        MachineError: the file is not ours, or of a newer dlgrade.
    """
    path = path or log_file()
    if not path.exists():
        return History()
    with _opened(path) as file:
        rows = file.execute("select topic, question, right, seconds, finished, number from answers order by number")
        return History(
            tuple(
                Answered(topic, question, bool(right), seconds, datetime.fromisoformat(finished), number)
                for topic, question, right, seconds, finished, number in rows
            )
        )


def add(topic: str, question: str, right: bool, seconds: float, path: Path | None = None) -> Answered:
    """Keep one answer, on disk when this returns.

    Raises:
        MachineError: the file cannot be written, is not ours, or of a newer dlgrade.
    """
    finished = datetime.now(UTC)
    with _opened(path or log_file()) as file:
        file.execute("begin immediate")
        row = (topic, question, int(right), seconds, finished.isoformat())
        added = file.execute(
            "insert into answers (topic, question, right, seconds, finished) values (?,?,?,?,?)", row
        ).lastrowid
        file.execute("commit")
    return Answered(topic, question, right, seconds, finished, added or 0)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as file:
            _prepare(path, file)
            yield file
    except sqlite3.DatabaseError as error:
        mend = "Another process writes to it; try again." if "locked" in str(error) else "Move it away to begin anew."
        raise MachineError(f"{path} cannot be used for drills: {error}", mend) from None
    except OSError as error:
        raise MachineError(f"{path} cannot be written: {error.strerror}") from None


def _prepare(path: Path, file: sqlite3.Connection) -> None:
    """Make the table in an empty file; refuse what is not ours and what we do not know yet."""
    if not _known(path, file):
        file.execute("begin immediate")
        if not _known(path, file):  # another process may have been first
            file.execute(_TABLE)
            file.execute(f"pragma application_id = {_MARK}")
            file.execute(f"pragma user_version = {_SCHEMA}")
        file.execute("commit")


def _known(path: Path, file: sqlite3.Connection) -> bool:
    return is_ours(file, path, mark=_MARK, schema=_SCHEMA, refusal="does not hold drills")
