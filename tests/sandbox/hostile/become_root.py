"""Becomes root: by asking, by a program with the set-uid bit, by a made-up set-uid file.

must: hold
"""

import os
import shutil
import subprocess

print("held:" if os.getuid() == os.geteuid() == 1000 else "ESCAPED: is", os.getuid(), os.geteuid())
for attempt in (
    os.setuid,
    os.setgid,
    os.seteuid,
    os.setegid,
    lambda n: os.setgroups([n]),
    lambda n: os.chroot("/tmp"),
):
    try:
        attempt(0)
        print("ESCAPED:", attempt)
    except OSError as error:
        print("held:", error)
shutil.copy("/usr/bin/id", "/tmp/id")
os.chmod("/tmp/id", 0o6755)
try:
    said = subprocess.run(["/tmp/id", "-u"], capture_output=True, text=True).stdout.strip()
    print("held:" if said == "1000" else "ESCAPED: set-uid file:", said)
except PermissionError as error:  # in a cell no program is run
    print("held:", error)
lines = []
if os.path.exists("/proc/self/status"):  # not in a cell, which asks the kernel in `_inside_cell`
    with open("/proc/self/status") as file:
        lines = [line for line in file if line.startswith(("Cap", "NoNewPrivs", "Seccomp:"))]
for line in lines:
    name, value = line.split(":")
    wanted = {"NoNewPrivs": 1, "Seccomp": 2}.get(name, 0)
    print("held:" if int(value, 16) == wanted else "ESCAPED:", line.strip())
