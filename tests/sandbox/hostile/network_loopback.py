"""Connects to a server that listens on this machine, on its own loopback and by every name of the host.

must: hold
"""

import json
import os
import socket

port = json.loads(os.environ["FACTS"])["port"]
for address in ("127.0.0.1", "0.0.0.0", "localhost"):
    try:
        socket.create_connection((address, port), timeout=2).close()
        print("ESCAPED: connected to", address)
    except OSError as error:
        print("held:", address, error)
