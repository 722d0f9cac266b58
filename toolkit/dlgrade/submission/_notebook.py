"""A notebook's code cells as one text with the line numbers to find them again.

Formats 3 and 4, through nbformat. Texts, raw cells and outputs are ignored; cells are numbered as a reader
counts the code cells, from 1.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from dataclasses import dataclass
from typing import Any

from dlgrade.errors import SubmissionError
from dlgrade.submission._magics import Cell, defines, read_cell
from dlgrade.submission._nouns import Note, place
from dlgrade.submission._syntax import parse
from dlgrade.submission._text import count, decode, listed, printable, refuse_unreadable

__all__ = ["Notebook", "read_notebook"]

_FILE_NAME = re.compile(r"(?:\./)?((?:\w+/)*\w+)\.py")


@dataclass(frozen=True)
class Notebook:
    """What is left of a notebook.

    Attributes:
        original: the code cells, each below a comment line ``# %% cell 3``.
        code: the same lines with commands, foreign cells and unreadable cells blanked; valid Python.
        cells: first line in `original` and number of each cell.
        written: files that ``%%writefile`` cells make, by path.
    """

    original: str
    code: str
    cells: tuple[tuple[int, int], ...]
    notes: tuple[Note, ...]
    written: dict[str, str]


def read_notebook(data: bytes, name: str) -> Notebook:
    """Read one notebook; `name` is for messages.

    Raises:
        SubmissionError: not a notebook, not Python, no code, or a cell with definitions that does not parse.
    """
    texts = _code_cells(data, name)
    original: list[str] = []
    cells: list[tuple[int, int]] = []
    for number, text in enumerate(texts, 1):
        original += [f"# %% cell {number}", *text.split("\n")]
        cells.append((len(original) - text.count("\n"), number))
    read = [read_cell(text) for text in texts]
    broken = _broken(read, name)
    code: list[str] = []
    for number, cell in enumerate(read, 1):
        lines = cell.code.split("\n")
        code += [f"# %% cell {number}", *([""] * len(lines) if number in broken else lines)]
    return Notebook(
        "\n".join(original),
        "\n".join(code),
        tuple(cells),
        tuple(_notes(read, broken, name)),
        _written(read, name),
    )


def _code_cells(data: bytes, name: str) -> list[str]:
    nb = _loaded(data, name)
    metadata = nb.get("metadata", {})
    language = str(
        metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name") or ""
    )
    if language and not language.lower().startswith(("python", "ipython")):
        raise SubmissionError(f"{name}: this notebook is written in {printable(language, 30)}, not in Python")
    texts = [str(cell.get("source", "")) for cell in nb.get("cells", []) if cell.get("cell_type") == "code"]
    texts = [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    if not any(text.strip() for text in texts):
        raise SubmissionError(f"{name}: this notebook has no code cell", "Hand in the notebook with your code.")
    for number, text in enumerate(texts, 1):
        refuse_unreadable(text, f"{name} cell {number}")
    return texts


def _loaded(data: bytes, name: str) -> Any:
    import nbformat

    text, _ = decode(data)
    log = logging.getLogger("traitlets")
    before = log.level
    log.setLevel(logging.CRITICAL)  # nbformat reports small faults of a notebook there; they do not concern us
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook: Any = nbformat.reads(text, as_version=4)
            cells = notebook["cells"]
            if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
                raise TypeError("cells")
            return notebook
    except Exception as error:
        # On files that are no notebooks nbformat raises nearly everything: KeyError, AttributeError, its own.
        raise SubmissionError(f"{name}: this is not a notebook{_reason(text, error)}", _advice(text)) from None
    finally:
        log.setLevel(before)


def _reason(text: str, error: Exception) -> str:
    if not text.strip():
        return ", the file is empty"
    if isinstance(error, RecursionError):
        return ", its JSON is nested too deeply"
    try:
        json.loads(text)
    except json.JSONDecodeError as wrong:
        return f": not JSON from line {wrong.lineno} on"
    except (ValueError, RecursionError):
        return ": not JSON"
    return ": it is JSON, but its cells are not as they should be"


def _advice(text: str) -> str:
    if text.lstrip().startswith(("import ", "from ", "class ", "def ", "#")):
        return "It looks like Python: give it the ending .py."
    return "Open it in Jupyter or Colab, save it and hand it in again."


@dataclass(frozen=True)
class _Place:
    """Tells the place of a line of one cell."""

    name: str
    cell: int

    def __call__(self, line: int) -> str:
        return place(self.name, ((1, self.cell),), line)


def _broken(read: list[Cell], name: str) -> set[int]:
    """Numbers of the cells that do not parse and can be missed."""
    wrong: dict[int, SubmissionError] = {}
    for number, cell in enumerate(read, 1):
        try:
            parse(cell.code, _Place(name, number))
        except SubmissionError as error:
            wrong[number] = error
    something = any(defines(cell.code) for n, cell in enumerate(read, 1) if n not in wrong)
    for number, failure in wrong.items():
        if defines(read[number - 1].code) or not something:
            raise failure
    return set(wrong)


def _notes(read: list[Cell], broken: set[int], name: str) -> list[Note]:
    notes = []
    commands = sum(not cell.foreign and cell.commands for cell in read)
    if commands:
        notes.append(Note(name, f"{count(commands, 'notebook command')} (%, ! or ?) are not run" if commands
        > 1 else
                          "1 notebook command (%, ! or ?) is not run"))  # fmt: skip
    foreign = [f"cell {n} (%%{printable(c.foreign, 30)})" for n, c in enumerate(read, 1) if c.foreign and not c.written]
    if foreign:
        notes.append(Note(name, f"not Python and not run: {listed(foreign)}"))
    if broken:
        numbers = listed([str(n) for n in sorted(broken)])
        notes.append(Note(name, f"cannot be read as Python and defines nothing, so it was left out: cell {numbers}"))
    return notes


def _written(read: list[Cell], name: str) -> dict[str, str]:
    files: dict[str, str] = {}
    for cell in read:
        if cell.written is None:
            continue
        target, text, append = cell.written
        path = _FILE_NAME.fullmatch(target)
        if path:
            key = f"{path[1]}.py"
            files[key] = files.get(key, "") + text + "\n" if append else text + "\n"
    return files
