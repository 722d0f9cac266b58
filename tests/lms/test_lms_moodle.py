"""Moodle's grading worksheet and its zip of feedback files."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lms.conftest import SECRET, grade, late, missing, override, wanted

from dlgrade.errors import UsageError
from dlgrade.gradebook import Grade
from dlgrade.lms import Content, Rules
from dlgrade.lms._moodle import feedback_zip, fill

# As Moodle writes it: a mark for Excel, quotes where there are spaces, line feeds.
TEMPLATE = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    '"Participant 501","Ada Lovelace",s001@uni.example,"Submitted for grading - ",,100.00,Yes,'
    '"Sunday, 29 November 2026, 9:02 PM",-,\n'
    '"Participant 502","Pat O""Brien",s002@uni.example,"Submitted for grading - ",10.00,100.00,No,-,-,\n'
    '"Participant 503","Zoë_ 🙂/..\\x",s003@uni.example,"No submission - ",24.00,100.00,Yes,-,-,"<p>So, ""done""</p>"\n'
    '"Participant 504","=1+1",s004@uni.example,"No submission - ",,100.00,Yes,-,-,"dlgrade: earlier"\n'
)
GRADE, COMMENT = 4, 9


def filled(folder: Path, template: str, grades: list[Grade], rules: Rules | None = None, **more: bool) -> Content:
    path = folder / "moodle.csv"
    path.write_bytes(template.encode())
    return fill(path, wanted(grades), rules or Rules(), **more)


def table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_grades_are_filled_scaled_and_nothing_else_changes(tmp_path: Path) -> None:
    grades = [grade("501", score=36), grade("s002@uni.example", score=20), grade("503", score=12),
              missing("s004@uni.example"), grade("else", score=1)]  # fmt: skip
    content = filled(tmp_path, TEMPLATE, grades)
    assert content.data == TEMPLATE.replace('- ",,100.00,Yes,"S', '- ",72,100.00,Yes,"S').replace("\r", "").encode()
    assert {one.who: one.why for one in content.left} == {
        "s002@uni.example": "their grade is locked in Moodle (Grade can be changed: No)",
        "s004@uni.example": "handed in nothing",
        "else": "no row of moodle.csv has this id or name",
    }
    assert content.did == "2 grades"
    assert content.notes[0] == "scaled: 50 points here are 100 there"


def test_a_grade_above_the_maximum_is_named_since_moodle_passes_it_over(tmp_path: Path) -> None:
    content = filled(tmp_path, TEMPLATE, [override(grade("501"), 51)])
    assert (content.data, content.left[0].why) == (TEMPLATE.encode(), "more than the 100 points that Moodle takes")


def test_comments_are_written_where_nobody_wrote_one(tmp_path: Path) -> None:
    grades = [grade(who, score=20) for who in ("501", "502", "503", "504")]
    content = filled(tmp_path, TEMPLATE, grades, comments=True)
    before, after = table(TEMPLATE.encode()), table(content.data)
    said = "dlgrade: 20 of 50 points. budget 0/10: 10,940 parameters, wanted at most 8,000. no_dense 0/10: code6.py:31"
    assert after[1][COMMENT].startswith(said)
    assert after[4][COMMENT].startswith(said)  # instead of an earlier one of ours
    assert [after[row][COMMENT] for row in (2, 3)] == [before[row][COMMENT] for row in (2, 3)]
    assert content.did == "3 grades and 2 comments"
    for row in (1, 4):
        assert html.unescape(after[row][COMMENT]).endswith("--all trains anyway).")
        assert not set(after[row][COMMENT]) & set('<>"\n\\')
    assert SECRET not in content.data.decode()
    untouched = filled(tmp_path, TEMPLATE, grades)
    assert [row[COMMENT] for row in table(untouched.data)] == [row[COMMENT] for row in before]


def test_a_hostile_report_makes_a_harmless_comment(tmp_path: Path) -> None:
    hostile = [grade("501", report="hostile", score=1)]
    content = filled(tmp_path, TEMPLATE, hostile, Rules(undecided=True), comments=True)
    comment = table(content.data)[1][COMMENT]
    assert not set(comment) & set('<>"\\\n\r\t')
    assert comment.isprintable()
    assert len(html.unescape(comment)) <= 1000
    # Byte by byte: the row with the grade and the comment taken out is the row that was there.
    new = TEMPLATE.replace('- ",,100.00,Yes,"S', '- ",1.25,100.00,Yes,"S')
    new = new.replace('PM",-,\n', f'PM",-,"{comment}"\n' if "," in comment else f'PM",-,{comment}\n')
    assert content.data.decode() == new


def test_late_work_says_so(tmp_path: Path) -> None:
    content = filled(tmp_path, TEMPLATE, [late(grade("501"), 2.5)], comments=True)
    assert "dlgrade: 7.5 of 50 points: 10 less 2.5 for 2 days of lateness." in table(content.data)[1][COMMENT]


def test_decimal_commas_stay(tmp_path: Path) -> None:
    text = TEMPLATE.replace("100.00", '"100,00"').replace("10.00", '"10,00"').replace("24.00", '"24,00"')
    content = filled(tmp_path, text, [grade("501", score=18.5)])
    assert table(content.data)[1][GRADE] == "37"
    content = filled(tmp_path, text, [grade("501", score=18.25)])
    assert content.data == text.replace('- ",,"100', '- ","36,5","100', 1).encode()


def test_what_is_no_worksheet_of_points_in_english_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a grading worksheet of Moodle in English") as caught:
        filled(tmp_path, TEMPLATE.replace("Identifier", "ID"), [grade("501")])
    assert "Set Moodle's language to English" in str(caught.value)
    with pytest.raises(UsageError, match=r"moodle\.csv has no column Grade; it has Identifier, Full name, Email"):
        filled(tmp_path, TEMPLATE.replace(",Grade,", ",Mark,"), [grade("501")])
    with pytest.raises(UsageError, match="graded with a scale, not with points"):
        filled(tmp_path, TEMPLATE.replace('"Maximum Grade"', "Scale"), [grade("501")])
    with pytest.raises(UsageError, match="has no column Feedback comments"):
        filled(tmp_path, TEMPLATE.replace("Feedback comments", "Remarks"), [grade("501")], comments=True)


def as_moodle_reads(data: bytes) -> dict[str, tuple[str, bytes]]:
    """By participant: the plugin and the path of the file, as Moodle takes them from the names in the zip."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            parts = name.split("/")
            assert ".." not in parts
            info = parts[0].split("_", 4)
            assert len(info) == 5
            found[info[1]] = ("_".join(info[2:4]) + "/".join([info[4], *parts[1:]]), archive.read(name))
    return found


