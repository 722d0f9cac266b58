"""What is used of nbgrader, which is an extra and slow to import: nothing else here imports it."""

from nbgrader.api import Gradebook, InvalidEntry, MissingEntry  # type: ignore[import-untyped]
from nbgrader.dbutil import ALEMBIC_DIR  # type: ignore[import-untyped]
from nbgrader.preprocessors import (  # type: ignore[import-untyped]
    ClearSolutions,
    ComputeChecksums,
    Execute,
    NbGraderPreprocessor,
)
from nbgrader.utils import is_grade, is_locked, is_solution  # type: ignore[import-untyped]

__all__ = [
    "ALEMBIC_DIR",
    "ClearSolutions",
    "ComputeChecksums",
    "Execute",
    "Gradebook",
    "InvalidEntry",
    "MissingEntry",
    "NbGraderPreprocessor",
    "is_grade",
    "is_locked",
    "is_solution",
]
