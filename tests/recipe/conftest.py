"""A recipe travels as in a grading run: described, sent over the wire, received, read."""

from __future__ import annotations

import io
from typing import Any

import pytest
import torch

from dlgrade import wire


def through_the_wire(body: Any) -> Any:
    stream = io.BytesIO()
    wire.send(stream, body)
    stream.seek(0)
    return wire.receive(stream)


@pytest.fixture
def carried() -> Any:
    return through_the_wire


@pytest.fixture(autouse=True)
def _single_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def transforms() -> Any:
    """Both versions of torchvision's transforms, as (v1, v2)."""
    from dlgrade.recipe import ensure_torchvision

    assert ensure_torchvision()
    from torchvision import transforms as first
    from torchvision.transforms import v2

    return first, v2