def test_feedback_goes_into_the_folders_that_moodle_reads(tmp_path: Path) -> None:
    pages = tmp_path / "feedback"
    pages.mkdir()
    for who in ("501", "503", "504", "index"):
        (pages / f"{who}.html").write_text(f"<p>{who}</p>")
    (pages / "502.html").symlink_to("/etc/hostname")
    path = tmp_path / "moodle.csv"
    path.write_text(TEMPLATE)
    grades = wanted([grade(who) for who in ("501", "502", "503", "504", "else")])
    content = feedback_zip(path, grades, pages)
    read = as_moodle_reads(content.data)
    there = ("501", "503", "504")
    assert read == {who: ("assignsubmission_file/report.html", f"<p>{who}</p>".encode()) for who in there}
    with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
        assert archive.namelist()[0] == "Ada Lovelace_501_assignsubmission_file_/report.html"
    assert {one.who: one.why.partition(" in ")[0] for one in content.left} == {
        "502": "no page of feedback", "else": "no row of moodle.csv has this id or name",
    }  # fmt: skip
    assert feedback_zip(path, grades, pages).data == content.data
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        feedback_zip(path, grades, tmp_path / "nowhere")


def test_a_page_is_given_to_whom_it_is_about(tmp_path: Path) -> None:
    path = tmp_path / "moodle.csv"
    path.write_text(TEMPLATE.replace("s001@uni.example", "index").replace("s002@uni.example", "a/b"))
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("all grades")
    (pages / f"a-b-{hashlib.sha256(b'a/b').hexdigest()[:12]}.html").write_text("theirs")
    content = feedback_zip(path, wanted([grade("index"), grade("a/b")]), pages)
    assert as_moodle_reads(content.data) == {"502": ("assignsubmission_file/report.html", b"theirs")}
    assert [one.who for one in content.left] == ["index"]


SIGNS = st.sampled_from("=+-@\"',\n\r\\_/.a🙂é ")
NAMES = st.text(SIGNS | st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(names=st.lists(NAMES, min_size=1, max_size=4))
def test_whatever_the_names_are_moodle_finds_each_student(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("moodle")
    made = io.StringIO(newline="")
    writer = csv.writer(made, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["Identifier", "Full name", "Grade", "Maximum Grade", "Grade can be changed", "Feedback comments"])
    for number, name in enumerate(names):
        writer.writerow([f"Participant {number}", name, "", "50.00", "Yes", ""])
    grades = [grade(str(number), name, score=number) for number, name in enumerate(names)]
    content = filled(folder, made.getvalue(), grades, comments=True)
    after, before = table(content.data), table(made.getvalue().encode())
    for number, row in enumerate(after[1:]):
        assert row[:2] + row[3:5] == before[1 + number][:2] + before[1 + number][3:5]
        assert (row[2], row[5][:9]) == (str(number), "dlgrade: ")
    for number in range(len(names)):
        (folder / f"{number}.html").write_text(str(number))
    read = as_moodle_reads(feedback_zip(folder / "moodle.csv", wanted(grades), folder).data)
    assert {who: content for who, (_, content) in read.items()} == {str(n): str(n).encode() for n in range(len(names))}
