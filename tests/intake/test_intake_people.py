"""Whose a submission is: with a roster, without one, and of one student only."""

from __future__ import annotations

import pytest
from tests.intake.builders import (
    BUILDERS,
    CODE,
    Student,
    a_class,
    as_canvas,
    as_files,
    as_gradescope,
    as_moodle,
    as_nbgrader,
    write,
    zip_of,
    zipped,
)

from dlgrade.errors import UsageError
from dlgrade.intake import Person


def ids(people) -> list[str]:
    return [one.who for one in people]


def roster_of(count: int, **columns: str) -> list[Person]:
    """s001, s002, ... with names and the columns, in which {} stands for the number of the student."""
    return [
        Person(f"s{i:03}", f"First{i} Last{i}", {name: text.format(12000 + i, i) for name, text in columns.items()})
        for i in range(1, count + 1)
    ]


@pytest.mark.parametrize("name", BUILDERS)
def test_the_roster_gives_ids_and_names_and_knows_who_is_missing(tmp_path, taken, name):
    _, build = BUILDERS[name]
    source = build(tmp_path / "class", [*a_class(3), Student("s099", "Eve", "Other", 12099)])
    found = taken(source, roster=roster_of(5))
    assert ids(found.handed_in) == ["s001", "s002", "s003"]
    assert [one.name for one in found.handed_in] == ["First1 Last1", "First2 Last2", "First3 Last3"]
    assert [one.what for one in found.refused] == ["not in the roster"]
    assert ids(found.missing) == ["s004", "s005"]


@pytest.mark.parametrize(
    ("build", "column", "value"),
    [
        (as_canvas, "ID", "{}"),
        (as_canvas, "Canvas User ID", "{}"),
        (as_moodle, "Identifier", "Participant {}"),
        (as_moodle, "Identifier", "Teilnehmer/in {}"),
        (as_gradescope, "Email Address", "S00{1}@Example.EDU"),
        (as_gradescope, "SID", "s00{1}"),
        (as_nbgrader, "username", "s00{1}"),
        (as_files, "SIS Login ID", "s00{1}"),
    ],
)
def test_the_course_systems_own_id_is_looked_up_in_the_roster(tmp_path, taken, build, column, value):
    roster = [Person(f"u-{person.who}", "", person.other) for person in roster_of(2, **{column: value})]
    found = taken(build(tmp_path / "class", a_class(2)), roster=roster)
    assert ids(found.handed_in) == ["u-s001", "u-s002"]


def test_a_number_that_is_another_persons_elsewhere_is_not_taken_for_it(tmp_path, taken):
    source = as_moodle(tmp_path / "class", [Student(first="Ann", last="One", number=77)])
    found = taken(source, roster=[Person("77", "Zoe Nine"), Person("78", "Ann One")])
    assert ids(found.handed_in) == ["78"]
    stranger = taken(source, roster=[Person("77", "Zoe Nine")])
    assert ids(stranger.missing) == ["77"]
    assert stranger.refused[0].who not in {"77", ""}


@pytest.mark.parametrize("written", ["Ann Mary One", "One, Ann Mary", "ann mary ONE", "One Ann Mary"])
def test_names_are_matched_however_they_are_ordered(tmp_path, taken, written):
    students = [Student("x", "Ann Mary", "One", 1), Student("y", "Bo", "Two", 2)]
    roster = [Person("s001", written), Person("s002", "Bo Two")]
    for build in (as_canvas, as_moodle):
        found = taken(build(tmp_path / build.__name__, students), roster=roster)
        assert ids(found.handed_in) == ["s001", "s002"]


def test_a_name_that_two_people_have_is_nobodys(tmp_path, taken):
    source = as_moodle(tmp_path / "class", [Student(number=1), Student("s002", "Bo", "Two", 2)])
    found = taken(source, roster=[Person("s001", "Ann One"), Person("s002", "One, Ann"), Person("s003", "Bo Two")])
    assert ids(found.handed_in) == ["s003"]
    assert "several people" in found.refused[0].what


def test_two_people_of_one_name_stay_two_without_a_roster(tmp_path, taken):
    source = as_moodle(tmp_path / "class", [Student(number=1), Student(number=2), Student("s3", "Bo", "Two", 3)])
    assert [(one.who, one.name) for one in taken(source).handed_in] == [
        ("1", "Ann One"),
        ("2", "Ann One"),
        ("3", "Bo Two"),
    ]


