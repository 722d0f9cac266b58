"""Each layout is recognised, packed or not, and what it says of a submission is kept."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from tests.intake.builders import (
    BUILDERS,
    CODE,
    Student,
    a_class,
    as_canvas,
    as_files,
    as_folders,
    as_gradescope,
    as_moodle,
    as_nbgrader,
    write,
    zip_of,
    zipped,
)

from dlgrade.errors import UsageError
from dlgrade.submission import read

OTHER = CODE.replace("pass", "width = 8")


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("name", BUILDERS)
def test_every_layout_is_recognised_and_every_submission_can_be_read(tmp_path, taken, name, packed):
    layout, build = BUILDERS[name]
    source = build(tmp_path / "class", a_class(3))
    source = zipped(source) if packed else source
    found = taken(source)
    assert found.layout == layout
    assert found.refused == found.missing == ()
    assert len(found.handed_in) == 3
    for one in found.handed_in:
        assert read(one.path, "code6").main.original == CODE
        assert one.path.is_relative_to(tmp_path / "into") if packed else one.path.exists()
    assert found == taken(source)


@pytest.mark.parametrize("name", BUILDERS)
def test_a_packed_class_may_lie_in_a_folder_of_the_archive(tmp_path, taken, name):
    layout, build = BUILDERS[name]
    build(tmp_path / "outer" / "homework", a_class(3))
    write(tmp_path / "outer" / "__MACOSX" / "homework" / "._s001.py", "junk")
    write(tmp_path / "outer" / ".DS_Store", "junk")
    found = taken(zipped(tmp_path / "outer"))
    assert (found.layout, len(found.handed_in), found.refused) == (layout, 3, ())


def test_a_folder_of_files_takes_ids_from_their_names(tmp_path, taken):
    write(tmp_path / "class" / "s001.py", CODE)
    write(tmp_path / "class" / "s002.ipynb", '{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}')
    write(tmp_path / "class" / "s003.zip", zip_of({"code6.py": CODE}))
    write(tmp_path / "class" / "s004.pdf", "%PDF")
    write(tmp_path / "class" / "roster.csv", "id\ns001\n")
    write(tmp_path / "class" / "s001.pdf", "a report beside the code")
    found = taken(tmp_path / "class")
    assert [one.who for one in found.handed_in] == ["s001", "s002", "s003"]
    assert [(one.who, one.origin) for one in found.refused] == [("s004", "s004.pdf")]
    assert "no .py, .ipynb or .zip" in found.refused[0].what


def test_files_and_folders_may_stand_side_by_side(tmp_path, taken):
    as_folders(tmp_path / "class", a_class(2))
    write(tmp_path / "class" / "s009.py", CODE)
    found = taken(tmp_path / "class")
    assert (found.layout, [one.who for one in found.handed_in]) == ("folders", ["s001", "s002", "s009"])
    forced = taken(tmp_path / "class", layout="folders")
    assert [one.who for one in forced.handed_in] == ["s001", "s002"]
    assert [one.origin for one in forced.refused] == ["s009.py"]


def test_of_a_students_folder_the_file_with_the_assignments_name_is_read(tmp_path, taken):
    files = {"old/first_try.py": OTHER, "code6.py": CODE, "layers.py": "x = 1\n", "notes.txt": "hello"}
    source = as_folders(tmp_path / "class", [Student(files=files)])
    (one,) = taken(source).handed_in
    assert one.path == source / "s001"
    assert read(one.path, "code6").main.original == CODE


def test_one_students_folder_is_not_taken_for_a_class(tmp_path, taken):
    write(tmp_path / "s001" / "code6.py", CODE)
    write(tmp_path / "s001" / "layers.py", "x = 1\n")
    with pytest.raises(UsageError, match=r"code6\.py is named like the assignment"):
        taken(tmp_path / "s001")


def test_nbgrader_is_found_from_the_course_and_from_submitted(tmp_path, taken):
    course = as_nbgrader(tmp_path / "course", a_class(2, when="2026-03-01 10:00:00"))
    write(course / "submitted" / "s003" / "code5" / "code5.py", CODE)  # somebody who has not handed in this one
    for source, start in ((course, "submitted/"), (course / "submitted", "")):
        found = taken(source)
        assert (found.layout, [one.who for one in found.handed_in]) == ("nbgrader", ["s001", "s002"])
        assert found.handed_in[0].origin == f"{start}s001/code6"
        assert found.handed_in[0].when == datetime(2026, 3, 1, 10, tzinfo=UTC)
    with pytest.raises(UsageError, match="code9") as caught:
        taken(course, "code9")
    assert caught.value.mend == "There are: code5, code6."


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-03-01 10:00:00.123456 UTC", 10),
        ("2026-03-01 10:00:00.123456 +0200", 8),
        ("2026-03-01 10:00:00 EST", 15),
        ("2026-03-01 10:00:00 PDT", 17),
        ("2026-03-01 10:00:00 Europe/Paris", 9),
        ("2026-03-01 10:00:00", 10),
    ],
)
def test_a_timestamp_of_nbgrader_is_read_with_its_zone(tmp_path, taken, written, hour):
    course = as_nbgrader(tmp_path / "course", a_class(1))
    write(course / "submitted" / "s001" / "code6" / "timestamp.txt", f"{written}\n")
    (one,) = taken(course).handed_in
    assert one.when is not None
    assert one.when.astimezone(UTC).replace(microsecond=0) == datetime(2026, 3, 1, hour, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["UTC", "EST", "CET", ""])
def test_nbgrader_itself_reads_the_same_time(tmp_path, taken, zone):
    parse_utc = pytest.importorskip("nbgrader.utils").parse_utc
    course = as_nbgrader(tmp_path / "course", a_class(1))
    written = f"2026-07-01 10:00:00.250000 {zone}".strip()
    write(course / "submitted" / "s001" / "code6" / "timestamp.txt", written)
    (one,) = taken(course).handed_in
    assert one.when is not None
    assert one.when.astimezone(UTC).replace(tzinfo=None) == parse_utc(written)


@pytest.mark.parametrize("written", ["yesterday", "2026-13-01 10:00:00 UTC", "2026-03-01 10:00:00 XYZT", "", "\0\xff"])
def test_a_timestamp_that_cannot_be_read_is_told_and_not_guessed(tmp_path, taken, written):
    course = as_nbgrader(tmp_path / "course", a_class(1))
    write(course / "submitted" / "s001" / "code6" / "timestamp.txt", written)
    (one,) = taken(course).handed_in
    assert one.when is None
    assert "timestamp" in one.other


def test_canvas_files_get_their_own_names_back(tmp_path, taken):
    late = Student(number=11, late=True, again=2, files={"code6.py": CODE, "layers.py": "x = 1\n"})
    source = as_canvas(tmp_path / "class", [late, Student("s002", "Bo", "Two", 12)])
    found = taken(source)
    one = found.handed_in[0]
    assert (one.who, one.other["late"], one.other["canvas_user_id"]) == ("11", "yes", "11")
    assert one.origin == "oneann_LATE_11_90001_code6-2.py"
    assert sorted(path.name for path in one.path.iterdir()) == ["code6.py", "layers.py"]
    assert "late" not in found.handed_in[1].other


def test_canvas_of_several_attempts_takes_the_last(tmp_path, taken):
    source = tmp_path / "class"
    write(source / "oneann_11_101_code6.py", OTHER)
    write(source / "oneann_11_102_code6-1.py", OTHER)
    write(source / "oneann_11_103_code6-2.py", CODE)
    write(source / "twobo_12_104_code6-3.py", OTHER)
    write(source / "twobo_LATE_12_105_code6.py", CODE)
    write(source / "threecy_13_106_my_net_1_2_final.py", CODE)
    found = taken(source)
    assert [read(one.path, "code6").main.original for one in found.handed_in] == [CODE, CODE, CODE]
    assert found.handed_in[0].origin == "oneann_11_103_code6-2.py"
    assert found.handed_in[0].other["earlier"] == "oneann_11_101_code6.py, oneann_11_102_code6-1.py"
    assert found.handed_in[1].other["earlier"] == "twobo_12_104_code6-3.py"
    assert found.handed_in[2].path.name == "my_net_1_2_final.py"


def test_canvas_attempts_without_an_order_are_refused_with_both_names(tmp_path, taken):
    source = tmp_path / "class"
    write(source / "oneann_11_101_code6.py", OTHER)
    write(source / "oneann_11_102_code6.py", CODE)
    write(source / "twobo_12_103_code6.py", CODE)
    found = taken(source)
    assert [one.who for one in found.handed_in] == ["12"]
    (refused,) = found.refused
    assert refused.who == "11"
    assert "oneann_11_101_code6.py and oneann_11_102_code6.py" in refused.what


def test_canvas_without_names(tmp_path, taken):
    found = taken(as_canvas(tmp_path / "class", [*a_class(2), Student(number=9, late=True)], anonymous=True))
    assert found.layout == "canvas"
    assert [one.who for one in found.handed_in] == ["anon_x12001", "anon_x12002", "anon_x9"]
    assert [one.name for one in found.handed_in] == ["", "", ""]


def test_canvas_text_entries_are_told_only_where_there_is_no_file(tmp_path, taken):
    source = as_canvas(tmp_path / "class", [Student(number=11)])
    write(source / "oneann_11_text.html", "see my file")
    write(source / "twobo_LATE_12_text.html", "print('hello')")
    write(source / "threecy_13_link.html", "https://example.edu")
    found = taken(source)
    assert [one.who for one in found.handed_in] == ["11"]
    assert [(one.who, one.what) for one in found.refused] == [
        (who, "a text or a link was handed in, and no file") for who in ("12", "13")
    ]


def test_names_that_only_look_like_canvas_are_files(tmp_path, taken):
    for who in ("ann", "bo"):
        write(tmp_path / "class" / f"hw_1_2_{who}.py", CODE)
    found = taken(tmp_path / "class")
    assert (found.layout, [one.who for one in found.handed_in]) == ("files", ["hw_1_2_ann", "hw_1_2_bo"])
    assert taken(tmp_path / "class", layout="canvas").layout == "canvas"


def test_moodle_keeps_folders_and_ignores_typed_text_beside_files(tmp_path, taken):
    deep = Student(files={"src/code6.py": CODE, "src/layers.py": "x = 1\n"})
    source = as_moodle(tmp_path / "class", [deep])
    write(source / "Ann One_12001_assignsubmission_onlinetext_" / "onlinetext.html", "see file")
    write(source / "Bo Two_12002_assignsubmission_onlinetext" / "onlinetext.html", "print(1)")
    write(source / "Cy_Three_3_12003_assignsubmission_file" / "code6.py", CODE)
    found = taken(source)
    assert [(one.who, one.name) for one in found.handed_in] == [("12001", "Ann One"), ("12003", "Cy_Three_3")]
    assert read(found.handed_in[0].path, "code6").main.original == CODE
    (refused,) = found.refused
    assert (refused.who, refused.what) == ("12002", "was typed into the page, and no file was handed in")


def test_gradescope_gives_a_groups_work_to_each_of_them(tmp_path, taken):
    source = as_gradescope(tmp_path / "class", a_class(2))
    file = source / "assignment_77_export" / "submission_metadata.yml"
    text = file.read_text(encoding="utf-8").replace(
        "  :created_at: 2026-03-01",
        "  - :name: Di Four\n    :sid:\n    :email: di@example.edu\n  :late: true\n  :created_at: 2026-03-01",
        1,
    )
    write(file, text)
    found = taken(source)
    assert [one.who for one in found.handed_in] == ["di@example.edu", "s001", "s002"]
    one, partner, alone = found.handed_in
    assert one.path == partner.path != alone.path
    assert one.other["group"] == "First1 Last1, Di Four"
    assert one.other["late"] == "yes"
    assert "late" not in alone.other
    assert one.when == datetime(2026, 3, 1, 10, 0, 0, 18556, tzinfo=UTC)


def test_gradescope_takes_the_later_of_two_and_tells_what_does_not_fit(tmp_path, taken):
    source = as_gradescope(
        tmp_path / "class",
        [
            Student(number=1, when="2026-03-02 10:00:00", files={"code6.py": CODE}),
            Student(number=2, when="2026-03-01 10:00:00", files={"code6.py": OTHER}),
        ],
    )
    export = source / "assignment_77_export"
    write(export / "submission_999" / "code6.py", CODE)
    with (export / "submission_metadata.yml").open("a") as file:
        file.write("submission_888:\n  :submitters:\n  - :name: Bo Two\n    :sid: s002\n")
    found = taken(source)
    (one,) = found.handed_in
    assert read(one.path, "code6").main.original == CODE
    assert one.other["earlier"] == "assignment_77_export/submission_22"
    assert [(refused.origin, refused.who) for refused in found.refused] == [
        ("assignment_77_export/submission_999", ""),
        ("submission_888", ""),
    ]
    assert "Bo Two" in found.refused[1].what


@pytest.mark.parametrize(
    "text",
    ["submission_1: [", "- a\n- b", "just text", "submission_1:\n  :submitters: {}\n", "\x00", "a: &x [*x]\nb: *x"],
)
def test_a_metadata_file_that_is_none_grades_nobody(tmp_path, taken, text):
    write(tmp_path / "class" / "submission_1" / "code6.py", CODE)
    write(tmp_path / "class" / "submission_metadata.yml", text)
    with contextlib.suppress(UsageError):
        found = taken(tmp_path / "class")
        assert found.handed_in == ()
        assert found.refused


def test_two_files_of_one_student_are_refused_with_both_names(tmp_path, taken):
    source = as_files(tmp_path / "class", a_class(3))
    write(source / "s002.ipynb", "{}")
    write(source / "s003" / "code6.py", CODE)
    found = taken(source)
    assert [one.who for one in found.handed_in] == ["s001"]
    assert [(one.who, one.what) for one in found.refused] == [
        ("s002", "s002.ipynb and s002.py: nothing says which of them counts"),
        ("s003", "s003 and s003.py: nothing says which of them counts"),
    ]


@pytest.mark.parametrize(
    ("files", "chosen", "left_out"),
    [
        ({"homework.zip": b"Z"}, "homework.zip", ""),
        ({"code6.py": CODE, "all.zip": b"Z"}, "s001", "s001/all.zip"),
        ({"notes.py": "x = 1\n", "code6.zip": b"Z"}, "code6.zip", "s001/notes.py"),
        ({"a.zip": b"Z", "code6.zip": b"Z"}, "code6.zip", "s001/a.zip"),
        ({"a.zip": b"Z", "b.zip": b"Z"}, None, "s001/a.zip and s001/b.zip"),
        ({"a.zip": b"Z", "b.py": CODE}, None, "s001/a.zip and s001/b.py"),
        ({"report.pdf": "%PDF"}, None, "report.pdf"),
    ],
)
def test_what_is_handed_on_of_a_students_files(tmp_path, taken, files, chosen, left_out):
    files = {name: zip_of({"code6.py": CODE}) if data == b"Z" else data for name, data in files.items()}
    found = taken(as_folders(tmp_path / "class", [Student(files=files), Student("s002")]))
    if chosen is None:
        assert left_out in found.refused[0].what
        assert [one.who for one in found.handed_in] == ["s002"]
    else:
        one = found.handed_in[0]
        assert one.path.name == chosen
        assert one.other.get("left_out", "") == left_out
        assert read(one.path, "code6").main.original == CODE


@pytest.mark.parametrize("layout", ["canvas", "moodle", "gradescope", "nbgrader"])
def test_a_layout_that_is_asked_for_and_not_there_is_one_line(tmp_path, taken, layout):
    with pytest.raises(UsageError) as caught:
        taken(as_files(tmp_path / "class", a_class(2)), layout=layout)
    assert "\n" not in caught.value.what


def test_a_layout_that_does_not_exist_is_named(tmp_path, taken):
    with pytest.raises(UsageError, match="blackboard is no layout"):
        taken(as_files(tmp_path / "class", a_class(1)), layout="blackboard")
