"""Collect what a builder laid out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlgrade.intake import Collection, collect


@pytest.fixture
def taken(tmp_path: Path) -> Callable[..., Collection]:
    """`collect` with a folder for unpacking."""

    def take(source: Path, assignment: str = "code6", **options: object) -> Collection:
        return collect(source, assignment, tmp_path / "into", **options)  # type: ignore[arg-type]

    return take
