"""Types into the terminal of whoever started it.

must: hold
"""

import errno
import fcntl
import os

try:
    os.close(os.open("/dev/tty", os.O_RDWR))
    print("ESCAPED: has a terminal")
except OSError as error:
    print("held:", error)
try:
    main, second = os.openpty()
except OSError as error:  # in a cell there are no terminals at all
    print("held:", error)
    raise SystemExit from None
for request in (0x5412, 0x541C, 0x5412 | 1 << 40):  # TIOCSTI, TIOCLINUX; the kernel ignores the high bits
    try:
        fcntl.ioctl(second, request & 0xFFFFFFFF if request < 1 << 32 else request, b"x")
        print("ESCAPED: typed")
    except OSError as error:
        print("held:" if error.errno == errno.EPERM else "ESCAPED: not by the filter:", error)
    except OverflowError as error:
        print("held:", error)
