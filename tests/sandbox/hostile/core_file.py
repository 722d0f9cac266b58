"""Dies with a core dump.

must: signal
"""

import ctypes
import resource

print("held:" if resource.getrlimit(resource.RLIMIT_CORE) == (0, 0) else "ESCAPED:", flush=True)
ctypes.string_at(0)
