"""The loop: one question in, one answer out, until the input ends."""

from __future__ import annotations

import os
import sys
from typing import Any, BinaryIO

from dlgrade import wire


def _own_the_wire() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output away from the student's code: it reads nothing and prints to the log."""
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115 - lives as long as the process
    sys.stdout = open(1, "w", closefd=False, encoding="utf-8", errors="replace")  # noqa: SIM115
    return questions, answers


def _answer(desk: Any, question: Any) -> dict[str, Any]:
    from dlgrade.worker._problems import explained

    try:
        ask = dict(question)
        return {"ok": desk.asked(ask.pop("do"), ask)}
    except BaseException as error:
        return {"problem": explained(error, desk.files)}


def main() -> int:
    """Answer until the grader closes the wire."""
    questions, answers = _own_the_wire()
    from dlgrade.worker._desk import Desk

    def exchange(wanted: Any) -> Any:
        wire.send(answers, {"need": wanted})
        return wire.receive(questions)["given"]

    desk = Desk(exchange)
    while True:
        try:
            question = wire.receive(questions)
        except wire.WireError:
            return 0
        answer = _answer(desk, question)
        try:
            wire.send(answers, answer)
        except (wire.TooLarge, TypeError) as error:
            kind = "too_large" if isinstance(error, wire.TooLarge) else "crashed"
            wire.send(answers, {"problem": {"kind": kind, "what": str(error), "file": "", "line": 0, "mend": "",
                                            "detail": ""}})  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
