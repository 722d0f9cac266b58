"""The zygote: a Python inside bubblewrap that has imported what cells need, and has a child for each. A program.

Promises: it holds no secret, no grader and no path of one, and reads nothing but requests from the grader's socket.
Each request makes one child in a pid namespace of its own, which walls itself in (`_cell`) and only then runs a
program of Python; when the child has ended the report says how. One thread, looked at before the first child: a child
of a process with threads may hang on a lock that a thread held (fork(2)). At the end of the socket it ends, and all
cells with it, since it is the first process of their outer namespace (pid_namespaces(7)).

Messages. On the socket, each with the descriptors for standard input, output and error, the report, and the slot
where there is one: ``{"argv", "environment", "limits", "uid", "core", "children"}``. The socket's own answer is one
line, ``ready`` or why not. On a report: ``born`` with a hold on the child, then the grader's ``go``, the child's
``isolated`` or ``failed ...``, and ``ended N`` with what waitpid said.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import types
from dataclasses import dataclass
from typing import Any

from dlgrade.sandbox import _allowlist, _cell, _kernel

GO, BORN, ISOLATED, FAILED, ENDED, READY = b"go", b"born", b"isolated", b"failed ", b"ended ", b"ready"
REQUEST_BYTES = 1 << 17
_DESCRIPTORS = 8


@dataclass
class _Child:
    """A cell, and what is kept open for it until its end: its pipes, so that nobody sees them close before."""

    pid: int
    held: int
    descriptors: list[int]

    def bury(self) -> None:
        """Collect it, say how it ended, close all that was its."""
        _, status = os.waitpid(self.pid, 0)
        _say(self.descriptors[_cell.REPORT], ENDED + str(status).encode())
        for descriptor in (self.held, *self.descriptors):
            os.close(descriptor)


class _Program(Exception):  # noqa: N818 - carries a child out of the loop
    """This process is a cell now, and shall run this."""

    def __init__(self, argv: list[str]) -> None:
        super().__init__()
        self.argv = argv


def main(control: int, preload: str) -> int:
    """Import, then make children until the socket ends; a child comes back out of here and runs its program."""
    os.dup2(2, 1)  # nobody reads our standard output
    grader = socket.socket(fileno=control)
    path = list(sys.path)
    said = _prepared(preload)
    grader.send(said.encode())
    if said != READY.decode():
        return 1
    try:
        _serve(grader)
    except _Program as program:
        grader.detach()  # closed already: the number may be another file's now
        sys.path[:] = path
        argv = program.argv
    else:
        return 0
    return _run(argv)


def _prepared(preload: str) -> str:
    """Do what all children would do first; in a word, whether children may be had now."""
    if sys.platform != "linux":
        return "this is not Linux"
    if _kernel.landlock_version() < 1:
        return "the kernel has no Landlock"
    gc.disable()
    try:
        exec(compile(preload, "<preload>", "exec"), {"__name__": "preload"})  # noqa: S102 - the grader's own
    except Exception as error:
        return f"what is to be imported ahead failed: {type(error).__name__}: {error}"
    if len(os.listdir("/proc/self/task")) != 1:
        return "it has threads"
    gc.collect()
    gc.freeze()  # a collector that visits every object would copy every page of it into every child
    return READY.decode()


def _serve(grader: socket.socket) -> None:
    if sys.platform != "linux":
        return
    codes = {children: _allowlist.program(children=children) for children in (False, True)}
    ours = os.open("/proc/self/ns/pid", os.O_RDONLY)
    poll = select.poll()
    poll.register(grader, select.POLLIN)
    children: dict[int, _Child] = {}
    while True:
        for descriptor, _ in poll.poll():
            if descriptor in children:
                poll.unregister(descriptor)
                children.pop(descriptor).bury()
                continue
            said, received, _, _ = socket.recv_fds(grader, REQUEST_BYTES, _DESCRIPTORS)
            if not said:
                return
            request = json.loads(said)
            child = _born(request, received, ours, codes[request["children"]])
            if child is not None:
                children[child.held] = child
                poll.register(child.held, select.POLLIN)


def _born(request: dict[str, Any], received: list[int], ours: int, code: bytes) -> _Child | None:
    """Make one child. Each time from our own pid namespace: in one that waits for its first child none can be made."""
    if sys.platform != "linux":
        return None
    report = received[_cell.REPORT]
    try:
        _kernel.join(ours, _kernel.NEW_PID)
        _kernel.leave(_kernel.NEW_PID)
        pid = os.fork()
    except OSError as error:
        _say(report, FAILED + str(error).encode())
        for descriptor in received:
            os.close(descriptor)
        return None
    if pid == 0:
        _become_a_cell(request, received, code)
        raise _Program(request["argv"])
    held = os.pidfd_open(pid)
    try:
        with socket.socket(fileno=os.dup(report)) as said:
            socket.send_fds(said, [BORN], [held])
    except OSError:  # the grader has given up; nobody will let the child go
        signal.pidfd_send_signal(held, signal.SIGKILL)
    return _Child(pid, held, received)


def _become_a_cell(request: dict[str, Any], received: list[int], code: bytes) -> None:
    """Wait to be let go, then wall in; whatever fails ends this process."""
    report = _cell.REPORT
    try:
        _cell.take(received[: report + 1])
        if os.read(report, 16) != GO:
            os._exit(125)
        _cell.forget_what_is_shared()
        os.environ.update(request["environment"])
        _cell.wall_in(request["limits"], request["uid"], request["core"], code)
        _say(report, ISOLATED)
        os.close(report)
    except BaseException as error:
        _say(report, FAILED + f"{type(error).__name__}: {error}".encode())
        os._exit(125)


def _say(report: int, message: bytes) -> None:
    try:
        os.write(report, message[:4000])
    except OSError:
        return  # the grader is no longer interested


def _run(argv: list[str]) -> int:
    """Run ``-c CODE`` or a script as this Python's main program."""
    gc.enable()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115 - lives as long as the process
    sys.stdout = open(1, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    main_module = types.ModuleType("__main__")
    sys.modules["__main__"] = main_module
    if argv[0] == "-c":
        source, name = argv[1], "<string>"
        sys.argv = ["-c", *argv[2:]]
    else:
        with open(argv[0], encoding="utf-8") as file:
            source, name = file.read(), argv[0]
        main_module.__file__ = name
        sys.argv = argv
    exec(compile(source, name, "exec"), main_module.__dict__)  # noqa: S102 - what a cell is for
    return 0
