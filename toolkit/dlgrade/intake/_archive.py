"""A zip archive as a tree: its table of contents is checked before anything is built from it, and nothing is unpacked.

What no course system writes (names that lead out of the folder, entries that stand in it twice, links, encryption) is
refused entry by entry, so that one student's trick costs nobody else a grade; what endangers the machine (a table of
contents without end) is refused as a whole.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self

from dlgrade.errors import UsageError
from dlgrade.intake._names import plain_text
from dlgrade.intake._nouns import Refused
from dlgrade.intake._tree import Kind, Node, NotTakenError, is_junk, refuse_size
from dlgrade.neutral import neutral
from dlgrade.submission._shelf import ignored

__all__ = ["ZipTree"]

_ENTRIES = 50_000
_DIRECTORY = 16_000_000
_NAME_LIMIT = 1_000
_DEPTH = 40
_TOLD = 50  # of entries that nobody can be blamed for
_LINE = b"PK\x01\x02"
_END = b"PK\x05\x06"
_LOCATOR_64 = b"PK\x06\x07"
_END_64 = b"PK\x06\x06"
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
_UNPACK = "Unpack it yourself and give the folder."


class ZipTree:
    """One zip archive.

    Raises:
        UsageError: it is none, it is damaged, or it holds more than a class can hand in.
    """

    def __init__(self, path: Path) -> None:
        self.name = neutral(path.name)
        self.top = Node((), "folder")
        self.refused: list[Refused] = []
        self._refuse_directory(path)
        try:
            self._zip = zipfile.ZipFile(path)
            entries = self._zip.infolist()
        except _FAULTS as error:
            raise UsageError(
                f"{self.name}: this is not a zip archive, or it is damaged: {neutral(str(error), 100)}",
                "Download it again, or give the unpacked folder.",
            ) from None
        self._entries: dict[tuple[str, ...], zipfile.ZipInfo] = {}
        self._nodes: dict[tuple[str, ...], Node] = {(): self.top}
        if len(entries) > _ENTRIES:
            self._zip.close()
            raise self._too_many()
        unplaced = [told for entry in entries if (told := self._add(entry))]
        self._tell(unplaced)
        self._children = self._by_folder()

    def __enter__(self) -> Self:
        """The archive is open from the start."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Close it."""
        self._zip.close()

    def children(self, folder: Node) -> tuple[Node, ...]:
        """What lies in it, by name."""
        if folder.trouble:
            raise NotTakenError(f"{plain_text(folder.name)} {folder.trouble}", "Hand in the files anew.")
        return self._children.get(folder.path, ())

    def read(self, file: Node, limit: int) -> bytes:
        """Content of a file that is no larger than the limit, whatever it declares."""
        name = plain_text(file.name)
        if file.trouble:
            raise NotTakenError(f"{name} {file.trouble}", "Hand in the file itself.")
        refuse_size(name, file.size, limit)
        try:
            with self._zip.open(self._entries[file.path]) as opened:
                data = opened.read(limit + 1)
        except _FAULTS as error:
            raise NotTakenError(f"{name} is damaged: {neutral(str(error), 100)}", "Download it again.") from None
        refuse_size(name, len(data), limit)
        return data

    def place(self, node: Node) -> Path | None:
        """Nowhere: it is packed."""
        return None

    def _refuse_directory(self, path: Path) -> None:
        """zipfile builds as many objects as the table of contents is long, whatever number the archive states."""
        try:
            with path.open("rb") as file:
                size, lines = _directory(file)
        except OSError as error:
            raise UsageError(
                f"{self.name}: cannot be read: {error.strerror or error}", "Give yourself the right to read it."
            ) from None
        if size is None:
            raise UsageError(f"{self.name}: this is not a zip archive, or it is cut off", _UNPACK)
        if size > _DIRECTORY or lines > _ENTRIES:
            raise self._too_many()

    def _too_many(self) -> UsageError:
        return UsageError(f"{self.name}: more than {_ENTRIES:,} files", _UNPACK)

    def _add(self, entry: zipfile.ZipInfo) -> tuple[str, str] | None:
        """Take one entry; returns its name and what is wrong where it has no place in the tree."""
        raw = _decoded(entry)
        path, wrong = _parts(raw)
        if wrong:
            return raw, wrong
        if not path or ignored(PurePosixPath(*path[:-1])) or is_junk(path[-1]):
            return None
        if raw.endswith(("/", "\\")):
            if not ignored(PurePosixPath(path[-1])):
                self._nodes.setdefault(path, Node(path, "folder"))
            return None
        kind, trouble = _condition(entry)
        if path in self._nodes:
            trouble = "is in the archive twice"
        self._nodes[path] = Node(path, kind, entry.file_size, trouble)
        self._entries[path] = entry
        return None

    def _by_folder(self) -> dict[tuple[str, ...], tuple[Node, ...]]:
        for path in list(self._nodes):
            for length in range(1, len(path)):
                above = path[:length]
                if self._nodes.setdefault(above, Node(above, "folder")).kind != "folder":
                    self._nodes[above] = Node(above, "folder", trouble="is a file and a folder at once")
        found: dict[tuple[str, ...], list[Node]] = {}
        for path, node in sorted(self._nodes.items()):
            if path:
                found.setdefault(path[:-1], []).append(node)
        return {path: tuple(nodes) for path, nodes in found.items()}

    def _tell(self, unplaced: list[tuple[str, str]]) -> None:
        mend = "It was left out; no course system writes such names."
        for raw, wrong in sorted(unplaced)[:_TOLD]:
            self.refused.append(Refused("", plain_text(raw), wrong, mend))
        if len(unplaced) > _TOLD:
            self.refused.append(
                Refused("", self.name, f"{len(unplaced) - _TOLD:,} more entries have names that are not taken", mend)
            )


