"""Canvas' gradebook: the cells of the grades are filled, and no other byte changes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lms.conftest import grade, missing, override, wanted

from dlgrade.errors import UsageError
from dlgrade.gradebook import Grade
from dlgrade.lms import Content, Rules
from dlgrade.lms._canvas import fill

# As Canvas writes it: the row of manual posting, totals, a test student, names that a spreadsheet must not run.
TEMPLATE = (
    'Student,ID,SIS User ID,SIS Login ID,Section,Notes,Code 6 (12345),"Essay ""One"", part 2 (777)",'
    "Assignments Current Score,Current Score,Final Score,Override Score\r\n"
    ",,,,,,Manual Posting,,,,,\r\n"
    "    Points Possible,,,,,,50.00,20.00,(read only),(read only),(read only),\r\n"
    '"Lovelace, Ada",101,U1,s001@uni.example,"A, B",a note,,18.50,92.50,92.50,46.25,\r\n'
    '"=""=Danger(1)""",102,U2,s002@uni.example,A,,12.00,,,,,\r\n'
    '"O""Brien, Pat",103,U3,s003@uni.example,A,"two\nlines",10.00,3,,,,90\r\n'
    "Zoë 🙂,104,U4,s004@uni.example,B,,EX,N/A,,,,\r\n"
    '"Student, Test",999,,a1b2c3,A,,,,,,,\r\n'
)
COLUMN = 6


def filled(
    folder: Path, template: str | bytes, grades: list[Grade], rules: Rules | None = None, **more: object
) -> Content:
    path = folder / "canvas.csv"
    path.write_bytes(template.encode() if isinstance(template, str) else template)
    return fill(path, wanted(grades, **more), rules or Rules())


def table(data: bytes | str, delimiter: str = ",") -> list[list[str]]:
    text = data if isinstance(data, str) else data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def changed(before: str, after: bytes, delimiter: str = ",") -> dict[tuple[int, int], str]:
    """Which cells differ, after checking that the tables have one shape."""
    old, new = table(before, delimiter), table(after, delimiter)
    assert [len(row) for row in old] == [len(row) for row in new]
    return {
        (row, column): cell
        for row, cells in enumerate(new)
        for column, cell in enumerate(cells)
        if cell != old[row][column]
    }


def test_grades_go_where_they_belong_and_nothing_else_changes(tmp_path: Path) -> None:
    grades = [
        grade("s001@uni.example", score=36), grade("U2", score=12), grade("103", score=7.125), missing("nobody"),
    ]  # fmt: skip
    content = filled(tmp_path, TEMPLATE, grades)
    assert changed(TEMPLATE, content.data) == {(3, COLUMN): "36", (5, COLUMN): "7.13"}
    # Byte by byte: the 12.00 that is right already stays as Canvas wrote it.
    expected = TEMPLATE.replace("a note,,18.50", "a note,36,18.50").replace('lines",10.00,3', 'lines",7.13,3')
    assert content.data == expected.encode()
    assert content.did == '3 grades in "Code 6 (12345)"'
    assert [(one.who, one.why) for one in content.left] == [("nobody", "no row of canvas.csv has this id or name")]
    assert content.notes[0] == "1 cell had another grade before"
    assert "rows of canvas.csv without a grade of code6: Zoë 🙂" in content.notes


def test_who_is_excused_or_not_assigned_stays_so(tmp_path: Path) -> None:
    content = filled(tmp_path, TEMPLATE, [grade("U4", score=20)])
    assert content.data == TEMPLATE.encode()
    assert content.left[0].why == "excused in Canvas (EX)"
    content = filled(tmp_path, TEMPLATE, [grade("U4", score=20)], columns={"code6": "777"})
    assert content.left[0].why == "not assigned to them in Canvas (N/A)"


def test_what_is_undecided_or_missing_leaves_the_cell_alone_unless_asked(tmp_path: Path) -> None:
    grades = [grade("U1", report="every_verdict"), missing("U2"), override(missing("U3"), 40)]
    content = filled(tmp_path, TEMPLATE, grades)
    assert changed(TEMPLATE, content.data) == {(5, COLUMN): "40"}
    assert {one.who: one.why for one in content.left} == {
        "U1": "waits for a person to decide", "U2": "handed in nothing",
    }  # fmt: skip
    content = filled(tmp_path, TEMPLATE, grades, Rules(zero_missing=True, undecided=True))
    assert set(changed(TEMPLATE, content.data)) == {(3, COLUMN), (4, COLUMN), (5, COLUMN)}
    assert table(content.data)[4][COLUMN] == "0"
    assert content.left == ()


