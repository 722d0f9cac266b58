"""``%criterion ID NAME``: what a notebook's cell of tests says of one criterion.

`%load_ext dlgrade.lms.notebook` brings it into a notebook. What is measured is the text of the cells that were run
(functions and classes as they were run last), by a process of its own, once for all criteria; run again after a change
it measures again. The cell shows the verdict and fails where the criterion did not pass.

Does not promise that the cell tells the truth to anyone but its reader: the student's code runs in the same kernel and
could show anything. Marks come from ``nbgrader autograde`` with the settings that ``dlgrade nbgrader init`` writes, or
from ``dlgrade grade``, neither of which asks a kernel.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from dlgrade.errors import DlgradeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlgrade.lms._nbgrader_measure import Asked, Measured

__all__ = ["NotPassed", "executed", "load_ipython_extension"]

_DEFINED = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_OURS = re.compile(r"^%(?:criterion\b|load_ext[ \t]+dlgrade\.lms\.notebook\b)")
_ARGUMENTS = re.compile(r"(\S+)[ \t]+(\w+)([ \t]+--hidden)?\Z")


class NotPassed(AssertionError):  # noqa: N818
    """A criterion that did not pass; its text is the student's feedback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback, which would lead into dlgrade and not to the answer."""
        return str(self).splitlines()


class NotMeasured(Exception):  # noqa: N818
    """Nothing could be measured, for no fault of the student's; shown in place of a traceback."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


def load_ipython_extension(shell: Any) -> None:
    """Called by ``%load_ext``: adds the command to a notebook."""
    shell.register_magic_function(_Command(shell), magic_kind="line", magic_name="criterion")


class _Command:
    """Remembers what was measured last, so that one measurement serves all cells."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._key = ""
        self._measured: Measured | None = None

    def __call__(self, line: str) -> None:
        """Show the verdict on one criterion; ``--hidden`` counts what only graders have."""
        given = _ARGUMENTS.match(line.strip())
        if given is None:
            raise NotMeasured(f"%criterion {line}: write it as %criterion ID NAME")
        try:
            measured = self._of(given[1])
        except DlgradeError as error:
            raise NotMeasured(str(error)) from None
        one = measured.criteria.get(given[2])
        if one is None:
            raise NotMeasured(f"{given[1]} has no criterion {given[2]}; it has: {', '.join(measured.criteria)}")
        told = "\n".join(one.lines)
        if given[3]:
            _finally(one, told)
        elif one.public:
            if one.verdict in {"passed", "open"}:
                print(told)
        else:
            raise NotPassed(told)

    def _of(self, assignment: str) -> Measured:
        from dlgrade.lms._nbgrader_measure import measure

        source = executed(self._shell.history_manager.input_hist_raw)
        key = hashlib.sha256(f"{assignment}\0{source}".encode(errors="surrogatepass")).hexdigest()
        if self._measured is None or self._key != key:
            self._measured, self._key = measure(assignment, source), key
        return self._measured


def _finally(one: Asked, told: str) -> None:
    """The last word on a criterion: anything but passed earns nothing."""
    if one.verdict != "passed":
        raise NotPassed(told)


def executed(history: Sequence[str]) -> str:
    """The cells that were run as a notebook: number n there is ``[n]`` beside the cell.

    A cell whose functions and classes were all run again later does not count any more, nor do commands of ours.
    """
    import nbformat

    kept: list[str] = []
    later: set[str] = set()
    for text in reversed(history[1:]):
        names = set(_DEFINED.findall(text))
        counts = not _is_ours(text) and (not names or bool(names - later))
        later |= names
        kept.append(text if counts else "")
    cells = [nbformat.v4.new_code_cell(text, id=f"cell-{place}") for place, text in enumerate(reversed(kept), 1)]
    while cells and not cells[-1].source:
        cells.pop()
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))


def _is_ours(text: str) -> bool:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return all(_OURS.match(line) for line in lines)
