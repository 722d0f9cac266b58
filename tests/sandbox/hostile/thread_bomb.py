"""Starts threads as long as it can.

must: hold
under: processes=20 wall_seconds=20
"""

import threading
import time

started = 1
try:
    for _ in range(200):
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
        started += 1
except RuntimeError:
    pass
print("held:" if 2 < started <= 20 else "ESCAPED:", started, "threads")
