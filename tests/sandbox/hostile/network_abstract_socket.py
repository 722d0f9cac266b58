"""Connects to a Unix socket of the host that has a name instead of a file.

must: hold
"""

import json
import os
import socket

try:
    socket.socket(socket.AF_UNIX).connect(json.loads(os.environ["FACTS"])["abstract"])
    print("ESCAPED: connected")
except OSError as error:
    print("held:", error)
