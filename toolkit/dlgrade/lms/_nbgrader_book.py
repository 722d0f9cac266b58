"""Open nbgrader's gradebook so that everything written to it is written together."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlgrade.errors import MachineError, UsageError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@contextlib.contextmanager
def opened(database: Path) -> Iterator[Any]:
    """An `nbgrader.api.Gradebook` whose changes are kept when the block ends, and not where it ends in an error.

    Raises:
        UsageError: nbgrader is not installed, or the file is not its gradebook or one of another version.
        MachineError: the file cannot be written, or is in use.
    """
    try:
        import dlgrade.lms._nbgrader_api  # noqa: F401
    except ImportError:
        raise UsageError("nbgrader is not installed here", "Install it with: pip install 'dlgrade[nbgrader]'") from None
    if not database.parent.is_dir():
        raise UsageError(f"there is no folder {database.parent}", "dlgrade nbgrader init makes a course.")
    # A new one is made beside and put in its place when it is whole.
    fresh = not database.exists() or not database.stat().st_size
    file = database.with_name(f".{database.name}.{os.getpid()}") if fresh else database
    try:
        if not fresh:
            _refuse_foreign(database)
        with _told(database), _quiet(), _program_path(), _whole(file) as book:
            yield book
        if fresh:
            with _told(database):
                file.replace(database)
    finally:
        if fresh:
            file.unlink(missing_ok=True)


@contextlib.contextmanager
def _whole(file: Path) -> Iterator[Any]:
    from sqlalchemy import text
    from sqlalchemy.orm import scoped_session, sessionmaker

    from dlgrade.lms._nbgrader_api import Gradebook

    book = Gradebook(f"sqlite:///{file.absolute()}")
    try:
        book.db.remove()
        session = _session_class()
        book.db = scoped_session(sessionmaker(autoflush=True, bind=book.engine, class_=session))
        book.db.execute(text("BEGIN IMMEDIATE"))  # whoever else writes now is told at once, and not half way
        yield book
        book.db().keep()
    finally:
        book.close()


def _session_class() -> type[Session]:
    from sqlalchemy.orm import Session

    class OneCommit(Session):
        """nbgrader commits after each call; here that only sends what has changed, and `keep` commits."""

        def commit(self) -> None:
            self.flush()

        def keep(self) -> None:
            super().commit()

    return OneCommit


def _refuse_foreign(database: Path) -> None:
    from alembic.script import ScriptDirectory

    from dlgrade.lms._nbgrader_api import ALEMBIC_DIR

    try:
        with contextlib.closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as file:
            tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            ours = {"alembic_version", "submitted_assignment"} <= tables
            version = file.execute("SELECT version_num FROM alembic_version").fetchone() if ours else None
    except sqlite3.Error as error:
        raise UsageError(f"{database} cannot be read as a gradebook of nbgrader: {error}", _WHICH) from None
    if not ours or version is None:
        raise UsageError(f"{database} is not a gradebook of nbgrader", _WHICH)
    if version[0] != ScriptDirectory(ALEMBIC_DIR).get_current_head():
        raise UsageError(f"{database} is of another version of nbgrader than the one installed here",
                         "Make a copy of it, then: nbgrader db upgrade")  # fmt: skip


_WHICH = "Name the gradebook.db of the course; a name that is not there yet makes a new one."


@contextlib.contextmanager
def _told(database: Path) -> Iterator[None]:
    """What SQLite and SQLAlchemy say, in one line."""
    from sqlalchemy.exc import SQLAlchemyError

    from dlgrade.lms._nbgrader_api import InvalidEntry

    try:
        yield
    except (SQLAlchemyError, InvalidEntry, OSError) as error:
        told = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error).splitlines()[0]
        mend = "Nothing was changed."
        if "locked" in told:
            mend += " Another program is writing to it; close formgrader or wait, then export again."
        raise MachineError(f"{database} cannot be written: {told}", mend) from None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """nbgrader logs a traceback for what is told in one line here, and leads SQLAlchemy to warn of its own calls."""
    from sqlalchemy.exc import SAWarning

    log = logging.getLogger("tornado.application")
    before, log.disabled = log.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)
            yield
    finally:
        log.disabled = before


@contextlib.contextmanager
def _program_path() -> Iterator[None]:
    """For a new gradebook nbgrader runs the program ``alembic``, which lies beside this Python."""
    before = os.environ.get("PATH")
    os.environ["PATH"] = os.pathsep.join(filter(None, [str(Path(sys.executable).parent), before]))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before
