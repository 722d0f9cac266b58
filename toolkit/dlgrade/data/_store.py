"""The cache on disk: looking at files, and putting new ones in place so that a wrong one never has the name.

A file is written under a name of its own in the same folder, hashed on the way, flushed to the disk and only
then renamed. So there is no lock: two processes that fetch the same file each write their own copy, and the
second rename replaces a right file by the same right file.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dlgrade.data._nouns import FileState
from dlgrade.errors import DataError

if TYPE_CHECKING:
    from dlgrade.data._catalog import Entry, FileSpec

_CHUNK = 1 << 20
_STALE_SECONDS = 24 * 3600.0


class SourceError(Exception):
    """A source could not deliver; the text is one short line. Never leaves this package."""


class Stream(Protocol):
    """Whatever bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


def data_root() -> Path:
    """The folder that holds all data sets; it need not exist yet.

    ``DLGRADE_DATA`` where it is set, else ``data`` in the user's cache folder for dlgrade.
    """
    named = os.environ.get("DLGRADE_DATA", "").strip()
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("dlgrade", appauthor=False)) / "data"


def folder_of(entry: Entry, root: str | os.PathLike[str] | None) -> Path:
    """Where the files of `entry` lie: ``MNIST/raw`` under the root, as torchvision looks for them."""
    base = data_root() if root is None else Path(root).expanduser().absolute()
    return base / entry.folder / "raw"


def look(spec: FileSpec, folder: Path) -> FileState:
    """Read the file of `spec` in `folder` and say whether it is the published one."""
    import hashlib

    path = folder / spec.name
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = file.read(8)
            file.seek(0)
            # A file of another size is wrong whatever is in it; there is no need to read it all.
            digest = hashlib.file_digest(file, "sha256").hexdigest() if size == spec.size else ""
    except (FileNotFoundError, NotADirectoryError):
        return FileState(path, "absent")
    except OSError as error:
        return FileState(path, "wrong", f"it cannot be read: {error.strerror}")
    why = _complaint(spec, size, start, digest)
    return FileState(path, "wrong" if why else "present", why)


def read(entry: Entry, spec: FileSpec, folder: Path) -> bytearray:
    """The bytes of a file whose checksum is right, hashed from the very memory that is returned.

    Raises:
        DataError: absent, unreadable or wrong.
    """
    import hashlib

    path = folder / spec.name
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            content = bytearray(min(size, spec.size))
            got = file.readinto(content)
    except OSError as error:
        raise refused(entry, path, f"it cannot be read: {error.strerror}") from None
    del content[got:]
    why = _complaint(spec, size, bytes(content[:8]), hashlib.sha256(content).hexdigest())
    if why:
        raise refused(entry, path, why)
    return content


def refused(entry: Entry, path: Path, why: str) -> DataError:
    """The error for a file that is there and must not be used."""
    return DataError(
        f"{path} is not the published file: {why}",
        f"It was left as it is. `dlgrade data get {entry.name}` replaces it.",
    )


def _complaint(spec: FileSpec, size: int, start: bytes, digest: str) -> str:
    """What is wrong with a file, as specifically as its first bytes allow; empty where nothing is."""
    if size == spec.size and digest == spec.sha256:
        return ""
    if start[:2] == b"\x1f\x8b":
        return f"it is still packed (gzip); unpacked it should have {spec.size:,} bytes"
    if start.lstrip()[:1] == b"<":
        return "it is a web page"
    if size != spec.size:
        return f"{size:,} bytes, wanted {spec.size:,}" + (", cut short" if size < spec.size else "")
    magic = b"\0\0\x08" + spec.name.partition("-idx")[2][:1].encode().translate(_DIGITS)
    if start[:4] != magic:
        return f"it starts with {start[:4].hex()}, wanted the idx magic number {magic.hex()}"
    return f"its SHA-256 is {digest[:12]}..., wanted {spec.sha256[:12]}..."


# "idx3" in the name of a file says how many dimensions its magic number declares.
_DIGITS = bytes.maketrans(b"123", b"\1\2\3")


def prepare(folder: Path) -> None:
    """Make `folder`, show that it can be written to, and clear away what killed processes left there.

    Raises:
        DataError: it cannot be made or written to.
    """
    probe = _fresh_name(folder, "probe")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.open("xb").close()
        probe.unlink()
    except OSError as error:
        raise _unwritable(folder, error) from None
    for left in folder.glob(".*.part"):
        # Younger ones may belong to a process that is still writing.
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink()


def place(spec: FileSpec, folder: Path, stream: Stream, tick: Callable[[int], None]) -> None:
    """Write what `stream` yields as the file of `spec`, provided that it is the published file.

    Args:
        tick: called with the number of bytes written so far.

    Raises:
        SourceError: the stream broke off or holds something else; nothing was put in place.
        DataError: the folder could not be written to.
    """
    part = _fresh_name(folder, spec.name)
    try:
        digest, size, start = _written(spec, part, stream, tick)
        why = _complaint(spec, size, start, digest)
        if why:
            raise SourceError(f"{spec.name}: {why}")
        _renamed(part, spec, folder)
    except OSError as error:
        raise _unwritable(folder, error) from None
    finally:
        # Also after Ctrl-C. After a rename there is nothing left to remove.
        with contextlib.suppress(OSError):
            part.unlink()


def _written(spec: FileSpec, part: Path, stream: Stream, tick: Callable[[int], None]) -> tuple[str, int, bytes]:
    """Copy `stream` to `part`; returns SHA-256, size and the first bytes. OSError means writing failed."""
    import hashlib
    import http.client
    import tarfile
    import zlib

    digest, size, start = hashlib.sha256(), 0, b""
    # Not tempfile: it makes files that only the owner may read, and a class may share one cache.
    with part.open("xb") as out:
        # One byte more than wanted is enough to know; a stream without end must not fill the disk.
        while size <= spec.size:
            try:
                chunk = stream.read(min(_CHUNK, spec.size + 1 - size))
            except (OSError, EOFError, zlib.error, http.client.HTTPException, tarfile.TarError) as error:
                said = str(error) or type(error).__name__
                raise SourceError(f"{spec.name}: broke off after {size:,} bytes: {said}") from None
            if not chunk:
                break
            start = start or chunk[:8]
            digest.update(chunk)
            size += out.write(chunk)
            tick(size)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest(), size, start


def _renamed(part: Path, spec: FileSpec, folder: Path) -> None:
    try:
        os.replace(part, folder / spec.name)
    except PermissionError:
        # Windows refuses while somebody has the file open; fine where that one put the right file there.
        if look(spec, folder).state != "present":
            raise


def _fresh_name(folder: Path, stem: str) -> Path:
    return folder / f".{stem}.{os.getpid()}-{os.urandom(4).hex()}.part"


def _unwritable(folder: Path, error: OSError) -> DataError:
    said = error.strerror or str(error)
    return DataError(
        f"data cannot be written to {folder}: {said}",
        "Make room or give yourself the right to write there, or set DLGRADE_DATA to another folder.",
    )
