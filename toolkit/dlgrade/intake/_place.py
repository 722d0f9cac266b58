"""From chosen files to one path that `dlgrade.submission.read` takes.

What lies on disk under its own name is handed on where it lies. What is packed, or has a course system's name around
the student's, is written into a private folder per student below the one that is given. Its name holds a hash of what
is in it: the same submission is found there again, a changed one gets another folder, and nothing is overwritten.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from dlgrade.errors import MachineError, SubmissionError, UsageError
from dlgrade.intake._choose import Chosen, limit_of
from dlgrade.intake._names import file_name, folded, plain_text
from dlgrade.intake._tree import Node, NotTakenError, Tree, megabytes
from dlgrade.intake._work import Item, Work
from dlgrade.submission._zip import ZipShelf

__all__ = ["Placer"]

_FILES = 200
_STUDENT = 20_000_000
_TOTAL = 2_000_000_000
_SPARE = 100_000_000  # of the disk stays free
_PART = ".part-"
_STALE_SECONDS = 24 * 3600.0


class Placer:
    """Writes below one folder, and no more than fits.

    Args:
        into: made where it is needed.
    """

    def __init__(self, tree: Tree, into: Path) -> None:
        self._tree = tree
        self._into = into
        self._written = 0
        self._ready = False

    def place(self, who: str, work: Work, chosen: Chosen) -> Path:
        """Where the student's submission can be read.

        Raises:
            NotTakenError: it cannot be taken.
            UsageError: a whole class is larger than what is unpacked.
            MachineError: it cannot be written.
        """
        if chosen.whole and work.home is not None:
            path = self._tree.place(work.home)
            if path is not None:
                self._refuse_unreadable(chosen.items)
                return path
        if len(chosen.items) == 1:
            return self._single(who, chosen.items[0])
        return self._write(who, self._contents(chosen.items))

    def _single(self, who: str, item: Item) -> Path:
        path = self._tree.place(item.node)
        packed = item.name.lower().endswith(".zip")
        data = self._checked(item) if packed else b""
        if path is not None and (packed or item.name.rpartition("/")[2] == item.node.name):
            self._refuse_unreadable((item,))
            return path
        contents = {file_name(item.node.name): data} if packed else self._contents((item,))
        folder = self._write(who, contents)
        return folder / next(iter(contents))

    def _checked(self, item: Item) -> bytes:
        """A student's own archive, which is handed on as it is where it can be read at all."""
        data = self._tree.read(item.node, limit_of(item.name))
        try:
            names = ZipShelf(data, plain_text(item.node.name)).names()
        except SubmissionError as error:
            raise NotTakenError(error.what, error.mend) from None
        if not names:
            raise NotTakenError(
                f"{plain_text(item.node.name)} holds no .py and no .ipynb file", "Ask for the file with the code."
            )
        return data

    def _refuse_unreadable(self, items: tuple[Item, ...]) -> None:
        for item in items:
            path = self._tree.place(item.node)
            if path is not None and not os.access(path, os.R_OK):
                raise NotTakenError(
                    f"{plain_text(item.node.name)} cannot be read: Permission denied",
                    "Give yourself the right to read it.",
                )

    def _contents(self, items: tuple[Item, ...]) -> dict[str, bytes]:
        if len(items) > _FILES:
            raise NotTakenError(f"more than {_FILES} source files", "Hand in the files of this assignment only.")
        declared = sum(item.node.size for item in items)
        if declared > _STUDENT:
            raise NotTakenError(
                f"its files have {megabytes(declared)}; at most {_STUDENT // 1_000_000} MB are read",
                "Hand in the source only, without data, weights and outputs.",
            )
        contents: dict[str, bytes] = {}
        nodes: dict[str, Node] = {}
        for item in items:
            name = "/".join(file_name(part) for part in item.name.split("/"))
            twin = nodes.setdefault(folded(name), item.node)
            if twin is not item.node:
                names = " and ".join(sorted((twin.shown, item.node.shown)))
                raise NotTakenError(f"{names}: on many systems these are the same file", "Keep the one that counts.")
            contents[name] = self._tree.read(item.node, limit_of(item.name))
        return contents

    def _write(self, who: str, contents: Mapping[str, bytes]) -> Path:
        digest = hashlib.sha256()
        for name, data in sorted(contents.items()):
            for part in (name.encode("utf-8"), data):
                digest.update(len(part).to_bytes(8, "little") + part)
        folder = self._into / f"{who}.{digest.hexdigest()[:12]}"
        size = sum(map(len, contents.values()))
        self._written += size
        if self._written > _TOTAL:
            raise UsageError(
                f"{self._tree.name}: the submissions unpack to more than {_TOTAL // 1_000_000:,} MB",
                "Unpack it yourself and give the folder.",
            )
        try:
            self._prepare()
            if not _same(folder, contents):
                self._refuse_full(size)
                self._fill(folder, contents)
        except OSError as error:
            if _same(folder, contents):  # another process was faster
                return folder
            raise MachineError(
                f"{self._into}: cannot be written: {error.strerror or error}",
                "Make room or give yourself the right to write there; nothing that was handed in was changed.",
            ) from None
        return folder

    def _prepare(self) -> None:
        if self._ready:
            return
        self._into.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._into.glob(f"{_PART}*"):
            # Younger ones may belong to a process that is still writing.
            if time.time() - left.lstat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        self._ready = True

    def _refuse_full(self, size: int) -> None:
        free = shutil.disk_usage(self._into).free
        if free < size + _SPARE:
            raise MachineError(
                f"{self._into}: {megabytes(free)} are free, too little to unpack submissions",
                "Make room; nothing that was handed in was changed.",
            )

    def _fill(self, folder: Path, contents: Mapping[str, bytes]) -> None:
        part = Path(tempfile.mkdtemp(prefix=_PART, dir=self._into))
        try:
            for name, data in contents.items():
                path = part / name
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.write_bytes(data)
            if folder.is_symlink() or folder.is_file():
                folder.unlink()
            elif folder.exists():
                shutil.rmtree(folder)
            part.rename(folder)
        finally:
            # Also after Ctrl-C. After a rename there is nothing left to remove.
            shutil.rmtree(part, ignore_errors=True)


def _same(folder: Path, contents: Mapping[str, bytes]) -> bool:
    """Whether an earlier run wrote exactly this."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    with contextlib.suppress(OSError):
        there = {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if path.is_symlink() or not path.is_dir()
        }
        return set(there) == set(contents) and all(
            not path.is_symlink() and path.read_bytes() == contents[name] for name, path in there.items()
        )
    return False