def test_points_are_scaled_where_the_assignment_is_worth_something_else_there(tmp_path: Path) -> None:
    content = filled(tmp_path, TEMPLATE, [grade("U1", score=36)], columns={"code6": 'Essay "One", part 2'})
    assert changed(TEMPLATE, content.data) == {(3, 7): "14.4"}
    assert "scaled: 50 points here are 20 there" in content.notes
    nothing = TEMPLATE.replace("50.00,20.00", "0,20.00")
    content = filled(tmp_path, nothing, [grade("U1", score=36)])
    assert changed(nothing, content.data) == {(3, COLUMN): "36"}
    assert "the assignment is worth 0 points there, so points were not scaled" in content.notes


def test_a_name_is_enough_only_where_one_row_has_it(tmp_path: Path) -> None:
    content = filled(tmp_path, TEMPLATE, [grade("x1", "Ada Lovelace", score=1), grade("x2", 'pat o"brien', score=2)])
    assert changed(TEMPLATE, content.data) == {(3, COLUMN): "1", (5, COLUMN): "2"}
    twins = TEMPLATE.replace("Zoë 🙂", '"Lovelace, Ada"')
    content = filled(tmp_path, twins, [grade("x1", "Ada Lovelace", score=1)])
    assert content.data == twins.encode()
    assert content.left[0].why == "2 rows of canvas.csv could be theirs"


def test_a_row_that_two_students_claim_is_nobodys(tmp_path: Path) -> None:
    content = filled(tmp_path, TEMPLATE, [grade("U1", score=1), grade("101", score=2)])
    assert content.data == TEMPLATE.encode()
    assert [one.why for one in content.left] == [
        "the same row of canvas.csv could be that of 101", "the same row of canvas.csv could be that of U1",
    ]  # fmt: skip


def test_an_id_that_is_one_students_here_and_anothers_there_is_not_guessed(tmp_path: Path) -> None:
    twisted = TEMPLATE.replace("102,U2", "U1,U2")  # one's ID is the other's SIS User ID
    content = filled(tmp_path, twisted, [grade("U1", score=1)])
    assert content.data == twisted.encode()
    assert content.left[0].why == "2 rows of canvas.csv could be theirs"


def test_further_ids_of_the_roster_find_a_row_too(tmp_path: Path) -> None:
    content = filled(tmp_path, TEMPLATE, [grade("s001", score=5)], also={"s001": ("B", "S001@uni.example")})
    assert changed(TEMPLATE, content.data) == {(3, COLUMN): "5"}


def test_a_column_is_found_never_made(tmp_path: Path) -> None:
    for named in ("Code 6 (12345)", "Code 6", "12345"):
        assert filled(tmp_path, TEMPLATE, [grade("U1", score=5)], columns={"code6": named}).data != TEMPLATE.encode()
    by_title = TEMPLATE.replace("Code 6 (12345)", "Global Average Pooling (12345)")
    assert changed(by_title, filled(tmp_path, by_title, [grade("U1", score=5)]).data)
    absent = TEMPLATE.replace("Code 6 (12345)", "Code 60 (12345)")
    with pytest.raises(UsageError) as caught:
        filled(tmp_path, absent, [grade("U1")])
    assert str(caught.value) == (
        "the gradebook has no column for code6 (Global average pooling); its assignments are: Code 60 (12345), "
        'Essay "One", part 2 (777)\n  Name its column with --column.'
    )
    twice = TEMPLATE.replace("Essay", "CODE-6 (1),Essay").replace(",18.50", ",,18.50")
    with pytest.raises(UsageError, match=r"code6 could be one of several columns: Code 6 \(12345\), CODE-6 \(1\)"):
        filled(tmp_path, twice.replace('"CODE-6 (1),Essay', 'CODE-6 (1),"Essay'), [grade("U1")])


