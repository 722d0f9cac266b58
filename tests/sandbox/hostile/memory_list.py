"""Takes memory as fast as it can.

must: memory
under: memory_bytes=100000000 wall_seconds=30
"""

held = []
while len(held) < 300:
    held.append(b"x" * 10_000_000)
print("ESCAPED: holds 3 GB")
