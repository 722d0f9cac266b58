"""Class lists as course systems and spreadsheets write them."""

from __future__ import annotations

import os

import pytest
from tests.intake.builders import write

from dlgrade.errors import UsageError
from dlgrade.intake import Person, read_roster

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,code6 (991)\n"
    "    Manual Posting,,,,,\n"
    "    Points Possible,,,,,50\n"
    '"Doe, Jane",1001,77001,jdoe,Section 1,40\n'
    '"Roe, Ron",1002,77002,rroe,Section 1,\n'
)
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade\n"
    "Participant 501,Jane Doe,jane@example.edu,Submitted,\n"
    "Participant 502,Ron Roe,ron@example.edu,No submission,\n"
)
GRADESCOPE = "First Name,Last Name,SID,Email,Role\nJane,Doe,001,jane@example.edu,Student\n"


def roster(tmp_path, content, name="roster.csv"):
    return read_roster(write(tmp_path / name, content))


def test_canvas_gradebook(tmp_path):
    jane, ron = roster(tmp_path, CANVAS)
    assert (jane.who, jane.name) == ("1001", "Doe, Jane")
    assert jane.other == {
        "SIS User ID": "77001",
        "SIS Login ID": "jdoe",
        "Section": "Section 1",
        "code6 (991)": "40",
    }
    assert ron.who == "1002"


def test_moodle_worksheet(tmp_path):
    jane, _ = roster(tmp_path, MOODLE)
    assert jane.who == "jane@example.edu"
    assert jane.name == "Jane Doe"
    assert jane.other["Identifier"] == "Participant 501"
    blind, _ = roster(tmp_path, "Identifier,Status\nParticipant 501,x\nParticipant 502,y\n")
    assert blind == Person("501", "", {"Identifier": "Participant 501", "Status": "x"})


def test_gradescope_roster(tmp_path):
    assert roster(tmp_path, GRADESCOPE) == (
        Person("001", "Jane Doe", {"Email": "jane@example.edu", "Role": "Student"}),
    )


@pytest.mark.parametrize(
    "headings",
    ["id", "student", "student_id", "Student ID", "username", "SIS Login ID", "ID number", "email", "E-Mail", "SID"],
)
def test_usual_headings_of_ids(tmp_path, headings):
    assert roster(tmp_path, f"section,{headings},name\nA,s001,Ann One\n") == (
        Person("s001", "Ann One", {"section": "A"}),
    )


@pytest.mark.parametrize(
    ("encoding", "separator", "said"),
    [
        ("utf-8", ",", 0),
        ("utf-8-sig", ";", 0),
        ("utf-16", "\t", 0),
        ("utf-16", ",", 0),
        ("cp1252", ";", 1),
    ],
)
def test_encodings_and_separators(tmp_path, encoding, separator, said):
    text = 'id,"last name","first name",note\r\ns001,"Müller, jr.",Zoë,\r\n\r\ns002,"O""Neil",Ann,"two\nlines"\r\n'
    if separator != ",":
        text = text.replace(",", separator).replace(f"Müller{separator}", "Müller,")
    heard: list[str] = []
    path = write(tmp_path / "roster.csv", text.encode(encoding))
    people = read_roster(path, say=heard.append)
    assert [person.name for person in people] == ["Zoë Müller, jr.", 'Ann O"Neil']
    assert people[1].other == {"note": "two\nlines"}
    assert len(heard) == said
    if said:
        assert "cp1252" in heard[0]
        with pytest.warns(UserWarning, match="cp1252"):
            read_roster(path)


def test_what_excel_writes_in_front_of_the_headings(tmp_path):
    assert roster(tmp_path, "sep=;\nid;name\ns001;Ann, One\n") == (Person("s001", "Ann, One"),)


def test_an_id_that_had_to_be_cleaned_is_kept_as_it_was(tmp_path):
    (one,) = roster(tmp_path, "id,name\n=cmd()|x,Ann\n")
    assert one == Person("cmd_x", "Ann", {"id": "=cmd()|x"}) or one.who.startswith("_cmd")
    assert one.other == {"id": "=cmd()|x"}
    assert one.who[0] not in "=+-@"


def test_the_first_column_that_is_filled_everywhere_is_the_id(tmp_path):
    people = roster(tmp_path, "id,email,name\n,ann@x.edu,Ann\n7,bo@x.edu,Bo\n")
    assert [person.who for person in people] == ["ann@x.edu", "bo@x.edu"]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("id,name\ns001,A\ns002,B\n\nS001,C\n", ":5", "stands on line 2, too"),
        ('id,name\ns001,"two\nlines"\ns001,C\n', ":4", "stands on line 2, too"),
        ("id,name\ns001,A\n,B\n", ":3", "nothing stands under id"),
        ("id,name\ns001,Doe, Ann\n", ":2", "3 cells under 2 headings"),
        ("colour,size\nred,3\n", ":1", "no column holds the students' ids: colour, size"),
        ('id,name\ns001,"A"B\n', ":2", "this is not a table"),
        ('id,name\ns001,"A\n', ":", "this is not a table"),
        ("", "", "there is nobody in it"),
        ("id,name\n", "", "there is nobody in it"),
        (b"PK\x03\x04 a spreadsheet", "", "not a text file"),
        (b"id,name\ns\x00001,A\n", "", "not a text file"),
    ],
)
def test_a_list_that_cannot_be_used_is_one_line_with_the_place(tmp_path, text, line, why):
    with pytest.raises(UsageError) as caught:
        roster(tmp_path, text)
    assert caught.value.what.startswith(f"roster.csv{line}")
    assert why in caught.value.what
    assert "\n" not in caught.value.what
    assert caught.value.mend


def test_a_list_that_is_no_file_is_one_line(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("absent.csv", "pipe.csv", "."):
        with pytest.raises(UsageError) as caught:
            read_roster(tmp_path / name)
        assert "\n" not in caught.value.what


def test_a_list_larger_than_any_class_is_not_read(tmp_path):
    path = write(tmp_path / "roster.csv", "id\n")
    os.truncate(path, 2_147_483_648)
    with pytest.raises(UsageError, match="no class list"):
        read_roster(path)
