"""A class in one file: nothing is recorded twice, people are enrolled, decisions are signed and stay."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.gradebook.conftest import attempt

from dlgrade.errors import UsageError
from dlgrade.gradebook import Decision, Enrolled, Gradebook, grades
from dlgrade.intake import Person

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)


def settled(number: int, criterion: str = "no_dense", verdict: Any = "passed", **other: Any) -> Decision:
    given: dict[str, Any] = {"who": "s001", "id": "code6", "by": "R", "why": "by hand", "at": NOON, **other}
    return Decision(attempt=number, criterion=criterion, verdict=verdict, **given)


def whole(points: float | None, **other: Any) -> Decision:
    return Decision(**{"who": "s001", "id": "code6", "by": "R", "why": "ill", "at": NOON, "points": points, **other})


def test_the_same_work_is_recorded_once(book: Gradebook) -> None:
    first = book.add(attempt(key="a"))
    assert book.add(attempt(key="a")) == first
    others = [attempt(key="b"), attempt("s002", key="a"), attempt(id="code7", key="a")]
    assert len({first, *map(book.add, others)}) == 4
    assert book.keys("code6") == {("s001", "a"), ("s001", "b"), ("s002", "a")}


def test_without_a_key_each_attempt_is_its_own(book: Gradebook) -> None:
    assert len({book.add(attempt()) for _ in range(3)}) == 3
    assert book.keys("code6") == set()


def test_forced_it_is_recorded_beside_and_the_latest_is_the_one_that_is_there(book: Gradebook) -> None:
    numbers = [book.add(attempt(key="a")), *(book.add(attempt(key="a"), force=True) for _ in range(2))]
    assert len(set(numbers)) == 3
    assert book.add(attempt(key="a")) == numbers[-1]


def test_a_known_key_still_ends_the_draft(book: Gradebook) -> None:
    book.add(attempt(key="a"))
    book.keep("assignment", "code6", {}, who="s001")
    book.add(attempt(key="a"), drop_draft=True)
    assert book.kept("assignment", "code6", who="s001") is None


def test_no_other_program_records_it_twice_either(book: Gradebook, file: Path) -> None:
    book.add(attempt(key="a"))
    raw = sqlite3.connect(file)
    columns = "who, kind, id, seed, started, finished, points, max, results, handed_in, key"
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        raw.execute(f"insert into attempts ({columns}) select {columns} from attempts")
    raw.close()


def test_when_it_was_handed_in_and_its_key_come_back(book: Gradebook) -> None:
    given = attempt(late=timedelta(minutes=3), key="k")
    number = book.add(given)
    assert list(book.attempts("s001")) == [replace(given, number=number)]


def test_a_time_without_a_zone_and_points_that_are_none_are_bugs(book: Gradebook) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        book.add(replace(attempt(), handed_in=datetime(2026, 1, 1)))
    with pytest.raises(ValueError, match="points are numbers"):
        book.add(replace(attempt(), points=float("nan")))


@pytest.mark.parametrize("who", ["", "  ", "\udcff"])
def test_an_id_that_cannot_be_kept_is_told(book: Gradebook, who: str) -> None:
    with pytest.raises(UsageError, match="student's id"):
        book.add(attempt(who))
    with pytest.raises(UsageError, match="student's id"):
        book.enrol([Person("s001"), Person(who)])
    assert book.students() == ()


def test_people_are_enrolled_and_what_a_later_roster_does_not_say_stays(book: Gradebook) -> None:
    assert book.enrol([Person("s002", "Second", {"section": "A"}), Person("s001")]) == 2
    assert book.enrol([Person("s002", "", {"e-mail": "b@x"}), Person("s003", "Third", {}), Person("s001", "One")]) == 1
    assert book.people() == (
        Enrolled("s001", "One"),
        Enrolled("s002", "Second", {"section": "A", "e-mail": "b@x"}),
        Enrolled("s003", "Third"),
    )


def test_a_name_that_is_no_text_is_spelled_out(book: Gradebook) -> None:
    book.enrol([Person("s001", "Zo\udceb", {"file": "Zo\udceb.py"})])
    assert book.people() == (Enrolled("s001", "Zo\\udceb", {"file": "Zo\udceb.py"}),)


def test_those_who_are_enrolled_and_those_who_handed_in_are_students(book: Gradebook) -> None:
    book.enrol([Person("s002")])
    book.add(attempt("s001", id="code7"))
    assert book.students() == ("s001", "s002")
    assert [(one.who, one.status) for one in grades(book, "code6")] == [("s001", "missing"), ("s002", "missing")]


def test_decisions_come_back_oldest_first(book: Gradebook) -> None:
    number = book.add(attempt(verdicts="passed passed review"))
    given = [settled(number, by=" R "), settled(number, verdict="failed"), whole(7), whole(None)]
    numbers = [book.decide(one) for one in given]
    assert numbers == sorted(set(numbers))
    assert book.decisions("s001", "code6") == tuple(
        replace(one, number=n, by="R") for n, one in zip(numbers, given, strict=True)
    )
    assert book.decisions("s002") == book.decisions(id="code7") == ()


def test_decisions_are_only_ever_added(book: Gradebook, file: Path) -> None:
    book.add(attempt())
    book.decide(whole(7))
    raw = sqlite3.connect(file)
    for statement in ("update decisions set points = 10", "delete from decisions"):
        with pytest.raises(sqlite3.IntegrityError, match="a decision is never"):
            raw.execute(statement)
    raw.close()


REFUSED = {
    "nobody decided": (settled(1, by="  "), "who took it and why"),
    "for no reason": (settled(1, why=""), "who took it and why"),
    "a reason that is no text": (settled(1, why="\udcff"), "the reason is not text"),
    "it was measured": (settled(1, "shape"), r"shape was measured \(passed\)"),
    "it was measured and failed": (settled(1, "budget"), r"budget was measured \(failed\)"),
    "no such criterion": (settled(1, "depth"), "no criterion depth"),
    "no such attempt": (settled(9), "s001 has no attempt 9 at code6"),
    "another's attempt": (settled(2), "s001 has no attempt 2 at code6"),
    "of another assignment": (settled(1, id="code7"), "s001 has no attempt 1 at code7"),
    "no such student": (settled(1, who="s0001"), "knows no student s0001"),
    "neither passed nor failed": (settled(1, verdict=""), "settled as passed or failed"),
    "a criterion in points": (settled(1, points=3.0), "settled as passed or failed"),
    "an attempt without a criterion": (settled(1, ""), "settled as passed or failed"),
    "an attempt without a report": (settled(3), "attempt 3 has no report"),
    "a whole grade without points to release": (whole(None), "was not set by a person"),
    "a whole grade as passed": (whole(3, verdict="passed"), "set in points"),
    "less than nothing": (whole(-1), "-1 are no points"),
    "no number": (whole(float("nan")), "nan are no points"),
    "endless points": (whole(float("inf")), "inf are no points"),
    "a student who never was": (whole(3, who="nobody"), "knows no student nobody"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_decided_is_refused_with_one_line_and_the_mend(book: Gradebook, name: str) -> None:
    for one in (attempt(verdicts="passed failed review"), attempt("s002", "review"), replace(attempt(), results={})):
        book.add(one)
    decision, says = REFUSED[name]
    with pytest.raises(UsageError, match=says) as error:
        book.decide(decision)
    assert error.value.mend
    assert "\n" not in error.value.what
    assert book.decisions() == ()


def test_an_id_nearby_is_named(book: Gradebook) -> None:
    book.add(attempt())
    with pytest.raises(UsageError, match="Did you mean s001"):
        book.decide(whole(3, who="s01"))


def test_grades_are_of_one_moment(book: Gradebook, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a batch adds between two questions of a reader is in none of the answers."""
    book.add(attempt("s001"))
    asked = Gradebook.people

    def people(self: Gradebook) -> tuple[Enrolled, ...]:
        with Gradebook(file) as batch:
            batch.add(attempt("s002"))
        return asked(self)

    with Gradebook(file, read_only=True) as reader:
        monkeypatch.setattr(Gradebook, "people", people)
        assert [one.who for one in grades(reader, "code6")] == ["s001"]
        monkeypatch.undo()
        assert [one.who for one in grades(reader, "code6")] == ["s001", "s002"]
