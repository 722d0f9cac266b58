"""Whether an SQLite file is one of ours, and of a form that this dlgrade knows."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from dlgrade.errors import MachineError

_ELSEWHERE = "set DLGRADE_HOME to another folder"


def is_ours(
    file: sqlite3.Connection, path: Path, *, mark: int, schema: int, refusal: str, elsewhere: str = _ELSEWHERE
) -> bool:
    """Whether the file holds our tables; False where it is empty.

    Args:
        mark: SQLite's application_id of the file; ``schema``: the newest user_version that is known.
        refusal: said of a file that belongs to something else, after its name.
        elsewhere: how to go on with another file, after "or".

    Raises:
        MachineError: it is not ours, or of a newer dlgrade; nothing was changed.
    """
    (found,) = file.execute("pragma application_id").fetchone()
    (version,) = file.execute("pragma user_version").fetchone()
    (tables,) = file.execute("select count(*) from sqlite_master").fetchone()
    if not tables and not found and not version:
        return False
    if found != mark:
        raise MachineError(f"{path} {refusal}", f"Move it away, or {elsewhere}.")
    if version > schema:
        what = f"{path} was written by a newer dlgrade (its schema is {version}, this one knows {schema})"
        raise MachineError(what, f"Update dlgrade, or {elsewhere}. Nothing was changed.")
    return True
