"""From a path to a `Submission`."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import keyword
import re
from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath

from dlgrade.errors import SubmissionError
from dlgrade.submission._classes import find_classes, network_count
from dlgrade.submission._clean import clean
from dlgrade.submission._draft import read_draft
from dlgrade.submission._imports import INSTALLED
from dlgrade.submission._nouns import Note, SourceFile, Submission
from dlgrade.submission._pick import pick
from dlgrade.submission._shelf import FolderShelf, Shelf, SingleShelf, is_source
from dlgrade.submission._siblings import collect
from dlgrade.submission._text import count, printable
from dlgrade.submission._zip import ARCHIVE_LIMIT, ZipShelf

__all__ = ["read"]

_NOTE_LIMIT = 60
_KINDS = "Hand in a .py file, a notebook, a folder or a zip of them."


def read(path: Path, prefer: str | None = None, *, beside: bool = False, needed: Collection[str] = ()) -> Submission:
    """Read what a student handed in. No part of it is executed.

    Args:
        path: a .py or .ipynb file, a folder or a .zip.
        prefer: assignment id such as ``code6``: picks code6.py or code6.ipynb in a folder or zip.
        beside: for a single file, whether imports may be answered by .py files in its folder. Right for a
            student's own working folder; wrong where the folder holds other students' files.
        needed: modules that are there to be used, which no stand-in replaces.

    Raises:
        SubmissionError: missing, unreadable, not Python, ambiguous or refused; says where and how to mend it.
    """
    path = Path(path)
    try:
        return _read(path, prefer, beside, needed)
    except RecursionError:
        raise SubmissionError(f"{printable(str(path))}: is nested too deeply to be read") from None


def _read(path: Path, prefer: str | None, beside: bool, needed: Collection[str]) -> Submission:
    shelf = _shelf(path, beside)
    chosen, notes = pick(shelf.names(), prefer, lambda name: _networks(shelf, name), printable(str(path)))
    data = shelf.read(chosen)
    if data is None:
        raise SubmissionError(f"{printable(str(path))}: {printable(chosen)} has gone while it was read")
    module = _module_name(chosen)
    siblings = collect(read_draft(data, chosen, module), shelf.read, chosen)
    others = siblings.ordered()
    stand_ins, about_imports = siblings.stand_ins(needed)
    about_files = [note for cleaned in (siblings.main, *others) for note in cleaned.notes]
    files = [cleaned.file for cleaned in others]
    return Submission(
        name=str(path),
        main=siblings.main.file,
        siblings=tuple(files),
        sha256=_digest(siblings.main.file, files),
        classes=find_classes(siblings.main, others, siblings.imports[module]),
        notes=_readable([*notes, *about_files, *about_imports]),
        stand_ins=tuple(stand_ins),
    )


def _readable(notes: list[Note]) -> tuple[Note, ...]:
    once = list(dict.fromkeys(notes))
    more = len(once) - _NOTE_LIMIT
    return (*once[:_NOTE_LIMIT], Note("", f"and {count(more, 'more note')}")) if more > 0 else tuple(once)


def _shelf(path: Path, beside: bool) -> Shelf:
    if path.is_dir():
        folder = FolderShelf(path)
        # Some course systems put each student's upload, one zip, into a folder of its own.
        archives = [] if folder.names() else [p for p in sorted(path.iterdir()) if p.suffix.lower() == ".zip"]
        return _zip(archives[0]) if len(archives) == 1 and not archives[0].is_symlink() else folder
    if not path.exists():
        raise SubmissionError(f"{printable(str(path))}: there is no such file", _near(path))
    if path.suffix.lower() == ".zip":
        return _zip(path)
    if not is_source(path.name):
        raise SubmissionError(f"{printable(str(path))}: this kind of file is not read", _KINDS)
    return SingleShelf(path, beside)


def _zip(path: Path) -> ZipShelf:
    shown = printable(path.name)
    try:
        if not path.is_file():
            raise SubmissionError(f"{shown}: this is not a regular file")
        if path.stat().st_size > ARCHIVE_LIMIT:
            raise SubmissionError(
                f"{shown}: larger than {ARCHIVE_LIMIT // 1_000_000} MB",
                "Zip only the source files and hand in that.",
            )
        return ZipShelf(path.read_bytes(), path.name)
    except OSError as error:
        raise SubmissionError(f"{shown}: cannot be read: {error.strerror or error}") from None


def _near(path: Path) -> str:
    names: list[str] = []
    with contextlib.suppress(OSError):
        names = [p.name for p in path.parent.iterdir() if p.is_dir() or is_source(p.name) or p.suffix == ".zip"]
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(printable(n) for n in near)}?" if near else _KINDS


def _networks(shelf: Shelf, name: str) -> int:
    try:
        data = shelf.read(name)
        return network_count(clean(read_draft(data, name, _module_name(name)))) if data is not None else 0
    except SubmissionError:
        return 0


def _module_name(name: str) -> str:
    """A name under which the file can stand among Python's modules without hiding one that torch needs."""
    word = re.sub(r"\W", "_", PurePosixPath(name).stem) or "submission"
    if word[0].isdigit():
        word = f"_{word}"
    return f"{word}_submission" if word in INSTALLED or keyword.iskeyword(word) or word == "dlgrade" else word


def _digest(main: SourceFile, siblings: Iterable[SourceFile]) -> str:
    total = hashlib.sha256(b"dlgrade submission 1\0")
    for text in (
        main.original,
        *(t for s in sorted(siblings, key=lambda s: s.module) for t in (s.module, s.original)),
    ):
        data = text.encode("utf-8")
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()
