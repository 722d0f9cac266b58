"""What machine this is. The seam through which tests pretend to be another one."""

from __future__ import annotations

import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from dlgrade.errors import MachineError


def system() -> str:
    """``linux``, ``darwin``, ``win32`` or another, as `sys.platform` says it."""
    return sys.platform


def kernel() -> str:
    """Name and release of the kernel."""
    return f"{platform.system()} {platform.release()}"


def kernel_release() -> tuple[int, ...]:
    """The first two numbers of the kernel's release."""
    return tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])


def is_root() -> bool:
    """Whether we run as the superuser of a Unix."""
    geteuid = getattr(os, "geteuid", None)
    return geteuid is not None and geteuid() == 0


def bubblewrap() -> str | None:
    """Where bubblewrap is; looked for in the usual places too, since a service may run with a short PATH."""
    return shutil.which("bwrap") or shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin")


@cache
def bubblewrap_version(command: str) -> tuple[int, ...]:
    """The version as numbers; empty when it does not say one."""
    try:
        said = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said.stdout)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def runtime_folder() -> Path:
    """A folder of root's own for locks and mounts; made when missing, refused when it is somebody else's."""
    base = Path("/run") if os.access("/run", os.W_OK) else Path(tempfile.gettempdir())
    folder = base / "dlgrade"
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
        raise MachineError(f"{folder} is not a folder of root's own.", f"Look at it, then: rm -r {folder}")
    if found.st_mode & 0o777 != 0o711:  # our umask may have taken away that others may pass through
        folder.chmod(0o711)
    return folder
