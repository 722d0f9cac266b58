"""Looks for devices: disks, accelerators, memory, virtual machines.

must: hold
"""

import os
import stat

harmless = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "console"}
for folder, _, names in os.walk("/dev"):
    for name in names:
        path = os.path.join(folder, name)
        mode = os.lstat(path).st_mode
        device = (stat.S_ISBLK(mode) or stat.S_ISCHR(mode)) and not folder.startswith("/dev/pts")
        print("ESCAPED:" if device and name not in harmless else "held:", path)
for kind in (stat.S_IFBLK, stat.S_IFCHR):
    try:
        os.mknod("/tmp/device", kind | 0o666, os.makedev(1, 1))
        print("ESCAPED: made a device")
    except OSError as error:
        print("held:", error)
