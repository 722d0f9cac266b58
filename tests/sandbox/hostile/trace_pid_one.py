"""Stops pid 1 by tracing it: bubblewrap would wait for it for ever.

must: hold
"""

import ctypes

libc = ctypes.CDLL(None, use_errno=True)
for name, request in {"attach": 16, "seize": 0x4206, "traceme": 0}.items():
    result = libc.ptrace(request, 1, None, None)
    print("held:" if result == -1 and ctypes.get_errno() == 1 else "ESCAPED:", name, ctypes.get_errno())
