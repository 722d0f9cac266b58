"""Changes settings of the kernel: core_pattern would run a program of ours outside, as root.

must: hold
"""

for name in (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/hostname",
    "/proc/sys/vm/drop_caches",
    "/proc/sysrq-trigger",
    "/proc/self/uid_map",
):
    try:
        with open(name, "w") as file:
            file.write("0")
        print("ESCAPED: wrote", name)
    except OSError as error:
        print("held:", error)
