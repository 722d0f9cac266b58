"""The guardian: holds processes until they end, or until the grader does. A program; see `_guardian`.

Its standard input is a socket. Each message carries a hold on a process and says whether its group goes with
it; the end of the socket is the end of the grader.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys

assert sys.platform == "linux"  # noqa: S101 - said to the type checker; nobody runs this elsewhere


def main() -> None:
    """Hold what is handed over; at the end, kill what is still held."""
    grader = socket.socket(fileno=0)
    poll = select.poll()
    poll.register(grader, select.POLLIN)
    held: dict[int, bool] = {}
    while True:
        for descriptor, _ in poll.poll():
            if descriptor in held:  # it has ended
                poll.unregister(descriptor)
                os.close(descriptor)
                del held[descriptor]
                continue
            said, received, _, _ = socket.recv_fds(grader, 16, 1)
            if not said:
                for process, group in held.items():
                    _end(process, group)
                return
            for process in received:
                held[process] = said == b"group"
                poll.register(process, select.POLLIN)


def _end(process: int, group: bool) -> None:
    if group:
        with contextlib.suppress(OSError, ValueError):
            # It is held and has not ended, so the number is still its own; -1 or 0 is one outside our namespace.
            with open(f"/proc/self/fdinfo/{process}", encoding="ascii") as file:
                pid = next(int(line.split()[1]) for line in file if line.startswith("Pid:"))
            if pid > 1:
                os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        signal.pidfd_send_signal(process, signal.SIGKILL)


if __name__ == "__main__":
    main()
