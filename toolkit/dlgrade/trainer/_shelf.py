"""Finished trainings, kept as data so that an identical one need not be done again.

Promises: a training is found again only by all that its outcome depends on; what is read is checked like anything that
comes over the wire, and what cannot be read is trained again. Several processes may use one shelf.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dlgrade import recipe, wire
from dlgrade.graph import Graph, fingerprint
from dlgrade.machine import processor_name
from dlgrade.recipe import Recipe
from dlgrade.trainer._images import Images

_FORM = 1


@dataclass(frozen=True)
class Shelf:
    """A folder of finished trainings; made where it is missing."""

    folder: Path

    def key(
        self, graph: Graph, wanted: Recipe, training: Images, test: Images, *, seed: int, permute: bool, device: str
    ) -> str:
        """SHA-256 of all that the outcome of a training depends on."""
        parts = [
            _FORM, fingerprint(graph, values=True), recipe.to_plain(wanted), _digest(training), _digest(test), seed,
            permute, device, torch.__version__, processor_name(),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()

    def get(self, key: str) -> dict[str, Any] | None:
        """What was put under a key; None where nothing was, or it cannot be read."""
        with contextlib.suppress(OSError, wire.WireError):
            found = wire.receive(io.BytesIO((self.folder / f"{key}.training").read_bytes()))
            return found if isinstance(found, dict) and found.keys() == {"summary", "values", "layout"} else None
        return None

    def put(self, key: str, kept: dict[str, Any]) -> None:
        """Keep it, whole or not at all; a disk that is full or read-only costs time later, no result now."""
        stream = io.BytesIO()
        with contextlib.suppress(OSError, wire.TooLarge):
            wire.send(stream, kept)
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = self.folder / f".{key}.{os.getpid()}"
            try:
                partial.write_bytes(stream.getvalue())
                partial.replace(self.folder / f"{key}.training")
            except OSError:
                partial.unlink(missing_ok=True)


_DIGESTS: dict[int, tuple[Images, str]] = {}


def _digest(images: Images) -> str:
    """Of the pixels and labels; once per process, for they are the same from one submission to the next."""
    known = _DIGESTS.get(id(images))
    if known is None or known[0] is not images:
        total = hashlib.sha256(str(tuple(images.pixels.shape)).encode())
        total.update(images.pixels.contiguous().numpy().tobytes())
        total.update(images.labels.contiguous().numpy().tobytes())
        known = _DIGESTS[id(images)] = (images, total.hexdigest())
    return known[1]
