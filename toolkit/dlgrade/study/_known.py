"""What this machine knows of its learner: the last reports, the last results of quizzes, and unfinished ones.

Promises: looking changes nothing and makes no file. A report that cannot be read is named in `Known.unreadable` and
counts as none. Does not know what was read, thought about or reviewed in Anki: nothing here can tell.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dlgrade.course import Assignment
from dlgrade.gradebook import Attempt, Gradebook, gradebook_file
from dlgrade.home import report_file


@dataclass(frozen=True)
class LastReport:
    """What is kept of the last `dlgrade check` of an assignment.

    Attributes:
        verdicts: by the ids of the criteria.
        cards: to review, of criteria that did not hold.
        when: seconds since 1970.
        problem: whether the file could not be measured at all.
    """

    profile: str
    verdicts: Mapping[str, str]
    cards: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    when: float = 0.0
    problem: bool = False

    @property
    def failed(self) -> tuple[str, ...]:
        """Criteria that were measured and do not hold, or whose code stopped."""
        return tuple(name for name, verdict in self.verdicts.items() if verdict in {"failed", "timeout", "crashed"})


@dataclass(frozen=True)
class Known:
    """All of it, by ids of assignments and quizzes.

    Attributes:
        drafts: how many answers of an unfinished sitting are kept.
        unreadable: assignments whose last report cannot be read.
    """

    reports: Mapping[str, LastReport] = field(default_factory=dict)
    attempts: Mapping[str, Attempt] = field(default_factory=dict)
    drafts: Mapping[str, int] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()


def known(assignments: Iterable[str], quizzes: Iterable[str]) -> Known:
    """What is known of these assignments and quizzes.

    Raises:
        MachineError: the gradebook is of a newer dlgrade, or is none.
    """
    reports: dict[str, LastReport] = {}
    unreadable: list[str] = []
    for name in assignments:
        try:
            reports[name] = last_report(name)
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            unreadable.append(name)
    attempts: dict[str, Attempt] = {}
    drafts: dict[str, int] = {}
    if gradebook_file().exists():
        with Gradebook() as book:
            attempts = {attempt.id: attempt for attempt in book.attempts(kind="quiz")}
            kept = {name: book.kept("quiz", name) for name in quizzes}
        drafts = {name: len(state.get("answers", ())) for name, state in kept.items() if state}
    return Known(reports, attempts, drafts, tuple(unreadable))


def last_report(assignment: str) -> LastReport:
    """What the last `dlgrade check` of an assignment said.

    Raises:
        FileNotFoundError: there was none.
        OSError: it cannot be read; ``ValueError``: it is not a report.
    """
    path = report_file(assignment)
    plain = json.loads(path.read_text(encoding="utf-8"))
    try:
        return LastReport(
            profile=str(plain.get("profile", "")),
            verdicts={str(one["id"]): str(one["verdict"]) for one in plain["criteria"]},
            cards={str(one["id"]): tuple(map(str, one.get("cards", ()))) for one in plain["criteria"]},
            when=path.stat().st_mtime,
            problem=bool(plain.get("problem")),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a report") from error


@dataclass(frozen=True)
class Standing:
    """How far an assignment is.

    Attributes:
        passed: criteria that passed in the last report, of `total` that the assignment has now.
        state: ``done`` when all have passed, ``begun`` when there is a report, else ``open``.
        rehearsed: it is done, as far as a profile below ``full`` can tell.
    """

    state: str
    passed: int
    total: int
    failed: tuple[str, ...] = ()
    rehearsed: bool = False


def standing(assignment: Assignment, report: LastReport | None) -> Standing:
    """How far an assignment is, by its last report.

    A criterion that only hidden graders cover has no verdict on a student's machine (``open``) and stands in nobody's
    way; a smoke run, which trains nothing, leaves others open, and proves nothing done.
    """
    names = [criterion.id for criterion in assignment.criteria]
    if report is None:
        return Standing("open", 0, len(names))
    verdicts = [report.verdicts.get(name, "") for name in names]
    passed = verdicts.count("passed")
    failed = tuple(name for name in names if name in report.failed)
    unmeasured = verdicts.count("open") if report.profile != "smoke" else 0
    done = passed > 0 and passed + unmeasured == len(names) and not report.problem
    rehearsed = done and report.profile != "full"
    return Standing("done" if done else "begun", passed, len(names), failed, rehearsed)


def proven(assignment: Assignment, criterion: str, report: LastReport | None) -> bool:
    """Whether a criterion has passed for good: where its threshold depends on the profile, only ``full`` counts."""
    if report is None or report.verdicts.get(criterion) != "passed":
        return False
    wanted = assignment.criterion(criterion).wanted
    return not isinstance(wanted, Mapping) or report.profile == "full"
