"""What went wrong in the student's code, in the student's terms."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from typing import Any

_DETAIL_LINES = 12


class Problem(Exception):  # noqa: N818 - it is not an error of ours
    """A problem that is already explained.

    Args:
        kind: ``stub``, ``missing``, ``crashed``, ``not_carried`` or ``unsupported``.
        line: (file, line) of the student, where there is one.
    """

    def __init__(self, kind: str, what: str, line: tuple[str, int] | None = None, mend: str = "") -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what
        self.line = line
        self.mend = mend


def students_line(error: BaseException, files: Collection[str]) -> tuple[str, int] | None:
    """Innermost frame of the traceback that lies in the submission."""
    found = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename in files:
            found = (frame.f_code.co_filename, number)
    return found


def explained(error: BaseException, files: Collection[str]) -> dict[str, Any]:
    """An exception as the body of an answer: kind, sentence, file, line, mend, the student's own frames."""
    line = students_line(error, files)
    mend = ""
    if isinstance(error, Problem):
        kind, what, mend = error.kind, error.what, error.mend
        line = error.line or line
    elif isinstance(error, NotImplementedError):
        kind, what = "stub", "this part is still to be written (it raises NotImplementedError)"
    else:
        kind, (what, mend) = "crashed", _sentence(error)
    return {
        "kind": kind,
        "what": what[:500],
        "file": line[0] if line else "",
        "line": line[1] if line else 0,
        "mend": mend[:500],
        "detail": _students_trace(error, files),
    }


def _sentence(error: BaseException) -> tuple[str, str]:
    name = type(error).__name__
    if isinstance(error, SystemExit):
        return "it calls exit()", "Remove the call; the grader decides when to stop."
    if isinstance(error, RecursionError):
        return "it calls itself without end (RecursionError)", ""
    if isinstance(error, MemoryError):
        return "it asks for more memory than there is", ""
    text = str(error).strip().splitlines()
    sentence = f"{name}: {text[0]}" if text else name
    if isinstance(error, AttributeError) and "cannot assign module before Module.__init__" in str(error):
        return sentence, "Call super().__init__() first in __init__."
    return sentence, ""


def _students_trace(error: BaseException, files: Collection[str]) -> str:
    """The traceback from the student's first frame on; what lies above is the worker's."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((i for i, frame in enumerate(frames) if frame.filename in files), len(frames))
    if first == len(frames):
        return ""
    kept = frames[first:]
    lines = [line for entry in traceback.format_list(kept) for line in entry.rstrip().splitlines()]
    if len(lines) > _DETAIL_LINES:
        half = _DETAIL_LINES // 2
        lines = [*lines[:half], "  ...", *lines[-half:]]
    last = traceback.format_exception_only(type(error), error)[-1].strip()
    return "\n".join([*lines, last])[:4000]