@pytest.mark.parametrize("column", ["Current Score", "Assignments Current Score", "Override Score", "Notes", "ID"])
def test_what_canvas_works_out_itself_is_no_column_to_fill(tmp_path: Path, column: str) -> None:
    with pytest.raises(UsageError, match=f"the gradebook has no column {column}; its assignments are: Code 6"):
        filled(tmp_path, TEMPLATE, [grade("U1")], columns={"code6": column})


def test_semicolons_decimal_commas_and_the_mark_of_excel_stay(tmp_path: Path) -> None:
    text = (
        "Student;ID;SIS Login ID;Section;Code 6 (12345);Final Score\n    Points Possible;;;;50,00;(läs endast)\n"
        "Ada;1;s001;A;;\nBo;2;s002;A;7,50;15,00\n"
    )
    content = filled(tmp_path, text.encode("utf-8-sig"), [grade("s001", score=36.5), grade("s002", score=7.5)])
    assert content.data == text.replace("Ada;1;s001;A;;", "Ada;1;s001;A;36,5;").encode("utf-8-sig")


def test_decimal_commas_between_commas_are_quoted(tmp_path: Path) -> None:
    text = 'Student,ID,SIS Login ID,Section,Code 6 (5)\n    Points Possible,,,,"50,0"\nAda,1,s001,A,\n'
    content = filled(tmp_path, text, [grade("s001", score=36.5)])
    assert content.data == text.replace("s001,A,", 's001,A,"36,5"').encode()


def test_first_and_last_names_in_columns_of_their_own(tmp_path: Path) -> None:
    text = (
        "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,Code 6 (5)\n    Points Possible,,,,,,50\n"
        "Lovelace,Ada,1,U1,s001,A,\n"
    )
    content = filled(tmp_path, text, [grade("x", "Ada Lovelace", score=5)])
    assert content.data == text.replace("s001,A,", "s001,A,5").encode()


def test_several_assignments_go_into_their_columns(tmp_path: Path) -> None:
    text = "Student,ID,Section,Code 6 (5),Out-size calculation (6)\n    Points Possible,,,50,50\nAda,s001,A,,\n"
    other = grade("s001", score=8)
    both = [grade("s001", score=5), Grade(**{**vars(other), "id": "f-outsize"})]
    content = filled(tmp_path, text, both)
    assert content.data == text.replace("s001,A,,", "s001,A,5,8").encode()
    with pytest.raises(UsageError, match="two assignments would go into one column"):
        filled(tmp_path, text, both, columns={"f-outsize": "5"})


def test_a_row_that_is_cut_short_is_named(tmp_path: Path) -> None:
    text = "Student,ID,Section,Code 6 (5)\n    Points Possible,,,50\nAda,s001\n"
    content = filled(tmp_path, text, [grade("s001", score=5)])
    assert (content.data, content.left[0].why) == (text.encode(), "their row of canvas.csv is cut short")


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"canvas\.csv is not a gradebook of Canvas: its first line has no Student"):
        filled(tmp_path, "name,points\nAda,3\n", [grade("s001")])


NAMES = st.text(
    st.sampled_from("=+-@\"',;\n\ra🙂é ") | st.characters(codec="utf-8", exclude_characters="\0"), max_size=8
)


@given(names=st.lists(NAMES, min_size=1, max_size=5), scores=st.lists(st.floats(0, 50), min_size=5, max_size=5))
def test_whatever_the_names_are_only_grades_change(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], scores: list[float]
) -> None:
    made = io.StringIO(newline="")
    writer = csv.writer(made, quoting=csv.QUOTE_ALL)
    writer.writerow(["Student", "ID", "SIS Login ID", "Section", "Code 6 (5)", "Final Score"])
    writer.writerow(["    Points Possible", "", "", "", "50.00", "(read only)"])
    for number, name in enumerate(names):
        writer.writerow([name, 100 + number, f"s{number}", name, "", "1.00"])
    text = made.getvalue()
    grades = [grade(f"s{number}", name, score=scores[number]) for number, name in enumerate(names)]
    content = filled(tmp_path_factory.mktemp("canvas"), text, grades)
    assert content.left == ()
    after = table(content.data)
    assert set(changed(text, content.data)) == {(2 + number, 4) for number in range(len(names))}
    for number in range(len(names)):
        assert float(after[2 + number][4]) == pytest.approx(scores[number], abs=0.0051)
