"""Which files a sandboxed process sees, and where: a list of `Shown` and `Link`; nothing is mounted here.

The interpreter that runs us, its packages and this one; the system's programs and libraries; what `start` was
given. Not: home folders, /root, /etc, /var, /opt, other folders beside a virtual environment.
"""

from __future__ import annotations

import itertools
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import dlgrade
from dlgrade.errors import MachineError, UsageError
from dlgrade.sandbox import _linux

_SYSTEM = (
    "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
    "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/libexec",
    "/usr/include", "/usr/local/bin", "/usr/local/include", "/usr/local/lib", "/usr/local/lib64",
    "/usr/share/fonts", "/usr/share/locale", "/usr/share/zoneinfo",
    "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime",
    "/sys/devices/system/cpu", "/sys/devices/system/node",  # how many cores, which caches: torch asks
)  # fmt: skip
# All software of a machine lies there, readable by all by design, in folders that refer to each other.
_STORES = (Path("/nix/store"), Path("/gnu/store"))
# What Python needs of an installation. Not its whole folder: some make one out of their project.
_OF_PREFIX = ("bin", "include", "lib", "lib32", "lib64", "libexec", "pyvenv.cfg")

_SYSTEM_PREFIXES = {Path("/"), Path("/usr"), Path("/usr/local")}  # all of theirs that counts is in `_SYSTEM`
_PACKAGES = ("site-packages", "dist-packages")
_PACKAGE = Path(dlgrade.__file__).absolute().parent

_COPY_FILES, _COPY_BYTES = 256, 64 << 20
_LOOKED_AT = 2000


@dataclass(frozen=True)
class Shown:
    """`source`, free of symbolic links, is seen at `at`, read-only."""

    source: Path
    at: Path


@dataclass(frozen=True)
class Link:
    """A symbolic link at `at`."""

    target: str
    at: Path


@cache
def system() -> tuple[Shown | Link, ...]:
    """Programs and libraries of the system."""
    found: list[Shown | Link] = []
    for name in _SYSTEM:
        if os.path.islink(name) and not name.startswith("/etc/"):
            found.append(Link(os.readlink(name), Path(name)))  # /lib -> usr/lib, on all current distributions
        elif os.path.exists(name):
            found.append(Shown(Path(name).resolve(), Path(name)))
    return tuple(found)


@cache
def interpreter() -> tuple[Shown, ...]:
    """What has to be seen for the Python that runs us to run in there with the packages it has out here."""
    places = [prefix / name for prefix in _prefixes() - _SYSTEM_PREFIXES for name in _OF_PREFIX]
    places += [*_links(Path(sys.executable).absolute()), *_other_packages(), _PACKAGE]
    places += [store for store in _STORES if _below(Path(sys.base_prefix).resolve(), [store])]
    return _shown(places)


def with_packages(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment given, and in its ``PYTHONPATH`` what this Python finds outside its installation."""
    path = [environment.get("PYTHONPATH", ""), *map(str, _other_packages())]
    if _PACKAGE.parent.name not in _PACKAGES:
        path.append(str(_PACKAGE.parent))  # a checkout; only the package itself is seen in there
    joined = os.pathsep.join(filter(None, path))
    return {**environment, "PYTHONPATH": joined} if joined else dict(environment)


def submitted(paths: Iterable[Path]) -> list[Shown]:
    """The paths that a caller wants seen.

    Raises:
        UsageError: one is missing, or is a symbolic link: whoever made it chose where it leads.
    """
    found = []
    for path in paths:
        at = Path(os.path.abspath(path))
        if at.is_symlink():
            raise UsageError(f"{at} is a symbolic link.", "Hand in the file or folder itself.")
        if not at.exists():
            raise UsageError(f"{at} is not there.")
        found.append(Shown(at.resolve(), at))
    return found


def passable(path: Path) -> bool:
    """Whether anyone may walk to `path`: every folder above it lets others through."""
    return all(folder.stat().st_mode & 0o001 for folder in path.parents)


def open_to_all(path: Path) -> bool:
    """Whether anyone may read `path` and, in a folder, everything below it; of many files, the first."""
    for found in itertools.islice(itertools.chain([path], _inside(path)), _LOOKED_AT):
        mode = found.lstat().st_mode
        wanted = 0o005 if stat.S_ISDIR(mode) else 0o004
        if not stat.S_ISLNK(mode) and mode & wanted != wanted:
            return False
    return True


def copied(shown: Shown) -> list[tuple[int, Path]]:
    """A descriptor and a place for every regular file of something small that only its owner may read.

    Opened as ourselves, so no symbolic link is followed: in a submission it may lead to anything of root's.

    Raises:
        MachineError: there is too much of it.
    """
    opened: list[tuple[int, Path]] = []
    size = 0
    try:
        for found in [shown.source, *_inside(shown.source)]:
            if not stat.S_ISREG(found.lstat().st_mode):
                continue
            descriptor = _linux.open_file(found)
            opened.append((descriptor, shown.at / found.relative_to(shown.source)))
            size += os.fstat(descriptor).st_size
            if len(opened) > _COPY_FILES or size > _COPY_BYTES:
                raise MachineError(
                    f"{shown.at} may be read by its owner only, and is too large to be copied.",
                    f"Make it readable: chmod -R a+rX {shown.at}",
                )
    except BaseException:
        for descriptor, _ in opened:
            os.close(descriptor)
        raise
    return opened


def _inside(path: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(path, followlinks=False):
        for name in (*folders, *files):
            yield Path(folder, name)


def _shown(places: Iterable[Path]) -> tuple[Shown, ...]:
    """Every existing place where it is and, when links lead to it, where it really is; parents first.

    The second keeps relative links of the installation right, the first whatever was compiled into it.
    """
    found: set[Shown] = set()
    for place in places:
        if place.exists():
            real = place.resolve()
            found |= {Shown(real, at) for at in (place, real) if not _below(at, map(Path, _SYSTEM))}
    kept: list[Shown] = []
    for shown in sorted(found, key=lambda one: (len(one.at.parts), one.at)):
        if not any(_covers(other, shown) for other in kept):
            kept.append(shown)
    return tuple(kept)


def _covers(other: Shown, shown: Shown) -> bool:
    """Whether `shown` is seen already because `other` is, perhaps through a link that is inside `other`."""
    if not shown.at.is_relative_to(other.at):
        return False
    return (other.source / shown.at.relative_to(other.at)).resolve() == shown.source


def _prefixes() -> set[Path]:
    names = (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)
    return {Path(name).absolute() for name in names}


@cache
def _other_packages() -> tuple[Path, ...]:
    """Folders of installed packages outside the installation: not the working folder, not a checkout."""
    named = (Path(name).absolute() for name in sys.path if name)
    return tuple(p for p in named if p.name in _PACKAGES and p.is_dir() and not _below(p, _prefixes()))


def _links(executable: Path) -> Iterator[Path]:
    """The executable and each link on the way to the real one, which may pass through other folders."""
    for _ in range(40):
        yield executable
        if not executable.is_symlink():
            return
        executable = Path(os.path.normpath(executable.parent / os.readlink(executable)))


def _below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def above(readable: Iterable[Path]) -> list[str]:
    """The folders above all that is shown, parents first."""
    shown = [*system(), *interpreter(), *submitted(readable)]
    return sorted({str(folder) for one in shown for folder in one.at.parents} - {"/"})
