"""Reads a file of the grader's: by name, through a link, through /proc, by going up.

must: hold
"""

import json
import os

canary = json.loads(os.environ["FACTS"])["canary"]
os.symlink(canary, "/tmp/link")
ways = [canary, "/tmp/link", "/proc/self/root" + canary, "/proc/self/cwd/../../../../.." + canary]
ways += ["/etc/shadow", "/etc/machine-id", "/var/log/dpkg.log", "/oldroot" + canary, "/newroot" + canary]
for name in ways:
    try:
        with open(name) as file:
            print("ESCAPED: read", name, len(file.read()))
    except OSError as error:
        print("held:", error)
