"""What can go wrong, as one small tree.

Every error that a user may see is a `DlgradeError` with one line that says what is wrong and, where there is
one, a second that says how to mend it. The command line prints these and nothing else; anything that is not
a `DlgradeError` is a bug of ours and shows its traceback.

    DlgradeError            exit code 2
    ├── UsageError          the command was given something it cannot use
    ├── CourseError         a file of the course is wrong; carries file and line
    ├── SubmissionError     the submission cannot be read as Python or as a notebook
    └── MachineError        exit code 3: the machine, the network or the sandbox could not do it
        └── DataError       a data set is missing, partial or not what its checksum says
"""

from __future__ import annotations

__all__ = ["CourseError", "DataError", "DlgradeError", "MachineError", "SubmissionError", "UsageError"]


class DlgradeError(Exception):
    """Base of all errors meant for a user.

    Args:
        what: one line, what is wrong.
        mend: one line, what to do about it; empty where nothing can be advised.
    """

    exit_code = 2

    def __init__(self, what: str, mend: str = "") -> None:
        """See the arguments."""
        super().__init__(what, mend)
        self.what = what
        self.mend = mend

    def __str__(self) -> str:
        """Both lines."""
        return f"{self.what}\n  {self.mend}" if self.mend else self.what


class UsageError(DlgradeError):
    """The command was given something that it cannot use."""


class CourseError(DlgradeError):
    """A file of the course is wrong.

    Args:
        where: ``file`` or ``file:line``, as an editor can jump to it.
    """

    def __init__(self, where: str, what: str, mend: str = "") -> None:
        """See the arguments."""
        super().__init__(f"{where}: {what}", mend)
        self.where = where


class SubmissionError(DlgradeError):
    """The submission cannot be read as Python or as a notebook."""


class MachineError(DlgradeError):
    """The machine, the network or the sandbox could not do what was asked."""

    exit_code = 3


class DataError(MachineError):
    """A data set is missing, partial or not what its checksum says."""