def test_two_works_that_are_one_persons_in_the_roster_are_refused(tmp_path, taken):
    source = as_files(tmp_path / "class", a_class(2))
    write(source / "S001.py", CODE)
    found = taken(source, roster=roster_of(2))
    assert ids(found.handed_in) == ["s002"]
    assert found.refused[0].who == "s001"
    assert "S001.py and s001.py" in found.refused[0].what
    assert found.missing == ()


def test_anonymous_submissions_and_a_roster_do_not_go_together(tmp_path, taken):
    found = taken(as_canvas(tmp_path / "class", a_class(2), anonymous=True), roster=roster_of(2))
    assert found.handed_in == ()
    assert {one.mend for one in found.refused} == {"The submissions are anonymous: grade them without a roster."}


def test_anonymous_moodle_is_matched_by_the_worksheets_identifier(tmp_path, taken):
    students = [Student(first="Participant", last="", number=n) for n in (501, 502)]
    source = tmp_path / "class"
    for student in students:
        write(source / f"Participant_{student.number}_assignsubmission_file" / "code6.py", CODE)
    roster = [Person("s001", "Ann One", {"Identifier": "Participant 501"}), Person("502", "", {})]
    found = taken(source, roster=roster)
    assert ids(found.handed_in) == ["502", "s001"]


def test_somebody_whose_submission_cannot_be_taken_is_not_missing(tmp_path, taken):
    source = as_files(tmp_path / "class", a_class(1))
    write(source / "s002.zip", "no archive")
    write(source / "s003.docx", "a text")
    found = taken(source, roster=roster_of(4))
    assert (ids(found.handed_in), ids(found.refused), ids(found.missing)) == (["s001"], ["s002", "s003"], ["s004"])


def test_a_roster_that_names_somebody_twice_or_nobody_is_one_line(tmp_path, taken):
    source = as_files(tmp_path / "class", a_class(1))
    with pytest.raises(UsageError, match="names a student twice"):
        taken(source, roster=[Person("s001"), Person("S001")])
    with pytest.raises(UsageError, match="cannot be a student's id"):
        taken(source, roster=[Person("../s001")])


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("name", BUILDERS)
def test_one_student_is_one_student(tmp_path, taken, name, packed):
    _, build = BUILDERS[name]
    source = build(tmp_path / "class", a_class(4))
    source = zipped(source) if packed else source
    everyone = taken(source, roster=roster_of(4))
    one = taken(source, roster=roster_of(4), student="s002")
    assert one.handed_in == everyone.handed_in[1:2]
    assert one.refused == one.missing == ()


def test_one_student_is_found_by_any_of_their_names(tmp_path, taken):
    source = zipped(as_gradescope(tmp_path / "class", a_class(3)))
    for called in ("s002", "S002", "s002@example.edu", "First2 Last2"):
        assert ids(taken(source, student=called).handed_in) == ["s002"]
    assert len(list((tmp_path / "into").iterdir())) == 1  # nobody else's was unpacked


def test_a_student_who_is_not_there_is_named_with_near_ones(tmp_path, taken):
    source = as_files(tmp_path / "class", a_class(3))
    with pytest.raises(UsageError, match="nobody in it is called s0022") as caught:
        taken(source, student="s0022")
    assert "s002" in caught.value.mend


def test_one_student_who_is_missing_or_refused(tmp_path, taken):
    source = as_files(tmp_path / "class", a_class(1))
    write(source / "s002.zip", zip_of({"inner.zip": b"x"}))
    missing = taken(source, roster=roster_of(3), student="s003")
    assert (missing.handed_in, missing.refused, ids(missing.missing)) == ((), (), ["s003"])
    refused = taken(source, roster=roster_of(3), student="s002")
    assert (refused.handed_in, ids(refused.refused), refused.missing) == ((), ["s002"], ())


def test_a_name_that_fits_two_students_asks_for_the_id(tmp_path, taken):
    source = as_moodle(tmp_path / "class", [Student(number=1), Student(number=2), Student("s3", "Bo", "Two", 3)])
    with pytest.raises(UsageError, match="may be 1 or 2"):
        taken(source, student="Ann One")
