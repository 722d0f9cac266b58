"""A zip archive as a shelf, read in memory and never unpacked.

Refused as a whole when anything in it could not come from zipping a folder of homework: too many or too large
entries, names that leave the folder, links, encryption, archives in the archive, two entries of one name.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath

from dlgrade.errors import SubmissionError
from dlgrade.submission._shelf import ignored, is_source, refuse_size
from dlgrade.submission._text import printable

__all__ = ["ARCHIVE_LIMIT", "ZipShelf"]

ARCHIVE_LIMIT = 21_000_000
_ENTRY_LIMIT = 200
_TOTAL_LIMIT = 20_000_000
_DIRECTORY_LIMIT = 2_000_000
_NAME_LIMIT = 240
_RATIO_LIMIT = 100
_RATIO_FREE = 100_000  # below this size nothing is gained by lying about it
_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x07"
_MEND = "Zip only the source files and hand in that."


class ZipShelf:
    """The .py and .ipynb files of one zip archive.

    Args:
        data: the whole archive.
        name: for messages.

    Raises:
        SubmissionError: not a zip archive, or one that is refused.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self._name = printable(name)
        _refuse_directory(data, self._name)
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
            entries = self._zip.infolist()
        except (
            zipfile.BadZipFile,
            ValueError,
            OverflowError,
            NotImplementedError,
            struct.error,
            EOFError,
        ) as error:
            raise SubmissionError(
                f"{self._name}: this is not a zip archive, or it is damaged: {printable(str(error))}", _MEND
            ) from None
        self._entries = self._checked(entries)

    def names(self) -> tuple[str, ...]:
        """All .py and .ipynb files in the archive."""
        return tuple(sorted(name for name in self._entries if is_source(name)))

    def read(self, name: str) -> bytes | None:
        """Content of one of them."""
        entry = self._entries.get(name)
        if entry is None or not is_source(name):
            return None
        refuse_size(name, entry.file_size)
        try:
            with self._zip.open(entry) as file:
                return file.read(entry.file_size + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            ValueError,
            NotImplementedError,
            RuntimeError,
            OSError,
        ) as error:
            raise self._refusal(name, f"is damaged: {printable(str(error))}") from None

    def _checked(self, entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        found: dict[str, zipfile.ZipInfo] = {}
        total = 0
        for entry in entries:
            name = self._safe_name(entry.orig_filename)
            is_folder = entry.orig_filename.endswith(("/", "\\"))
            if is_folder or ignored(PurePosixPath(name)):
                continue
            self._refuse_entry(entry, name)
            if name in found:
                raise self._refusal(name, "is in it twice")
            found[name] = entry
            total += entry.file_size
            if len(found) > _ENTRY_LIMIT:
                raise SubmissionError(f"{self._name}: more than {_ENTRY_LIMIT} files", _MEND)
            if total > _TOTAL_LIMIT:
                raise SubmissionError(f"{self._name}: more than {_TOTAL_LIMIT // 1_000_000} MB when unpacked", _MEND)
        return found

    def _safe_name(self, raw: str) -> str:
        name = raw.replace("\\", "/")  # some Windows programs write these
        parts = name.split("/")
        if not name or len(name) > _NAME_LIMIT or not name.isprintable():
            raise self._refusal(raw, "has a name that no file should have")
        if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts:
            raise self._refusal(raw, "has a name that leads out of the folder")
        return "/".join(part for part in parts if part not in {"", "."})

    def _refuse_entry(self, entry: zipfile.ZipInfo, name: str) -> None:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFREG}:
            raise self._refusal(name, "is a link" if kind == stat.S_IFLNK else "is not a regular file")
        if entry.flag_bits & 0x41:
            raise self._refusal(name, "is encrypted")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise self._refusal(name, "is packed in a way that is not read here")
        if name.lower().endswith(".zip"):
            raise self._refusal(name, "is a zip archive inside a zip archive")
        if entry.file_size > _RATIO_FREE and entry.file_size > _RATIO_LIMIT * max(1, entry.compress_size):
            raise self._refusal(name, f"unpacks to more than {_RATIO_LIMIT} times its size")

    def _refusal(self, entry: str, why: str) -> SubmissionError:
        return SubmissionError(f"{self._name}: {printable(entry, 60)} {why}", _MEND)


def _refuse_directory(data: bytes, name: str) -> None:
    """Look at the table of contents before anything builds objects from it.

    zipfile reads as many entries as the table is long, whatever number the archive states; half a million of
    them would take seconds and hundreds of megabytes.
    """
    end = data.rfind(_END, max(0, len(data) - 66_000))
    if end < 0 or len(data) < end + 22:
        raise SubmissionError(f"{name}: this is not a zip archive, or it is cut off", _MEND)
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if _END_64 in data[max(0, len(data) - 66_100) :] or size > _DIRECTORY_LIMIT:
        raise SubmissionError(f"{name}: more than {_ENTRY_LIMIT} files", _MEND)
