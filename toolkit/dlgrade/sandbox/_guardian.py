"""The grader's side of the guardian: a small process that ends what is left when the grader is killed.

"Die with the parent" is not enough. Bubblewrap asks the kernel for it late in its own start: killed in those
milliseconds, a grader left a program behind that nobody watched, in two of three tries. So each grader process
has one guardian, `_guarding`. It is handed a hold on every process that is started, before that is let go, and
when its socket closes because the grader is gone, however that came, it kills those that still run.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

from dlgrade.sandbox import _linux


class _Guardian:
    """A guardian, and our end of the socket to it."""

    def __init__(self) -> None:
        self._socket, theirs = _linux.packet_sockets()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(__file__).with_name("_guarding.py"))],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,  # what is sent to the grader's group is not meant for it
            )

    def hand(self, held: int, group: bool) -> None:
        """Send a copy of the hold. What is sent arrives, even when we are killed right after."""
        _linux.send_descriptor(self._socket, b"group" if group else b"alone", held)

    def dismiss(self) -> None:
        """Close the socket; the guardian leaves when it notices."""
        self.forget()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2.0)

    def forget(self) -> None:
        """Close the socket in a forked child, which would hold it open beyond the grader's death."""
        self._socket.close()


_lock = threading.Lock()
_guardian: _Guardian | None = None


def guard(held: int, *, group: bool = False) -> None:
    """See that a held process does not outlive this one.

    Args:
        group: the process group that it leads shall not, either.
    """
    global _guardian
    with _lock:
        if _guardian is not None:
            try:
                return _guardian.hand(held, group)
            except OSError:  # somebody killed the guardian
                _guardian.dismiss()
        _guardian = _Guardian()
        return _guardian.hand(held, group)


@atexit.register
def _dismiss() -> None:
    if _guardian is not None:
        _guardian.dismiss()


def _forget() -> None:
    global _guardian, _lock
    if _guardian is not None:
        _guardian.forget()
    _guardian, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(after_in_child=_forget)
