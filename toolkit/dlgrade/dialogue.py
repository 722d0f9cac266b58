"""Questions to a process under limits: one at a time, each with its own time, over the wire.

Promises: an answer comes back, or `Broken` says why none did, and then nothing of the process is left; whatever
interrupts a question ends the process, so that no answer is ever taken for that of another question. Does not
judge answers.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from dlgrade import sandbox, wire

__all__ = ["Broken", "Dialogue", "started"]


class Broken(Exception):  # noqa: N818 - reads better where it is caught
    """No answer came.

    Attributes:
        why: ``time`` (its own or the process's, on the clock or of the processor), ``memory``, or ``ended``.
        ended: how the process ended.
        log: the end of its standard error. Written by whatever ran there: escape it when shown.
    """

    def __init__(self, why: Literal["time", "memory", "ended"], ended: sandbox.Ended, log: str) -> None:
        """See the attributes."""
        super().__init__(ended.says)
        self.why: Literal["time", "memory", "ended"] = why
        self.ended = ended
        self.log = log


class Dialogue:
    """The asking side of one process."""

    def __init__(self, process: sandbox.Process) -> None:
        """`process` was started by `sandbox.start` and answers each question with one message."""
        self.process = process

    def ask(
        self,
        question: Any,
        seconds: float | None,
        *,
        tell: Callable[[Any], None] | None = None,
        need: Callable[[Any], Any] | None = None,
    ) -> Any:
        """Ask, and wait for the answer.

        Args:
            seconds: of wall time for this question; None does not limit it.
            tell: given what comes as ``{"tell": ...}`` before the answer.
            need: what comes as ``{"need": ...}`` before the answer is answered with what this returns, as
                ``{"given": ...}``.

        Raises:
            wire.TooLarge: the answer is over the wire's limits; the process was ended.
            Broken: no answer; the process was ended.
        """
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self.process.kill()

        timer = threading.Timer(seconds, give_up) if seconds is not None else None
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            return self._exchanged(question, tell, need)
        except wire.TooLarge:
            self.process.close()
            raise
        except _Lost:
            ended = self.process.kill()  # not `ended`: the pipe closes before whoever watches has seen why
            self.process.close()
            raise Broken(_why(ended, late.is_set()), ended, self.process.log) from None
        except BaseException:
            self.process.close()
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def _exchanged(self, question: Any, tell: Callable[[Any], None] | None, need: Callable[[Any], Any] | None) -> Any:
        self._send(question)
        while True:
            answer = self._receive()
            if isinstance(answer, dict) and len(answer) == 1:
                if "tell" in answer and tell is not None:
                    tell(answer["tell"])
                    continue
                if "need" in answer and need is not None:
                    self._send({"given": need(answer["need"])})
                    continue
            return answer

    def _send(self, message: Any) -> None:
        try:
            wire.send(self.process.stdin, message)
        except (OSError, ValueError):
            raise _Lost from None

    def _receive(self) -> Any:
        try:
            return wire.receive(self.process.stdout)
        except wire.TooLarge:
            raise
        except (wire.WireError, OSError, ValueError):
            raise _Lost from None


_THREADS = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def started(
    module: str,
    *,
    limits: sandbox.Limits,
    environment: Mapping[str, str] | None = None,
    isolation: Literal["auto", "required", "plain"] = "auto",
) -> Dialogue:
    """Start a Python of one thread that runs ``main()`` of a module of this package and answers questions.

    Raises:
        MachineError: the sandbox is required and does not hold here, or could not be set up.
    """
    package = Path(__file__).resolve().parent
    code = f"import sys; sys.path.insert(0, {str(package.parent)!r}); from {module} import main; sys.exit(main())"
    process = sandbox.start(
        [sys.executable, "-I", "-c", code], limits=limits, readable=(package,),
        environment=_THREADS | dict(environment or {}), isolation=isolation,
    )  # fmt: skip
    return Dialogue(process)


class _Lost(Exception):  # noqa: N818
    """The pipe is closed, or what came is no message."""


def _why(ended: sandbox.Ended, late: bool) -> Literal["time", "memory", "ended"]:
    if late or ended.why in {"wall", "cpu"}:
        return "time"
    return "memory" if ended.why == "memory" else "ended"
