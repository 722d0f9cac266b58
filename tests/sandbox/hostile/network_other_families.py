"""Opens sockets that know no network namespace or reach seldom used corners of the kernel.

must: hold
"""

import errno
import socket

for name, family in {"vsock": 40, "netlink": 16, "packet": 17, "bluetooth": 31, "alg": 38, "can": 29}.items():
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(family, kind).close()
            print("ESCAPED: opened", name)
        except OSError as error:
            print("held:" if error.errno == errno.EAFNOSUPPORT else "ESCAPED: not by the filter:", name, error)
