"""What goes wrong with a figure."""

from __future__ import annotations

from dlgrade.errors import DlgradeError


class FigureError(DlgradeError):
    """The code of a figure does not draw one.

    Attributes:
        line: the line of the code where it failed, from 1; None where there is none to blame.
    """

    def __init__(self, what: str, mend: str = "", line: int | None = None) -> None:
        """See the attributes."""
        super().__init__(what, mend)
        self.line = line
