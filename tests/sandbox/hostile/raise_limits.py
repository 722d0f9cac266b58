"""Raises its own limits.

must: hold
under: processes=20 file_bytes=1000000 cpu_seconds=20
"""

import resource

for name in ("RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CPU", "RLIMIT_CORE", "RLIMIT_NOFILE"):
    number = getattr(resource, name)
    hard = resource.getrlimit(number)[1]
    try:
        resource.setrlimit(number, (hard + 1, hard + 1))
        print("ESCAPED:", name)
    except (OSError, ValueError) as error:
        print("held:", name, error)
