"""Computes for ever.

must: cpu
under: cpu_seconds=0.4 wall_seconds=30
"""

while True:
    pass
