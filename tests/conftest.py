"""Shared by all tests: the repository's course, the command line in this process, submissions as text."""

from __future__ import annotations

import contextlib
import io
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.browser import PROGRAM, Browser

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The one process that all tests share."""
    if PROGRAM is None:
        pytest.skip("needs a browser: chromium is not installed")
    started = Browser()
    try:
        yield started
    finally:
        started.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """A browser without pages; those opened are closed after the test."""
    yield chromium
    chromium.close_pages()


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What commands keep for their user goes to a folder of the tests."""
    monkeypatch.setenv("DLGRADE_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def dlgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Ran]]:
    """Run the command line in an empty folder, with the repository's course unless another is set."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("DLGRADE_COURSE", str(ROOT))

    def run(*args: object) -> Ran:
        from dlgrade.cli import main

        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main([str(arg) for arg in args])
        code = ended.value.code
        assert isinstance(code, int)
        return Ran(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Write a submission from indented text and return its path."""

    def write(text: str, name: str = "code6.py") -> Path:
        path = tmp_path / name
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    return write
