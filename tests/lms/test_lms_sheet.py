"""A table whose cells are replaced: read as Python's csv reads it, and every other byte stays."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlgrade.errors import UsageError
from dlgrade.lms._sheet import Sheet, read_sheet

TEXTS = st.text(
    st.sampled_from("ab ,;\t\"'=é🙂\r\n") | st.characters(codec="utf-8", exclude_characters="\0"), max_size=8
)
TABLES = st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1, max_size=4)


def known(head: Sequence[str]) -> bool:
    return "KEY" in head


def opened(folder: Path, data: bytes) -> Sheet:
    path = folder / "table.csv"
    path.write_bytes(data)
    return read_sheet(path, known, "is another table", "Take the right one.")


def by_csv(data: bytes, delimiter: str, encoding: str = "utf-8") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


@given(table=TABLES, delimiter=st.sampled_from(",;\t"), end=st.sampled_from(["\n", "\r\n", "\r"]), quote=st.booleans())
def test_it_reads_what_csv_reads(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], delimiter: str, end: str, quote: bool
) -> None:
    made = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
    writer = csv.writer(made, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["KEY", "b", "c", "d"])
    writer.writerows([[cell.replace("\r", "|") if not quote else cell for cell in row] for row in table])
    data = made.getvalue().encode()
    sheet = opened(tmp_path_factory.mktemp("sheet"), data)
    assert [[cell.text for cell in row] for row in sheet.rows] == by_csv(data, delimiter)
    assert sheet.data() == data


@given(table=TABLES, new=TEXTS.filter(lambda text: "\r" not in text), place=st.integers(0, 30))
def test_a_new_cell_changes_that_cell_and_no_byte_before_or_after(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], new: str, place: int
) -> None:
    made = io.StringIO(newline="")
    csv.writer(made, quoting=csv.QUOTE_ALL).writerows([["KEY", "b"], *table])
    data = made.getvalue().encode()
    sheet = opened(tmp_path_factory.mktemp("sheet"), data)
    row = 1 + place % len(table)
    column = place % len(table[row - 1])
    cell = sheet.rows[row][column]
    sheet.put(row, column, new)
    after = sheet.data()
    expected = by_csv(data, ",")
    expected[row][column] = new
    assert by_csv(after, ",") == expected
    text = data.decode()
    assert after.startswith(text[: cell.start].encode())
    assert after.endswith(text[cell.end :].encode())


def test_quotes_that_are_needed_are_written_and_those_that_are_not_stay(tmp_path: Path) -> None:
    sheet = opened(tmp_path, b'KEY,"b"\n1,"2"\n3,4')
    sheet.put(1, 1, "5")
    sheet.put(2, 1, "7,5")
    assert sheet.data() == b'KEY,"b"\n1,"5"\n3,"7,5"'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_the_encoding_and_its_mark_stay(tmp_path: Path, encoding: str) -> None:
    data = "KEY;Größe\r\né;1\r\n".encode(encoding)
    sheet = opened(tmp_path, data)
    assert sheet.text(1, 0) == "é"
    assert sheet.data() == data
    sheet.put(1, 1, "2")
    assert sheet.data().decode(encoding) == "KEY;Größe\r\né;2\r\n"


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"table\.csv is another table"):
        opened(tmp_path, b"a,b\n1,2\n")
    with pytest.raises(UsageError, match=r"table\.csv is another table"):
        opened(tmp_path, b"")
    with pytest.raises(UsageError, match=r"table\.csv:2: a quote is opened and never closed"):
        opened(tmp_path, b'KEY,b\n1,"2\n3,4\n')
    with pytest.raises(UsageError, match="is not a file"):
        read_sheet(tmp_path, known, "", "")
    with pytest.raises(UsageError, match="is not UTF-16-LE, as its first bytes say"):
        opened(tmp_path, b"\xff\xfeK")


def test_a_file_of_two_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2 << 30)
    with pytest.raises(UsageError, match=r"huge\.csv is larger than 50 MB"):
        read_sheet(path, known, "", "")
