"""The nouns of this module: a file, a class found in it, a note to the student, the whole submission."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ClassFound", "Note", "SourceFile", "Submission", "place"]


def place(name: str, cells: tuple[tuple[int, int], ...], line: int) -> str:
    """Where `line` is, in the student's words: ``code6.py:31`` or ``code6.ipynb cell 3 line 5``."""
    if not cells:
        return f"{name}:{line}"
    first, number = cells[0]
    for start, cell in cells:
        if start <= line:
            first, number = start, cell
    return f"{name} cell {number} line {max(1, line - first + 1)}"


@dataclass(frozen=True)
class SourceFile:
    """One file, as the student wrote it and as a worker may execute it.

    Attributes:
        name: as shown to the student, relative to what was handed in: ``code6.py``, ``model/net.ipynb``.
        module: the name under which others import it. ``model/__init__.py`` is the module ``model``.
        source: what is left to execute. Line n of it is line n of `original`.
        original: what was written; for a notebook the code cells, joined below one comment line each.
        cells: for a notebook, for each cell its first line in `original` and its number, counting code
            cells from 1; empty for a .py file.
        prelude: imports the file forgot; to be executed in the module's namespace before `source`.
        undefined: names that what is left reads but nothing that is left sets, with the line of first use.
    """

    name: str
    module: str
    source: str
    original: str
    cells: tuple[tuple[int, int], ...] = ()
    prelude: str = ""
    undefined: tuple[tuple[str, int], ...] = ()

    def where(self, line: int) -> str:
        """``code6.py:31`` or ``code6.ipynb cell 3 line 5``."""
        return place(self.name, self.cells, line)


@dataclass(frozen=True)
class ClassFound:
    """A class of the submission.

    Attributes:
        name: what it is called in `module`.
        line: of its ``class`` statement, or of the assignment or import that gives it this name.
        bases: as written, ``("nn.Module",)``.
        looks_like_network: it inherits from something in ``torch.nn``, directly or through another class
            of the submission, or it defines ``forward`` (and is no ``autograd.Function``).
        module: import name of the file it is in.
        where: the place for a person, ``code6.py:31``.
        part_of: another class of the submission that uses this one as a building block, or "".
        alias_of: the class this is only a second name for, or "".
        broken: why executing its ``class`` statement would fail for certain, or "". Such a class has been
            left out of `SourceFile.source`, so that it does not take the other classes with it.
    """

    name: str
    line: int
    bases: tuple[str, ...]
    looks_like_network: bool
    module: str
    where: str
    part_of: str = ""
    alias_of: str = ""
    broken: str = ""


@dataclass(frozen=True)
class Note:
    """One plain sentence for the student: what was left out, supplied, replaced or will fail."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


@dataclass(frozen=True)
class Submission:
    """What a student handed in, as data.

    Attributes:
        name: the path, as the user gave it.
        main: the file that is graded.
        siblings: the files of the same folder or zip that `main` imports, directly or not; each after those
            that it imports, where they are no circle. A folder without ``__init__.py`` that is imported
            from is there as an empty module.
        sha256: over the code of `main` and the module names and code of `siblings`. Renaming the outer file,
            CRLF for LF, and a notebook's outputs and texts do not change it; a space in the code does.
        classes: of `main`, and of siblings as far as `main` can name them. Of two with one name the last.
        notes: in the order of the files, in each by kind.
        stand_ins: modules that a worker must replace by `install_stand_ins` before it executes anything:
        those
            that only print, plot or track, and those that are not installed there.
    """

    name: str
    main: SourceFile
    siblings: tuple[SourceFile, ...]
    sha256: str
    classes: tuple[ClassFound, ...]
    notes: tuple[Note, ...]
    stand_ins: tuple[str, ...] = ()

    @property
    def undefined(self) -> tuple[tuple[str, int], ...]:
        """Names that `main` reads and nothing sets, with the line of first use."""
        return self.main.undefined
