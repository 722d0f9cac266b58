"""A policy file says what it means or is refused with file, line and the mend; the page's example is computed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.gradebook.conftest import attempt

from dlgrade.errors import CourseError
from dlgrade.gradebook import SCHEMA, Gradebook, LatePolicy, Policies, grades, read_policies
from dlgrade.gradebook._late import begun_days

PAGE = (Path(__file__).parents[2] / "docs/gradebook.md").read_text()
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Policies]:
    monkeypatch.chdir(tmp_path)

    def written(text: str) -> Policies:
        Path("policy.yaml").write_text(text)
        return read_policies(Path("policy.yaml"))

    return written


def test_the_page_s_example_says_what_the_page_says(read: Callable[[str], Policies]) -> None:
    found = read(EXAMPLE)
    default = LatePolicy(None, 15 * MINUTE, 0.1, 0.5, 7 * DAY, "best")
    assert found.default == default
    assert dict(found) == {
        "code6": replace(default, due=datetime(2026, 10, 23, 23, 59, tzinfo=BERLIN)),
        "code7": replace(default, due=datetime(2026, 11, 6, 23, 59, tzinfo=BERLIN), counts="last", cut_off=None),
    }
    assert found["code8"] == default
    assert found.get("code8") == default, "what is not named has the default"
    assert "code8" not in found


def test_the_page_s_numbers_are_those_that_come_out(read: Callable[[str], Policies], book: Gradebook) -> None:
    policy = read(EXAMPLE)["code6"]
    table = PAGE.partition("| handed in | begun days |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (\d\S+ \S+) \| (\d+) \| (\S+) \| (\S+) \|$", table, re.MULTILINE)
    assert len(rows) == 9
    for n, (when, days, taken, score) in enumerate(rows):
        handed_in = datetime.fromisoformat(when).replace(tzinfo=BERLIN).astimezone(UTC)
        book.add(replace(attempt(f"s{n:03}"), points=45.0, max=50.0, handed_in=handed_in))
        grade = grades(book, "code6", policy=policy)[n]
        assert (grade.penalty, grade.score, grade.max) == (float(taken), float(score), 50), when
        assert begun_days(policy, handed_in) == int(days)


def test_the_page_names_all_tables_and_columns_and_its_question_can_be_asked(book: Gradebook, file: Path) -> None:
    book.add(attempt())
    raw = sqlite3.connect(file)
    tables = [name for (name,) in raw.execute("select name from sqlite_master where type = 'table'")]
    assert set(re.findall(r"^### (\w+)", PAGE, re.MULTILINE)) == set(tables)
    for table in tables:
        said = PAGE.partition(f"### {table}\n")[2].partition("\n###")[0]
        named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\|[^|]*\|", said, re.MULTILINE)) or said)
        assert named == [row[1] for row in raw.execute(f"pragma table_info({table})")], table
    assert raw.execute(re.findall(r'sqlite3 -readonly grades.sqlite "(.*)"', PAGE)[0]).fetchall() == [("s001", 20.0)]
    assert f"today {SCHEMA}" in PAGE
    raw.close()


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("grace: 0", timedelta()),
        ("grace: 15 minutes", 15 * MINUTE),
        ("grace: 1 minute", MINUTE),
        ("grace: 1 day 12 hours", 1.5 * DAY),
        ("grace: 1 day, 12 hours and 30 minutes", 1.5 * DAY + 30 * MINUTE),
        ("grace: 1.5 hours", 90 * MINUTE),
        ("grace: 2 Weeks", 14 * DAY),
    ],
)
def test_lengths_of_time(read: Callable[[str], Policies], said: str, means: timedelta) -> None:
    assert read(f"default: {{{said}}}" if "," not in said else f"default:\n  {said}").default.grace == means


@pytest.mark.parametrize(
    ("said", "means"),
    [("10 %", 0.1), ("10%", 0.1), ("0.1", 0.1), ("12.5 %", 0.125), ("0", 0), ("100 %", 1), ("1", 1)],
)
def test_shares(read: Callable[[str], Policies], said: str, means: float) -> None:
    assert read(f"default:\n  per_day: {said}").default.per_day == means


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("2026-11-30 23:59", datetime(2026, 11, 30, 23, 59, tzinfo=BERLIN)),
        ("2026-11-30T9:05", datetime(2026, 11, 30, 9, 5, tzinfo=BERLIN)),
        ("2026-11-30 23:59:59", datetime(2026, 11, 30, 23, 59, 59, tzinfo=BERLIN)),
        ("2026-11-30 23:59 +02:00", datetime(2026, 11, 30, 23, 59, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-11-30T23:59Z", datetime(2026, 11, 30, 23, 59, tzinfo=UTC)),
    ],
)
def test_deadlines(read: Callable[[str], Policies], said: str, means: datetime) -> None:
    due = read(f"time_zone: Europe/Berlin\nassignments:\n  code6:\n    due: {said}").get("code6")
    assert due is not None
    assert due.due == means


def test_of_a_time_that_comes_twice_the_later_one_counts(read: Callable[[str], Policies]) -> None:
    due = read("time_zone: Europe/Berlin\ndefault:\n  due: 2026-10-25 02:30").default.due
    assert due is not None
    assert due.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_deadline_with_its_own_offset_needs_no_time_zone(read: Callable[[str], Policies]) -> None:
    assert read("default:\n  due: 2026-11-30 23:59 +01:00").default.due is not None


def test_an_assignment_can_do_without_the_default_s_deadline(read: Callable[[str], Policies]) -> None:
    found = read("default:\n  due: 2026-11-30T23:59Z\nassignments:\n  code6:\n    due: never")
    assert found["code6"].due is None


def test_an_empty_file_costs_nothing(read: Callable[[str], Policies]) -> None:
    assert read("# later\n").default == LatePolicy() == Policies()["code6"]


WRONG = {
    # what stands there: (in place of, line, says, mend)
    "no such zone": ("Europe/Berlin", "Berlin", 1, "no time zone 'Berlin'", "Did you mean Europe/Berlin?"),
    "a zone with a slip": ("Europe/Berlin", "Europe/Berln", 1, "no time zone", "Did you mean Europe/Berlin?"),
    "a path for a zone": ("Europe/Berlin", "../../etc/passwd", 1, "no time zone", "Did you mean"),
    "no zone": ("time_zone: Europe/Berlin\n", "", 8, "no time zone is given", "time_zone: Europe/Berlin"),
    "a number for a length": ("15 minutes", "15", 3, "'grace' is no length of time: 15", "Write it as 15 minutes"),
    "another unit": ("15 minutes", "15 moons", 3, "'grace' is no length of time", "Write it as 15 minutes"),
    "a length too long": ("7 days", "99999999 days", 6, "longer than ten years", "Write never"),
    "cut off within the grace": ("15 minutes", "8 days", 6, "before the grace ends", "Make cut_off longer"),
    "percent forgotten": ("10 %", "10", 4, "'per_day' is no share: 10", "Write 10 %."),
    "more than all": ("10 %", "150 %", 4, "'per_day' is no share", "Write 10 % or 0.1."),
    "a word for a share": ("10 %", "ten", 4, "'per_day' is no share", "Write 10 % or 0.1."),
    "nothing said": ("10 %", "", 4, "'per_day' is empty", "leave the line out"),
    "no time of day": ("2026-10-23 23:59", "2026-10-23", 9, "a date without a time", "such as 2026-10-23 23:59"),
    "no such hour": ("2026-10-23 23:59", "2026-10-23 24:00", 9, "no date with a time", "Write it as 2026-11-30 23:59"),
    "no such day": ("2026-10-23 23:59", "2026-02-30 23:59", 9, "no date with a time", "Write it as 2026-11-30 23:59"),
    "days first": ("2026-10-23 23:59", "23.10.2026 23:59", 9, "no date with a time", "Write it as 2026-11-30 23:59"),
    "a time left out": ("2026-10-23 23:59", "2026-03-29 02:30", 9, "does not exist", "put forward"),
    "no such way to count": ("last", "frist", 12, "wanted 'best' or 'last'", ""),
    "an unknown key": ("per_day", "per_hour", 4, "unknown key 'per_hour'", ""),
    "an unknown block": ("assignments", "asignments", 7, "unknown key", "Did you mean 'assignments'?"),
    "a key twice": ("counts: last", "due: 2026-11-06 23:58", 12, "second time", "Keep one of the two."),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_line_and_the_mend(read: Callable[[str], Policies], name: str) -> None:
    old, new, line, says, mend = WRONG[name]
    assert old in EXAMPLE
    with pytest.raises(CourseError, match=re.escape(says)) as error:
        read(EXAMPLE.replace(old, new, 1))
    assert error.value.where == f"policy.yaml:{line}"
    assert mend in error.value.mend


def test_a_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError, match=re.escape("policy.yaml: this file is missing")):
        read_policies(Path("policy.yaml"))
