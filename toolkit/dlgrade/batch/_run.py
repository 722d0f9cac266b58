"""The loop of a run: gives jobs to the engine, takes what comes back, has it written."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from dlgrade.batch._clock import Clock
from dlgrade.batch._crowd import CROWDED
from dlgrade.batch._held import time_was_up, unmeasured, we_failed
from dlgrade.batch._key import held_key
from dlgrade.batch._notes import Notes
from dlgrade.batch._nouns import Engine, Event, Job, Result, Setting, State
from dlgrade.batch._plan import Plan, Turn
from dlgrade.batch._words import outcome_of
from dlgrade.batch._writer import Entry, Writer
from dlgrade.course import Assignment, Problem, with_variant
from dlgrade.errors import DlgradeError, MachineError

_BROKEN_IN_A_ROW = 5
"""So many submissions that the machine fails with, one after the other, say that it is not the submissions."""


class Run:
    """Grades some submissions of a class.

    Args:
        entries: the class; `todo`: the places in it of those to be graded.
        notes: of the run before, and for the next one.
        jobs: submissions at a time.
        total: submissions that this run is to give a result, those among them that no engine is given.
    """

    def __init__(
        self, assignment: Assignment, setting: Setting, entries: Sequence[Entry], todo: Sequence[int], writer: Writer,
        notes: Notes, jobs: int, tell: Callable[[Event], None], *, total: int,
    ) -> None:  # fmt: skip
        """Starts nothing yet."""
        self._assignment, self._setting, self._entries = assignment, setting, entries
        self._writer, self._tell, self._total = writer, tell, total
        self._notes = notes
        self._plan = self._planned(todo)
        self._clock = Clock(jobs)
        self._broken = 0
        self.graded = 0
        self.trained = 0
        self.shared = 0
        self.in_cells = 0
        self.why_no_cells = ""

    def through(self, engine: Engine) -> None:
        """Grade them all.

        Raises:
            DlgradeError: nothing more can be graded; what has come is written.
            KeyboardInterrupt: passed on, likewise.
        """
        try:
            self._feed(engine)
            while not self._plan.over:
                for result in engine.results():
                    self._take(result)
                    self._feed(engine)
                    self._writer.index_now_and_then()
        except BaseException:
            engine.cancel()
            for result in engine.results():
                if result.answer is not None and result.answer["outcome"] == "graded":
                    self._take(result)
            raise

    def hold(self, number: int, reason: str) -> None:
        """Hold a submission as ``error`` that no engine was given."""
        now = datetime.now(UTC).isoformat()
        self._unmeasured(number, {"started": now, "finished": now}, "error", we_failed(reason))

    def _planned(self, todo: Sequence[int]) -> Plan:
        """The order: whoever was under way when the run before was killed comes last."""
        ordered = sorted(todo, key=lambda number: self._entries[number].key in self._notes.suspects)
        if len(ordered) == 1:
            return Plan(ordered, at_once=True)
        passed = {number: self._notes.passed(self._entries[number].key) for number in ordered}
        plan = Plan([number for number in ordered if passed[number] is None])
        for number, known in passed.items():
            if known is not None:
                plan.passed(number, *known)
        return plan

    def _feed(self, engine: Engine) -> None:
        while engine.at_once is None or self._plan.under_way < engine.at_once:
            turn = self._plan.next()
            if turn is None:
                break
            engine.submit(self._job(turn))
        self._notes.note_under_way(self._entries[number].key for number in self._plan.open)

    def _job(self, turn: Turn) -> Job:
        entry = self._entries[turn.number]
        self.shared += turn.shares
        return Job(
            turn.number, entry.key, str(entry.handed.path.resolve()), entry.handed.origin, self._setting, turn.trains,
            turn.alone, followed=self._plan.to_begin > 0, variant=dict(entry.variant), before=entry.before,
            steps=[dataclasses.asdict(step) for step in entry.steps],
        )  # fmt: skip

    # -- what came back ----------------------------------------------------------------------------------------

    def _take(self, result: Result) -> None:
        number, answer = result.number, result.answer or _no_answer(result, self._setting)
        if answer["outcome"] == "stop":
            what, mend, code = answer["error"]
            raise (MachineError if code == MachineError.exit_code else DlgradeError)(what, mend)
        self._many_broken(answer)
        if answer["outcome"] == "waits":
            self._clock.gate(_seconds(answer), waits=True)
            self._plan.waits(number, answer["training"], answer["cost"])
            self._notes.note_passed(self._entries[number].key, answer["training"], answer["cost"])
            self._say("waits", number, "passed the gates, waits for its training", _seconds(answer))
            return
        again = self._why_again(number, answer)
        if again and self._plan.again(number):
            self._say("again", number, f"{again}; it is graded once more, alone", _seconds(answer))
            return
        if not again:
            self._timed(self._plan.finished(number), answer)
        self._write(number, answer)

    def _why_again(self, number: int, answer: Mapping[str, Any]) -> str:
        """Why what came is not the last word, where it may not be."""
        if answer["outcome"] == "broken":
            return f"it could not be graded ({_last_line(answer['error'][0])})"
        crowded = answer["crowd"] > CROWDED
        if answer["outcome"] == "late":
            return "it took too long on a crowded machine" if crowded else ""
        report = answer["report"]
        if report["submission"]["sha256"] != self._entries[number].sha256:
            return "it was changed while it was graded"
        if answer["failed"]:
            return "the process that trains failed"
        if answer["full"]:
            return "its training did not fit into the GPU beside others"
        timeouts = any(one["verdict"] == "timeout" for one in report["criteria"])
        return "it took too long on a crowded machine" if timeouts and crowded else ""

    def _write(self, number: int, answer: Mapping[str, Any]) -> None:
        entry = self._entries[number]
        self.in_cells += bool(answer.get("in_cells"))
        self.why_no_cells = self.why_no_cells or answer.get("why_no_cells", "")
        if answer["outcome"] == "late":
            self._unmeasured(number, answer, "timeout", time_was_up(self._setting.time_limit or 0.0))
        elif answer["outcome"] == "broken":
            self._unmeasured(number, answer, "error", we_failed("\n".join(map(str, answer["error"][:2])).strip()))
        elif answer["report"]["submission"]["sha256"] != entry.sha256:
            self._unmeasured(number, answer, "error", we_failed("It was changed while it was graded, twice."))
        else:
            self._keep(number, answer, held_key(entry.key) if answer["failed"] else entry.key)

    def _unmeasured(
        self, number: int, answer: Mapping[str, Any], verdict: Literal["error", "timeout"], problem: Problem
    ) -> None:
        from dlgrade.batch._grader import told

        entry = self._entries[number]
        theirs = with_variant(self._assignment, entry.variant)
        report = unmeasured(theirs, self._setting, entry.handed.origin, entry.sha256, verdict, problem)
        key = held_key(entry.key) if verdict == "error" else entry.key
        self._keep(number, {**answer, **told(report, entry.steps)}, key)

    def _keep(self, number: int, answer: Mapping[str, Any], key: str) -> None:
        self._writer.add(self._entries[number], self._setting.seed, answer, key)
        self._notes.note_graded(self._entries[number].key)
        self.graded += 1
        self._say("graded", number, outcome_of(answer["report"]), _seconds(answer))

    def _timed(self, turn: Turn, answer: Mapping[str, Any]) -> None:
        if turn.trains:
            self._clock.training(_seconds(answer))
            self.trained += not turn.shares and bool(answer.get("report", {}).get("training"))
        else:
            self._clock.gate(_seconds(answer), waits=False)

    def _many_broken(self, answer: Mapping[str, Any]) -> None:
        self._broken = self._broken + 1 if answer["outcome"] == "broken" else 0
        if self._broken >= _BROKEN_IN_A_ROW:
            what, mend, _ = answer["error"]
            says = f"{self._broken} submissions in a row could not be graded here: {_last_line(what)}"
            raise MachineError(says, mend)

    # -- what is said ------------------------------------------------------------------------------------------

    def _say(self, what: Literal["graded", "waits", "again"], number: int, says: str, seconds: float) -> None:
        self._tell(Event(what, self.state, self._entries[number].handed.who, says, seconds))

    @property
    def state(self) -> State:
        """How far it is."""
        gates, trainings = self._plan.gates_left, self._plan.trainings_left
        return State(self._total, self.graded, trainings, self._clock.left(gates, trainings))


def _no_answer(result: Result, setting: Setting) -> dict[str, Any]:
    """What stands for the answer of a process that was lost."""
    now = datetime.now(UTC).isoformat()
    times = {"started": now, "finished": now, "crowd": 0.0}
    if result.late and setting.time_limit is not None:
        began = datetime.now(UTC) - timedelta(seconds=setting.time_limit)
        return {"outcome": "late", **times, "started": began.isoformat()}
    return {"outcome": "broken", "error": [result.lost, "", MachineError.exit_code], **times}


def _last_line(text: str) -> str:
    """The last line of a message, which of a traceback is the one that says what happened."""
    return (text.strip().splitlines() or ["nothing was said"])[-1].strip()


def _seconds(answer: Mapping[str, Any]) -> float:
    began, ended = (datetime.fromisoformat(answer[name]) for name in ("started", "finished"))
    return (ended - began).total_seconds()
