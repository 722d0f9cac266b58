"""Write quizzes in one of the formats."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

from dlgrade.course import MISCONCEPTIONS, load_course, load_misconceptions
from dlgrade.errors import MachineError, UsageError
from dlgrade.exports._choose import banks, sheet
from dlgrade.exports._nouns import Content, Exported, Family, Format, Wanted
from dlgrade.quiz import DRAWS

FORMATS: tuple[Format, ...] = get_args(Format)
TEXTS = frozenset({"html", "moodle", "gift", "notebook"})
"""Formats that are text, which a terminal or a pipe can take."""

_MODULES = {
    "html": "_page",
    "moodle": "_moodle",
    "gift": "_gift",
    "qti12": "_canvas",
    "qti21": "_qti",
    "notebook": "_notebook",
    "anki": "_cards",
}
_ONCE = frozenset({"notebook", "anki", "html"})  # nothing in them draws one of several
_INSTANCES = 5


def export(
    root: Path, ids: Sequence[str], form: str, file: Path | None, *, instances: int | None = None, seed: int = 0
) -> Exported:
    """Write the banks of these ids, or all, of the course at `root`.

    Args:
        form: one of `FORMATS`.
        file: what to write; None for the standard output.
        instances: draws of each question that has drawn values; None for 5, or 1 where a format shows them all.
        seed: decides the draws and the order of what is shown.

    Raises:
        UsageError: there is no such bank or format, or the format does not go there.
        CourseError: a bank is wrong.
        MachineError: the file cannot be written, or a library is missing.
    """
    _check_target(form, file)
    found = banks(root / "quizzes", ids)
    if form == "html" and len(found) > 1:
        raise UsageError("a page has one quiz", "Name one: dlgrade quiz export ID --format html -o FILE")
    if form == "html" and instances is not None:
        raise UsageError("a page has one draw of each question", "Leave --instances out.")
    known = load_misconceptions(root / "quizzes" / f"{MISCONCEPTIONS}.yaml")
    count = min(DRAWS, instances or (1 if form in _ONCE else _INSTANCES))
    wanted = Wanted(load_course(root).title, tuple(sheet(bank, known, count, seed) for bank in found), known, seed)
    write: Callable[[Wanted], Content] = importlib.import_module(f"dlgrade.exports.{_MODULES[form]}").write
    content = write(wanted)
    written = _written(wanted, content)
    for name, why in content.left_out.items():
        if not written:
            raise UsageError(f"{form} can hold none of these questions", f"{name}: {why}")
    _put(file, content.data)
    drawn = [family for family in written if family.varied]
    most = max((len(family.puts) for family in drawn), default=0)
    return Exported(file, len(written), len(drawn), most, content.left_out, content.changed)


def _check_target(form: str, file: Path | None) -> None:
    if form not in FORMATS:
        raise UsageError(f"there is no format {form}", _near_format(form))
    if file is None and form not in TEXTS:
        raise UsageError(f"{form} is no text, so it needs a file", "Name it: -o FILE")
    if file is not None and file.is_dir():
        raise UsageError(f"{file} is a folder", "Name a file in it.")


def _written(wanted: Wanted, content: Content) -> list[Family]:
    """The questions that are in the file."""
    families = [family for one in wanted.sheets for family in one.families if family.id not in content.left_out]
    return [family for family in families if content.written is None or family.id in content.written]


def _near_format(form: str) -> str:
    near = difflib.get_close_matches(form.lower(), FORMATS, n=1)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(FORMATS)}."


def _put(file: Path | None, data: bytes) -> None:
    """Write a file whole or not at all."""
    if file is None:
        sys.stdout.write(data.decode())
        sys.stdout.flush()
        return
    partial = ""
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}", delete=False) as made:
            partial = made.name
            made.write(data)
        os.chmod(partial, 0o644)
        os.replace(partial, file)
    except OSError as error:
        if partial:
            with contextlib.suppress(OSError):
                os.unlink(partial)
        raise MachineError(f"cannot write {file}: {error.strerror}", "Name another file with -o.") from None
