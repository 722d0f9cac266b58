"""One file read: its text, what of it is Python, and its syntax tree. Nothing is left out yet."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from dlgrade.errors import SubmissionError
from dlgrade.submission._magics import without_commands
from dlgrade.submission._notebook import read_notebook
from dlgrade.submission._nouns import Note, place
from dlgrade.submission._syntax import parse
from dlgrade.submission._text import count, decode, printable, refuse_unreadable

__all__ = ["Draft", "read_draft"]

_NOTEBOOK = re.compile(r'\s*\{.*"(?:cells|worksheets)"\s*:', re.DOTALL)


@dataclass(frozen=True)
class Draft:
    """A file between reading and cleaning.

    Attributes:
        code: as many lines as `original`, valid Python.
        written: for a notebook, the files that its cells write, by path.
    """

    name: str
    module: str
    original: str
    code: str
    tree: ast.Module
    cells: tuple[tuple[int, int], ...] = ()
    notes: tuple[Note, ...] = ()
    written: dict[str, str] = field(default_factory=dict)

    def where(self, line: int) -> str:
        """The place of `line` in the student's words."""
        return place(self.name, self.cells, line)

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.module if self.name.endswith("__init__.py") else self.module.rpartition(".")[0]


def read_draft(data: bytes, name: str, module: str) -> Draft:
    """Read one .py or .ipynb file.

    Raises:
        SubmissionError: it cannot be read as Python or as a notebook.
    """
    shown = printable(name)
    if name.lower().endswith(".ipynb"):
        book = read_notebook(data, shown)
        tree = parse(book.code, lambda line: place(shown, book.cells, line))
        return Draft(shown, module, book.original, book.code, tree, book.cells, book.notes, book.written)
    _refuse_disguised(data, shown)
    original, remark = decode(data)
    refuse_unreadable(original, shown)
    notes = [Note(shown, remark)] if remark else []
    try:
        code, tree = original, parse(original, lambda line: f"{shown}:{line}")
    except SubmissionError:
        # Colab's "download as .py" leaves some commands as they are.
        code, commands = without_commands(original)
        if not commands:
            raise
        tree = parse(code, lambda line: f"{shown}:{line}")
        notes.append(Note(shown, f"{count(commands, 'notebook command')} (%, ! or ?) left out: Python stops at them"))
    return Draft(shown, module, original, code, tree, notes=tuple(notes))


def _refuse_disguised(data: bytes, name: str) -> None:
    if data.startswith(b"PK\x03\x04"):
        raise SubmissionError(f"{name}: this is a zip archive", "Give it the ending .zip.")
    if data[:1] == b"{" and _NOTEBOOK.match(data[:200_000].decode("utf-8", "replace")):
        raise SubmissionError(f"{name}: this is a notebook", "Give it the ending .ipynb.")
