"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

from dlgrade.errors import MachineError, UsageError
from dlgrade.neutral import visible


def put(file: Path | None, data: bytes) -> None:
    """Write a file whole or not at all; None: text on the standard output.

    Raises:
        MachineError: it cannot be written; what was there before is there still.
    """
    if file is None:
        _to_output(data)
        return
    partial = ""
    try:
        if file.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".dlgrade-", delete=False) as made:
            partial = made.name
            made.write(data)
            made.flush()
            os.fsync(made.fileno())
        os.chmod(partial, _mode(file))
        os.replace(partial, file)
    except OSError as error:
        if partial:
            with contextlib.suppress(OSError):
                os.unlink(partial)
        raise _unwritable(file, error) from None


def append(file: Path, data: bytes) -> None:
    """Add to the end of a file that others write to as well.

    Raises:
        MachineError: it cannot be written.
    """
    try:
        with file.open("ab") as open_file:
            open_file.write(data)
    except OSError as error:
        raise _unwritable(file, error) from None


def folder(path: Path) -> Path:
    """The folder, made where it is missing.

    Raises:
        MachineError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None
    return path


def read(file: Path, limit: int) -> bytes:
    """What is in a file of at most `limit` bytes.

    Raises:
        UsageError: it cannot be read, or is larger.
    """
    shown = visible(str(file))
    try:
        if not file.is_file():
            raise UsageError(f"{shown} is not a file", "Name the file itself.")
        with file.open("rb") as open_file:
            data = open_file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}") from None
    if len(data) > limit:
        raise UsageError(f"{shown} is larger than {limit // 1_000_000} MB", "Name the file that was downloaded.")
    return data


def _to_output(data: bytes) -> None:
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(data.decode("utf-8", "backslashreplace"))
    else:
        sys.stdout.flush()
        binary.write(data)
    sys.stdout.flush()


def _mode(file: Path) -> int:
    """The rights that the file has, or that a new one would get."""
    with contextlib.suppress(OSError):
        return file.stat().st_mode & 0o777
    return 0o644


def _unwritable(file: Path, error: OSError) -> MachineError:
    return MachineError(f"cannot write {visible(str(file))}: {error.strerror}", "Name another place with -o.")
