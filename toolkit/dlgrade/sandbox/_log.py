"""Keeps the end of what a process writes to its standard error."""

from __future__ import annotations

import os
import threading
from typing import BinaryIO


class Log:
    """Reads a stream on a thread of its own until it ends, so that the writer never waits for anyone."""

    def __init__(self, stream: BinaryIO, keep: int) -> None:
        self._stream, self._keep = stream, keep
        self._end = bytearray()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, name="dlgrade-log", daemon=True)
        self._thread.start()

    def text(self) -> str:
        """The last bytes as text. Not made safe for terminals or HTML: that is done where it is shown."""
        with self._lock:
            return bytes(self._end[-self._keep :]).decode("utf-8", errors="replace")

    def finish(self, timeout: float) -> None:
        """Wait for the end of the stream and close it; left to its thread where someone still holds it."""
        self._thread.join(timeout)
        if not self._thread.is_alive():
            self._stream.close()

    def _read(self) -> None:
        descriptor = self._stream.fileno()
        while True:
            try:
                piece = os.read(descriptor, 1 << 16)
            except OSError:
                return
            if not piece:
                return
            with self._lock:
                self._end += piece
                if len(self._end) > 2 * self._keep + len(piece):
                    del self._end[: -self._keep]
