"""What the instructor has, as folders and files by name: a folder on disk, looked at where it is needed.

Links are never followed, devices and pipes never opened, and nothing is read before its size is known.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol, Self

from dlgrade.errors import UsageError
from dlgrade.intake._names import plain_text
from dlgrade.intake._nouns import Refused
from dlgrade.neutral import neutral
from dlgrade.submission._shelf import ignored

__all__ = ["FolderTree", "Kind", "Node", "NotTakenError", "Tree", "is_junk", "megabytes", "refuse_size", "walk"]

Kind = Literal["file", "folder", "link", "other"]

_DEPTH = 40
_LIMIT = 500_000
_JUNK = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})


class NotTakenError(Exception):
    """Something of one student cannot be taken; becomes a `Refused` and never leaves this package."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


@dataclass(frozen=True)
class Node:
    """One file or folder.

    Attributes:
        path: names from the top down.
        size: of a file as it is declared.
        trouble: why it cannot be read, as the rest of a sentence; empty where it can.
    """

    path: tuple[str, ...]
    kind: Kind
    size: int = 0
    trouble: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[-1] if self.path else ""

    @property
    def shown(self) -> str:
        """The path, for messages and as an origin."""
        return plain_text("/".join(self.path))


class Tree(Protocol):
    """A folder or an archive of an instructor."""

    @property
    def name(self) -> str:
        """For messages."""
        ...

    @property
    def top(self) -> Node:
        """The outermost folder."""
        ...

    @property
    def refused(self) -> list[Refused]:
        """What could not be placed at all."""
        ...

    def children(self, folder: Node) -> tuple[Node, ...]:
        """What lies in it, by name; without what operating systems and tools leave behind."""
        ...

    def read(self, file: Node, limit: int) -> bytes:
        """Content of a file of at most `limit` bytes; raises `NotTakenError`."""
        ...

    def place(self, node: Node) -> Path | None:
        """Where it lies on disk; None where it is packed."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *raised: object) -> None: ...


def walk(tree: Tree, folder: Node) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every file, link and other thing below the folder, with its path from there."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        if len(here.path) - len(folder.path) > _DEPTH:
            raise NotTakenError("its folders are nested too deeply", "Hand in the files in one folder.")
        for node in tree.children(here):
            if node.kind == "folder":
                waiting.append(node)
            else:
                yield node.path[len(folder.path) :], node


def is_junk(name: str) -> bool:
    """Whether an operating system left this file behind."""
    return name.lower() in _JUNK or name.startswith("._")


def megabytes(size: int) -> str:
    """``2,147.5 MB``."""
    return f"{size / 1e6:,.1f} MB"


class FolderTree:
    """A folder on disk.

    Args:
        path: the folder.
        without: a folder that is not looked at where it lies below; ours, for unpacking.
    """

    def __init__(self, path: Path, without: Path | None = None) -> None:
        self._root = path.absolute()
        self._seen = 0
        self._known: dict[tuple[str, ...], tuple[Node, ...]] = {}
        self._without: tuple[str, ...] = ()
        if without is not None and without.resolve().is_relative_to(path.resolve()):
            self._without = without.resolve().relative_to(path.resolve()).parts
        self.name = neutral(path.name or path.resolve().name or str(path))
        self.top = Node((), "folder")
        self.refused: list[Refused] = []

    def __enter__(self) -> Self:
        """Nothing to open."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Nothing to close."""

    def children(self, folder: Node) -> tuple[Node, ...]:
        """What lies in it, by name."""
        if folder.path not in self._known:
            self._known[folder.path] = self._listed(folder)
        return self._known[folder.path]

    def read(self, file: Node, limit: int) -> bytes:
        """Content of a file that is no larger than the limit."""
        name = plain_text(file.name)
        if file.trouble:
            raise NotTakenError(f"{name} {file.trouble}")
        # Without O_NONBLOCK, opening a pipe that took the file's place would wait for ever.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            with os.fdopen(os.open(self._root.joinpath(*file.path), flags), "rb") as opened:
                status = os.fstat(opened.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise NotTakenError(f"{name} is not a regular file", "Hand in the file itself.")
                refuse_size(name, status.st_size, limit)
                return opened.read(limit)
        except OSError as error:
            raise NotTakenError(
                f"{name} cannot be read: {error.strerror or error}", "Give yourself the right to read it."
            ) from None

    def place(self, node: Node) -> Path | None:
        """Where it lies; None where its name is no text, so that it has to be copied under another one."""
        path = self._root.joinpath(*node.path)
        try:
            str(path).encode("utf-8")
        except UnicodeEncodeError:
            return None
        return path

    def _listed(self, folder: Node) -> tuple[Node, ...]:
        if folder.trouble:
            raise NotTakenError(f"{plain_text(folder.name)} {folder.trouble}")
        found = []
        try:
            with os.scandir(self._root.joinpath(*folder.path)) as entries:
                for entry in entries:
                    self._seen += 1
                    if self._seen > _LIMIT:
                        raise UsageError(
                            f"{self.name}: more than {_LIMIT:,} files", "Give the folder that holds the submissions."
                        )
                    node = self._node(folder, entry)
                    if node is not None:
                        found.append(node)
        except OSError as error:
            said = f"cannot be read: {error.strerror or error}"
            mend = "Give yourself the right to read it."
            if not folder.path:
                raise UsageError(f"{self.name}: {said}", mend) from None
            raise NotTakenError(f"{plain_text(folder.name)} {said}", mend) from None
        return tuple(sorted(found, key=lambda node: node.path))

    def _node(self, folder: Node, entry: os.DirEntry[str]) -> Node | None:
        path = (*folder.path, entry.name)
        if entry.is_symlink():
            hidden = ignored(PurePosixPath(entry.name)) or is_junk(entry.name)
            return None if hidden else Node(path, "link", trouble="is a link")
        if entry.is_dir(follow_symlinks=False):
            return None if ignored(PurePosixPath(entry.name)) or path == self._without else Node(path, "folder")
        if is_junk(entry.name):
            return None
        if not entry.is_file(follow_symlinks=False):
            return Node(path, "other", trouble="is not a regular file")
        try:
            return Node(path, "file", entry.stat(follow_symlinks=False).st_size)
        except FileNotFoundError:  # it has gone since
            return None


def refuse_size(name: str, size: int, limit: int) -> None:
    """Raise for more than anything that is handed in by hand."""
    if size > limit:
        raise NotTakenError(
            f"{name} has {megabytes(size)}; at most {limit // 1_000_000} MB are read",
            "Hand in the source only, without data, weights and outputs.",
        )
