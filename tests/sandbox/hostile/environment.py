"""Looks for anything of the grader's environment.

must: hold
"""

import glob
import os

seen = "\0".join(f"{name}={value}" for name, value in os.environ.items() if name != "FACTS")
for name in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try:
        with open(name, "rb") as file:
            seen += file.read().decode(errors="replace")
    except OSError as error:
        print("held:", error)
print("ESCAPED: a secret" if "hunter2" in seen else "held: no secret")
