"""A trainer that remembers whether its process failed, which is never the submission's fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dlgrade.trainer import Trainer


class Watched(Trainer):
    """A `Trainer`; `failed` is set when its process was killed or broke down under one of the questions."""

    failed = False

    def overfit(self, *args: Any, **named: Any) -> Any:
        """See `Trainer.overfit`."""
        with self._watched():
            return super().overfit(*args, **named)

    def train(self, *args: Any, **named: Any) -> Any:
        """See `Trainer.train`."""
        with self._watched():
            return super().train(*args, **named)

    def evaluate(self, *args: Any, **named: Any) -> Any:
        """See `Trainer.evaluate`."""
        with self._watched():
            return super().evaluate(*args, **named)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError:
            self.failed = True
            raise
