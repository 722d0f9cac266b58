"""Writes to the interpreter, to the submission and to every other place but its own.

must: hold
"""

import json
import os
import sys

facts = json.loads(os.environ["FACTS"])
places = [
    "/",
    "/usr",
    "/usr/bin",
    "/etc",
    "/dev",
    "/sys",
    "/proc",
    "/proc/1",
    "/root",
    "/home",
    "/run",
    "/var",
]
places += [
    os.path.dirname(os.path.realpath(sys.executable)),
    os.path.dirname(os.__file__),
    facts["submission"],
]
for place in places:
    try:
        open(os.path.join(place, "written"), "w").close()
        print("ESCAPED: wrote to", place)
    except OSError as error:
        print("held:", error)
for name in (facts["submitted"], os.__file__, os.path.realpath(sys.executable)):
    for attempt in (
        lambda n: open(n, "r+b").close(),
        os.unlink,
        lambda n: os.chmod(n, 0o777),
        lambda n: os.rename(n, n + "x"),
    ):
        try:
            attempt(name)
            print("ESCAPED: changed", name)
        except OSError as error:
            print("held:", error)
