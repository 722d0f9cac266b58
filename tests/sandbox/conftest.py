"""What the tests of the sandbox share: whether it can be tried here, and that nothing is left behind."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from dlgrade.errors import MachineError
from dlgrade.sandbox import Limits, _cgroup, _host, start

MARK = "DLGRADE_TEST"


def marked(mark: str) -> list[int]:
    """The processes that carry a mark in their environment; bubblewrap's own do, too."""
    found = []
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdecimal() and f"{MARK}={mark}".encode() in Path(f"/proc/{name}/environ").read_bytes():
                found.append(int(name))
    return found


def disappears(mark: str, seconds: float = 5.0) -> bool:
    """Whether no marked process is left, soon."""
    end = time.monotonic() + seconds
    while marked(mark):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(scope="session")
def corpus() -> ModuleType:
    """`corpus.py`, which is a program too."""
    spec = importlib.util.spec_from_file_location("sandbox_corpus", Path(__file__).with_name("corpus.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment that marks what is started with it."""
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "hunter2")
    return {MARK: uuid.uuid4().hex}


def _left() -> dict[str, object]:
    parent = _cgroup.parent()
    return {
        "mounts": Path("/proc/self/mountinfo").read_text(),
        "folders": sorted(Path(tempfile.gettempdir()).glob("dlgrade-*")),
        "control groups": sorted(parent.glob(f"dlgrade-{os.getpid()}-*")) if parent else [],
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


@pytest.fixture
def leaves_nothing(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test that leaves a process, mount, folder, control group or descriptor behind."""
    with tempfile.TemporaryDirectory(prefix="test-sandbox-") as folder:  # others may use the usual one now
        Path(folder).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.setenv("TMPDIR", folder)
        with contextlib.suppress(MachineError, OSError):
            start(["/bin/true"], limits=Limits(), isolation="plain").close()  # the guardian stays, once started
        before = _left()
        yield
        assert disappears(environment[MARK]), "a process is left"
        assert _left() == before


@pytest.fixture
def disappeared(environment: dict[str, str]) -> Callable[[], bool]:
    """Waits a little for everything to be gone that this test started."""
    return lambda: disappears(environment[MARK])


@pytest.fixture
def bubblewrap() -> str:
    """The path of bubblewrap; skips the test where there is none."""
    if sys.platform != "linux":
        pytest.skip("the sandbox is for Linux")
    command = _host.bubblewrap()
    if command is None:
        pytest.skip("bubblewrap is not installed")
    return command


@pytest.fixture
def open_folder() -> Iterator[Callable[[], Path]]:
    """Makes folders that any uid may walk to; pytest's own are for their owner only."""
    with contextlib.ExitStack() as stack:

        def make() -> Path:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="test-sandbox-")))
            folder.chmod(0o755)
            return folder

        yield make
