"""A table of text whose cells can be replaced while every other byte stays: quotes, line ends, encoding, mark.

Reads what Python's `csv` reads, and in the same way; a test holds the two together.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dlgrade.errors import UsageError
from dlgrade.lms._files import read
from dlgrade.neutral import visible

_LIMIT = 50_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENDS = {sign: re.compile(f"[{sign}\r\n]") for sign in ",;\t"}


@dataclass(frozen=True)
class Cell:
    """One cell: what it says, and where it stands in the text."""

    text: str
    start: int
    end: int
    quoted: bool


@dataclass
class Sheet:
    """A table that was read, and the cells that are to be replaced.

    Attributes:
        name: of its file, for messages.
        rows: all rows, the headings first; a blank line is a row without cells.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    delimiter: str
    encoding: str
    _mark: bytes
    _text: str
    _new: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def head(self) -> list[str]:
        """The headings."""
        return [cell.text.strip() for cell in self.rows[0]]

    def text(self, row: int, column: int | None) -> str:
        """What a cell says, as it was read; empty where there is none."""
        cells = self.rows[row]
        return cells[column].text if column is not None and column < len(cells) else ""

    def has(self, row: int, column: int) -> bool:
        """Whether the row reaches that far."""
        return column < len(self.rows[row])

    def put(self, row: int, column: int, text: str) -> None:
        """Replace what a cell says."""
        self._new[row, column] = text

    def data(self) -> bytes:
        """The file with the new cells."""
        pieces: list[str] = []
        place = 0
        for (row, column), text in sorted(self._new.items()):
            cell = self.rows[row][column]
            pieces += [self._text[place : cell.start], self._written(text, cell.quoted)]
            place = cell.end
        return self._mark + "".join([*pieces, self._text[place:]]).encode(self.encoding)

    def _written(self, text: str, quoted: bool) -> str:
        if quoted or any(sign in text for sign in (self.delimiter, '"', "\r", "\n")):
            return '"' + text.replace('"', '""') + '"'
        return text


def read_sheet(path: Path, known: Callable[[Sequence[str]], bool], what: str, mend: str) -> Sheet:
    """Read a table whose headings are known.

    Args:
        known: whether these are the headings of such a table; decides which sign separates the cells.
        what: said of a table with other headings, after its name; ``mend``: what to do then.

    Raises:
        UsageError: it cannot be read, or is another table.
    """
    mark, encoding, text = _decoded(read(path, _LIMIT), path)
    for delimiter in _ENDS:
        first = _rows(text, delimiter, path, most=1)
        if first and known([cell.text.strip() for cell in first[0]]):
            return Sheet(path.name, _rows(text, delimiter, path), delimiter, encoding, mark, text)
    raise UsageError(f"{visible(str(path))} {what}", mend)


def _decoded(data: bytes, path: Path) -> tuple[bytes, str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return mark, encoding, data[len(mark) :].decode(encoding)
            except UnicodeDecodeError:
                raise UsageError(f"{visible(str(path))} is not {encoding.upper()}, as its first bytes say") from None
    try:
        return b"", "utf-8", data.decode("utf-8")
    except UnicodeDecodeError:  # of a spreadsheet in Western Europe; each byte comes back as it was
        return b"", "latin-1", data.decode("latin-1")


def _rows(text: str, delimiter: str, path: Path, most: int | None = None) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    place, end = 0, len(text)
    while place < end and (most is None or len(rows) < most):
        row: list[Cell] = []
        if text[place] not in "\r\n":
            cell = _cell(text, place, delimiter, path)
            row.append(cell)
            while cell.end < end and text[cell.end] == delimiter:
                cell = _cell(text, cell.end + 1, delimiter, path)
                row.append(cell)
            place = cell.end
        rows.append(row)
        place += 2 if text.startswith("\r\n", place) else 1
    return rows


def _cell(text: str, start: int, delimiter: str, path: Path) -> Cell:
    if not text.startswith('"', start):
        end = _unquoted_end(text, start, delimiter)
        return Cell(text[start:end], start, end, quoted=False)
    said: list[str] = []
    place = start + 1
    while True:
        closed = text.find('"', place)
        if closed < 0:
            line = text.count("\n", 0, start) + 1
            raise UsageError(f"{visible(str(path))}:{line}: a quote is opened and never closed", "Download it again.")
        said.append(text[place:closed])
        if not text.startswith('"', closed + 1):
            break
        said.append('"')
        place = closed + 2
    # What follows the closing quote belongs to the cell, as every lenient reader has it.
    end = _unquoted_end(text, closed + 1, delimiter)
    return Cell("".join(said) + text[closed + 1 : end], start, end, quoted=True)


def _unquoted_end(text: str, start: int, delimiter: str) -> int:
    found = _ENDS[delimiter].search(text, start)
    return found.start() if found else len(text)