def _directory(file: BinaryIO) -> tuple[int | None, int]:
    """Bytes of the table of contents as the archive states them, None where it is none; and how many lines it has."""
    file.seek(0, 2)
    start = max(0, file.tell() - 66_100)
    file.seek(start)
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + 22:
        return None, 0
    size = _stated_size(file, tail, end)
    if size is None or size > _DIRECTORY:
        return size, 0
    # In front of the end there may be 76 bytes of the larger form; one line more or less does not matter here.
    file.seek(max(0, start + end - size - 76))
    return size, file.read(size + 76).count(_LINE)


def _stated_size(file: BinaryIO, tail: bytes, end: int) -> int | None:
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    locator = tail[end - 20 : end] if end >= 20 else b""
    if not locator.startswith(_LOCATOR_64):
        return size
    file.seek(int.from_bytes(locator[8:16], "little") & 0x7FFF_FFFF_FFFF_FFFF)
    # Some versions of zipfile go where the locator says, others take what stands in front of it.
    records = [file.read(56), tail[max(0, end - 76) : end - 20]]
    sizes = [int.from_bytes(record[40:48], "little") for record in records if record.startswith(_END_64)]
    return max([size if size != 0xFFFF_FFFF else 0, *sizes]) if sizes else None


def _decoded(entry: zipfile.ZipInfo) -> str:
    """The name; some programs write UTF-8 without saying so."""
    raw = entry.orig_filename
    if entry.flag_bits & 0x800 or raw.isascii():
        return raw
    try:
        return raw.encode("cp437").decode("utf-8")
    except UnicodeError:
        return raw


def _parts(raw: str) -> tuple[tuple[str, ...], str]:
    """The path of an entry, and why it is not taken."""
    name = raw.replace("\\", "/")  # some Windows programs write these
    parts = name.split("/")
    if not name or "\0" in name or len(name) > _NAME_LIMIT or len(parts) > _DEPTH:
        return (), "has a name that no file should have"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts:
        return (), "has a name that leads out of the folder"
    return tuple(part for part in parts if part not in {"", "."}), ""


def _condition(entry: zipfile.ZipInfo) -> tuple[Kind, str]:
    mode = stat.S_IFMT(entry.external_attr >> 16)
    if mode == stat.S_IFLNK:
        return "link", "is a link"
    if mode not in {0, stat.S_IFREG}:
        return "other", "is not a regular file"
    if entry.flag_bits & 0x41:
        return "file", "is encrypted"
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "file", "is packed in a way that is not read here"
    return "file", ""
