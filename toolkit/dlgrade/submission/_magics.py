"""Notebook commands: what IPython understands and Python does not, taken out line by line.

``%matplotlib inline``, ``!pip install``, ``x = !ls``, ``Net?`` become ``pass`` at their own indentation, so
that an ``if`` around them keeps a body and every other line keeps its number. A command counts only where a
statement may begin: a line of a long text that starts with ``!`` stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Cell", "defines", "read_cell", "without_commands"]

_COMMAND = re.compile(r"(\s*)[%!?]")
_HELP = re.compile(r"(\s*)[\w.*\[\]]+\?{1,2}\s*$")
_ASSIGNED = re.compile(r"(\s*)[^\W\d][\w.,\s\[\]]*=\s*[%!]")
_DEFINES = re.compile(r"^[ \t]*(?:class|def|async[ \t]+def)[ \t]+\w", re.MULTILINE)
_CELL_COMMAND = re.compile(r"\s*%%(\w+)[ \t]*(.*)")
# Cell commands around Python. All others hand the cell to something else, unless it defines something.
_AROUND_PYTHON = frozenset({"capture", "debug", "memit", "mprun", "prun", "pdb", "time", "timeit"})
_NOT_PYTHON = frozenset(
    {"bash", "bigquery", "cmd", "css", "cython", "html", "javascript", "js", "julia", "latex", "markdown",
    "perl", "pypy", "python", "python2", "python3", "r", "ruby", "script", "sh", "shell", "sql", "svg",
    "system", "sx"}
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One code cell as Python.

    Attributes:
        code: as many lines as the cell, without commands.
        commands: how many commands were taken out.
        foreign: name of the cell command that makes the cell something else than Python, or "".
        written: (file name, text, whether it is appended) of a ``%%writefile`` cell.
    """

    code: str
    commands: int = 0
    foreign: str = ""
    written: tuple[str, str, bool] | None = None


def defines(code: str) -> bool:
    """Whether a function or class seems to be defined; works on text that is not valid Python."""
    return _DEFINES.search(code) is not None


def read_cell(text: str) -> Cell:
    """Take the commands out of one cell."""
    lines = text.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    found = _CELL_COMMAND.match(lines[first])
    if not found:
        code, commands = without_commands(_dedented(text))
        return Cell(code, commands)
    name, rest = found[1].lower(), "\n".join(lines[first + 1 :])
    blank = "\n" * (len(lines) - 1)
    if name in {"writefile", "file"}:
        words = found[2].split()
        target = words[-1].strip("'\"") if words else ""
        return Cell(blank, 1, name, (target, rest, "-a" in words or "--append" in words))
    if name in _NOT_PYTHON or (name not in _AROUND_PYTHON and not defines(rest)):
        return Cell(blank, 1, name)
    if first + 1 == len(lines):
        return Cell(blank, 1)
    inner = read_cell(rest)
    return Cell("\n" * (first + 1) + inner.code, inner.commands + 1, inner.foreign, inner.written)


def without_commands(text: str) -> tuple[str, int]:
    """`text` with its line commands replaced by ``pass``, and how many there were."""
    reader = _LogicalLines()
    kept: list[str] = []
    commands = 0
    continued = False
    for line in text.split("\n"):
        if continued:
            kept.append("")
            continued = line.endswith("\\")
            continue
        found = reader.at_start and (_COMMAND.match(line) or _HELP.match(line) or _ASSIGNED.match(line))
        if found:
            kept.append(f"{found[1]}pass")
            commands += 1
            continued = line.endswith("\\")
        else:
            kept.append(line)
            reader.feed(line)
    return "\n".join(kept), commands


def _dedented(text: str) -> str:
    """A cell that is indented as a whole runs in a notebook: take that indentation off."""
    lines = text.split("\n")
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    if not indent or not all(line.startswith(indent) for line in lines if line.strip()):
        return text
    return "\n".join(line[len(indent) :] if line.strip() else "" for line in lines)


class _LogicalLines:
    """Follows brackets, quotes and backslashes just far enough to know where a statement may begin."""

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0
        self._continued = False

    @property
    def at_start(self) -> bool:
        return not (self._quote or self._depth or self._continued)

    def feed(self, line: str) -> None:
        """Go on by one line."""
        self._continued = False
        i = 0
        while i < len(line):
            i = self._in_text(line, i) if self._quote else self._in_code(line, i)
        if len(self._quote) == 1 and not line.endswith("\\"):
            self._quote = ""  # a text in single quotes ends with its line; Python will complain by itself

    def _in_text(self, line: str, i: int) -> int:
        if line[i] == "\\":
            return i + 2
        if line.startswith(self._quote, i):
            i += len(self._quote)
            self._quote = ""
            return i
        return i + 1

    def _in_code(self, line: str, i: int) -> int:
        char = line[i]
        if char == "#":
            return len(line)
        if char in "\"'":
            self._quote = char * 3 if line.startswith(char * 3, i) else char
            return i + len(self._quote)
        if char in "([{":
            self._depth += 1
        elif char in ")]}":
            self._depth = max(0, self._depth - 1)
        elif char == "\\" and i == len(line) - 1:
            self._continued = True
        return i + 1
