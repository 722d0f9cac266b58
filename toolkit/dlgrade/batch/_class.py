"""Grade a class: who is to be graded, by whom, and what is said at the end."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

from dlgrade.batch._before import reports_before, steps_before
from dlgrade.batch._engines import Facts, engine_for, facts_of
from dlgrade.batch._key import expected, ground, key_of
from dlgrade.batch._notes import Notes
from dlgrade.batch._nouns import Event, Options, Setting, State, Summary
from dlgrade.batch._place import Workplace
from dlgrade.batch._reading import sources
from dlgrade.batch._room import cores
from dlgrade.batch._run import Run
from dlgrade.batch._writer import Entry, Writer
from dlgrade.course import Assignment, varied
from dlgrade.gradebook import Grade, Gradebook, LatePolicy
from dlgrade.intake import Collection, Person

_IN_TIME = LatePolicy()


def grade_class(
    assignment: Assignment,
    collection: Collection,
    book: Gradebook,
    place: Workplace,
    *,
    options: Options | None = None,
    secret: bytes | None = None,
    policy: LatePolicy = _IN_TIME,
    on_event: Callable[[Event], None] | None = None,
) -> Summary:
    """Grade all that was handed in and is not graded yet.

    Args:
        book: open for writing; every result is in it when `on_event` hears of it.
        place: entered by the caller, who may have had things unpacked there.
        secret: what the students' own constants are drawn from; without one everybody has the same.
        policy: for the index; what is kept in `book` does not depend on it.

    Raises:
        DlgradeError: a file of the course is wrong.
        MachineError: the data set, the device, the sandbox or a disk; what was graded before is kept.
        KeyboardInterrupt: passed on, after what has arrived was written and every process was ended.
    """
    began, options = time.monotonic(), options or Options()
    if assignment.kind != "functions":
        from dlgrade import data

        data.get(assignment.data)  # once, and not by every grader at the same time
    facts = facts_of(assignment, options)
    setting = _setting(assignment, options, facts, place)
    book.enrol([*collection.missing, *(Person(one.who, one.name, one.other) for one in collection.handed_in)])
    found = _looked_at(assignment, collection, setting, book, secret)
    done = _done(assignment, book, place, setting, options.force)
    todo = [number for number, one in enumerate(found.entries) if (one.handed.who, one.key) not in done]
    writer = Writer(assignment, collection, book, place.reports, policy=policy, again=options.force)
    run = _run_through(
        assignment, setting, found, todo, writer, options, facts, place, on_event or (lambda event: None)
    )
    if options.force:
        place.all_forced()
    unchanged = {one.handed.who: one for number, one in enumerate(found.entries) if number not in {*todo}}
    writer.missing_pages(unchanged)
    index, grades = writer.index()
    stands = _standing(grades, {one.who for one in collection.handed_in})
    return Summary(
        graded=run.graded, unchanged=len(unchanged), refused=collection.refused, missing=len(collection.missing),
        review=stands.review, held=stands.held, median=stands.median, max=stands.most,
        seconds=time.monotonic() - began, trained=run.trained, shared=run.shared, reports=place.reports, index=index,
        in_cells=run.in_cells, why_no_cells=run.why_no_cells,
    )  # fmt: skip


def _run_through(
    assignment: Assignment, setting: Setting, found: _Found, todo: Sequence[int], writer: Writer, options: Options,
    facts: Facts, place: Workplace, tell: Callable[[Event], None],
) -> Run:  # fmt: skip
    """Grade what is to be graded; what ended our own process while it was read is held."""
    readable = [number for number in todo if number not in found.trouble]
    jobs = max(1, min(facts.room.jobs, len(readable)))
    notes = Notes(place.folder)
    run = Run(assignment, setting, found.entries, readable, writer, notes, jobs, tell, total=len(todo))
    unchanged = len(found.entries) - len(todo)
    tell(Event("begin", State(len(todo)), says=_plan_in_words(len(todo), unchanged, jobs, facts)))
    for number in sorted({*todo} & found.trouble.keys()):
        run.hold(number, found.trouble[number])
    if readable:
        engine = engine_for(options, place, jobs, facts)
        try:
            run.through(engine)
        finally:
            engine.close()
    notes.clear()
    return run


def _setting(assignment: Assignment, options: Options, facts: Facts, place: Workplace) -> Setting:
    return Setting(
        course=str(assignment.folder.parents[1].resolve()),
        assignment=assignment.id,
        # Functions are asked the same in every profile.
        profile=options.profile if assignment.kind != "functions" else "full",
        seed=options.seed,
        device=facts.device,
        isolation=options.isolation,
        patience=dataclasses.asdict(options.patience),
        time_limit=options.time_limit,
        expects=expected(assignment),
        shelf=str(place.shelf.resolve()),
        device_share=facts.room.device_share,
    )


@dataclasses.dataclass(frozen=True)
class _Found:
    """Everyone in the class, and by place in it why reading a submission made our own process fail."""

    entries: Sequence[Entry]
    trouble: Mapping[int, str]


def _looked_at(
    assignment: Assignment, collection: Collection, setting: Setting, book: Gradebook, secret: bytes | None
) -> _Found:
    on, before, steps = ground(setting), reports_before(assignment, book), steps_before(assignment, book)
    read = sources(assignment, [one.path for one in collection.handed_in], cores())
    entries = []
    for handed, source in zip(collection.handed_in, read, strict=True):
        theirs = varied(assignment, secret, handed.who) if secret is not None else assignment
        variant, earlier = dict(theirs.variant), before.get(handed.who)
        key = key_of(on, source.sha256, variant, earlier)
        entries.append(Entry(handed, source.sha256, key, variant, earlier, steps.get(handed.who, ())))
    return _Found(entries, {number: source.trouble for number, source in enumerate(read) if source.trouble})


def _done(
    assignment: Assignment, book: Gradebook, place: Workplace, setting: Setting, force: bool
) -> set[tuple[str, str]]:
    """(student, key) of what need not be graded again; with `force` only what this grading anew has done already."""
    if not force:
        return book.keys(assignment.id)
    since = place.forced_since(ground(setting))
    return {(one.who, one.key) for one in book.attempts(None, "assignment", assignment.id) if one.started >= since}


def _plan_in_words(todo: int, unchanged: int, jobs: int, facts: Facts) -> str:
    if not todo:
        return f"nothing to grade: {unchanged} unchanged" if unchanged else "nothing to grade"
    because = {"memory": ", as many as fit into the memory", "gpu": ", as many as fit into the GPU"}
    where = "" if facts.device == "cpu" else f" on {facts.device}"
    same = f", {unchanged} unchanged" if unchanged else ""
    return f"{todo} to grade{where}, {jobs} at a time{because.get(facts.room.because, '')}{same}"


@dataclasses.dataclass(frozen=True)
class _Standing:
    """How the class of this run stands in the gradebook."""

    review: tuple[str, ...]
    held: tuple[str, ...]
    median: float | None
    most: float


def _standing(found: Sequence[Grade], handed_in: set[str]) -> _Standing:
    ours = [one for one in found if one.who in handed_in and one.attempt is not None]
    waiting = [one for one in ours if one.status == "review"]
    held = {one.who for one in waiting if _has_error(one)}
    scores = [one.score for one in ours]
    return _Standing(
        review=tuple(one.who for one in waiting if one.who not in held),
        held=tuple(sorted(held)),
        median=statistics.median(scores) if scores else None,
        most=max((one.max for one in ours), default=0.0),
    )


def _has_error(grade: Grade) -> bool:
    report = grade.report or {}
    return any(one.get("verdict") == "error" for one in report.get("criteria", ()))
