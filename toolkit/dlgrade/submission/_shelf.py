"""Where files come from: a single file or a folder. Reads regular files below one place, nothing else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Protocol

from dlgrade.errors import SubmissionError
from dlgrade.submission._text import printable

__all__ = [
    "FILE_LIMIT",
    "SOURCE_LIMIT",
    "FolderShelf",
    "Shelf",
    "SingleShelf",
    "ignored",
    "is_source",
    "refuse_size",
]

FILE_LIMIT = 10_000_000  # a notebook carries its pictures
SOURCE_LIMIT = 2_000_000
_WALK_LIMIT = 100_000
_SOURCES_LIMIT = 1_000
_NOT_THEIRS = frozenset({"__MACOSX", "__pycache__", "env", "node_modules", "site-packages", "venv"})


class Shelf(Protocol):
    """A submission's files, by path relative to it, with ``/``."""

    def names(self) -> tuple[str, ...]:
        """All .py and .ipynb files, sorted."""
        ...

    def read(self, name: str) -> bytes | None:
        """Content of one file; None where there is none of that name."""
        ...


def is_source(name: str) -> bool:
    """Whether this is a file that might be graded."""
    return name.lower().endswith((".py", ".ipynb"))


def ignored(path: PurePosixPath) -> bool:
    """Hidden files, caches, environments: never the student's work."""
    return any(part.startswith(".") or part in _NOT_THEIRS for part in path.parts)


def refuse_size(name: str, size: int) -> None:
    """Raise for a file that is larger than anything written by hand."""
    limit = FILE_LIMIT if name.lower().endswith(".ipynb") else SOURCE_LIMIT
    if size > limit:
        raise SubmissionError(
            f"{printable(name)}: {size / 1e6:.1f} MB; at most {limit // 1_000_000} MB are read",
            "Clear the notebook's outputs and save it again."
            if limit == FILE_LIMIT
            else "Keep data and weights out of the source.",
        )


class SingleShelf:
    """One file; with `beside` also the .py files of its folder, for its imports."""

    def __init__(self, path: Path, beside: bool) -> None:
        self._path = path
        self._beside = beside

    def names(self) -> tuple[str, ...]:
        """The one file."""
        return (self._path.name,)

    def read(self, name: str) -> bytes | None:
        """The file itself, or one beside it."""
        if name == self._path.name:
            return _read(self._path, name)
        path = self._path.parent / name
        if not self._beside or not name.endswith(".py") or not path.is_file():
            return None
        _refuse_leaving(path, self._path.parent, name)
        return _read(path, name)


class FolderShelf:
    """A folder with everything below it, except what is hidden or plainly not the student's."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names = tuple(sorted(self._walked()))

    def names(self) -> tuple[str, ...]:
        """All .py and .ipynb files below the folder."""
        return self._names

    def read(self, name: str) -> bytes | None:
        """Content of one of them."""
        return _read(self._root / name, name) if name in self._names else None

    def _walked(self) -> Iterable[str]:
        seen = found = 0
        for folder, folders, files in os.walk(self._root):
            below = PurePosixPath(Path(folder).relative_to(self._root).as_posix())
            folders[:] = sorted(f for f in folders if not ignored(PurePosixPath(f)))
            seen += len(folders) + len(files)
            if seen > _WALK_LIMIT:
                raise SubmissionError(
                    f"{printable(str(self._root))}: more than {_WALK_LIMIT:,} files",
                    "Name the file to be graded.",
                )
            for file in files:
                path = below / file
                if not is_source(file) or ignored(path):
                    continue
                found += 1
                if found > _SOURCES_LIMIT:
                    raise SubmissionError(
                        f"{printable(str(self._root))}: more than {_SOURCES_LIMIT:,} source files",
                        "Name the file to be graded.",
                    )
                full = self._root / path
                _refuse_leaving(full, self._root, str(path))
                if full.is_file():
                    yield str(path)


def _refuse_leaving(path: Path, root: Path, name: str) -> None:
    try:
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a circle of links
        inside = False
    if not inside:
        raise SubmissionError(
            f"{printable(name)}: this is a link that leads out of the folder", "Hand in the file itself."
        )


def _read(path: Path, name: str) -> bytes:
    try:
        # Without O_NONBLOCK, opening a pipe that poses as code6.py would wait for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SubmissionError(f"{printable(name)}: this is not a regular file")
            refuse_size(name, status.st_size)
            return file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise SubmissionError(f"{printable(name)}: cannot be read: {error.strerror or error}") from None
