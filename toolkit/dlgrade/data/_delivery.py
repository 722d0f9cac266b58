"""Where sources hand in what they have: checked, put in place, counted, announced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dlgrade.data import _store
from dlgrade.data._nouns import Progress

if TYPE_CHECKING:
    from dlgrade.data._catalog import FileSpec


class Desk:
    """Takes files from one source after the other until none is needed any more."""

    def __init__(self, folder: Path, needed: Sequence[FileSpec], progress: Callable[[Progress], None] | None) -> None:
        self.folder = folder
        self.needed = tuple(needed)
        self._progress = progress
        self._total = sum(spec.size for spec in needed)
        self._arrived = 0

    def say(self, text: str, so_far: int = 0) -> None:
        """Announce `text`, with `so_far` bytes of the current file arrived."""
        if self._progress is not None:
            self._progress(Progress(text, self._arrived + so_far, self._total))

    def warn(self, text: str) -> None:
        """Announce something that should stay on the screen."""
        if self._progress is not None:
            self._progress(Progress(text, self._arrived, self._total, notice=True))

    def take(self, spec: FileSpec, stream: _store.Stream, origin: str) -> None:
        """Put the file of `spec` in place out of `stream`.

        Raises:
            SourceError: the stream broke off or holds something else.
            DataError: the cache cannot be written.
        """
        text = f"{spec.name} from {origin}"
        self.say(text)
        _store.place(spec, self.folder, stream, lambda size: self.say(text, min(size, spec.size)))
        self.needed = tuple(other for other in self.needed if other != spec)
        self._arrived += spec.size
