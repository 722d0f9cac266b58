"""What a result depends on, as hashes: the same key need not be graded again."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlgrade.batch._nouns import Setting

if TYPE_CHECKING:
    from dlgrade.course import Assignment

_PACKAGES = ("hypothesis", "numpy", "torch", "torchvision")
"""Whose versions change numbers or draws."""

_DECIDE_NOTHING = {"course", "shelf", "device_share"}
"""Parts of a setting that say where things lie, and how the machine is shared."""

_MOST_FILES = 2_000
_MOST_BYTES = 64 << 20


def expected(assignment: Assignment) -> str:
    """Hash of graders, measuring code and versions."""
    from dlgrade.grading import combined, grader_hashes

    return _digest([combined(grader_hashes(assignment)), versions()])


def versions() -> dict[str, str]:
    """Python's and those of the packages that numbers depend on."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = ""
    return found


def ground(setting: Setting) -> str:
    """Hash of everything but the submission that a result depends on."""
    return _digest({name: value for name, value in vars(setting).items() if name not in _DECIDE_NOTHING})


def key_of(on: str, source: str, variant: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    """The key of a submission.

    Args:
        on: `ground`.
        source: hash of what was read of it.
        variant: constants of its student; `before`: what it is compared with, see `_before`.
    """
    return _digest(["dlgrade submission", on, source, dict(variant), before])


def held_key(key: str) -> str:
    """The key of a result that is to be tried again by the next run: not the one by which it is skipped."""
    return f"held:{key}"


def raw_hash(path: Path) -> str:
    """Hash of what lies there, of a submission that cannot be read; links are not followed, sizes are bounded."""
    total = hashlib.sha256(b"dlgrade unread 1\0")
    files = [path] if not path.is_dir() or path.is_symlink() else _below(path)
    left = _MOST_BYTES
    for file in files:
        try:
            status = file.lstat()
            total.update(f"{file.relative_to(path)} {stat.S_IFMT(status.st_mode)} {status.st_size}\0".encode(
                errors="surrogateescape"))  # fmt: skip
            if stat.S_ISREG(status.st_mode):
                with file.open("rb") as opened:
                    content = opened.read(max(left, 0))
                total.update(content)
                left -= len(content)
        except OSError as error:
            total.update(f"{error.errno}\0".encode())
    return total.hexdigest()


def _below(folder: Path) -> list[Path]:
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        found += [Path(root, name) for name in sorted(names)]
        if len(found) > _MOST_FILES:
            break
    return found[:_MOST_FILES]


def _digest(plain: Mapping[str, Any] | list[Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=dict).encode()).hexdigest()
