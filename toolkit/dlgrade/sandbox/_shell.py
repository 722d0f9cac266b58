"""Limits that the kernel keeps for each process, set by a shell that then becomes the program.

Set from outside, they would need a right over other users' processes that root does not have in every
container; set in a forked child of ours, they would run Python between fork and exec, which in a process with
threads hangs now and then. A shell costs a millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlgrade.sandbox._nouns import Limits

_OPEN_FILES = 1024
_BLOCK = 512  # POSIX counts file sizes in these
_CPU_SLACK = 2  # the watchdog stops it first and knows why; this is for when the watchdog cannot


GO = b"go\n"
"""What a gated program waits for."""


def limited(argv: Sequence[str], limits: Limits, *, processes: int | None = None, gated: bool = False) -> list[str]:
    """The command that runs `argv` under the limits of `limits` that a process can have.

    Args:
        gated: wait for the line `GO` on standard input, and end without it. A shell reads no byte beyond.
        processes: counted by uid (since Linux 5.14 within the user namespace); so only where the uid runs
            nothing else.
    """
    lines = ["ulimit -c 0", f"ulimit -n {_OPEN_FILES}"]
    if limits.cpu_seconds is not None:
        lines.append(f"ulimit -t {int(limits.cpu_seconds) + _CPU_SLACK}")
    if limits.file_bytes is not None:
        lines.append(f"ulimit -f {max(1, limits.file_bytes // _BLOCK)}")
    if processes is not None:
        lines.append(f"ulimit -u {processes} || ulimit -p {processes}")  # bash and zsh; dash and busybox
    # A limit that cannot be set is refused because the machine's own is lower already.
    gate = "read -r go || exit 125; " if gated else ""
    script = "{ " + "; ".join(lines) + "; } 2>/dev/null; " + gate + 'exec "$@"'
    return ["/bin/sh", "-c", script, "sh", *argv]
