"""Hostile and honest submissions, graded for real: the header of each says what must come of it."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import queue
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from types import ModuleType

import psutil
import pytest
from tests.wall.record import proven

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROCESSES = 2
PROVEN = proven()
KINDS = ("network", "functions", "training_loop")


def _corpus() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wall_corpus", HERE / "corpus.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["wall_corpus"] = module
    spec.loader.exec_module(module)
    return module


corpus = _corpus()
ENTRIES = [corpus.entry(path) for path in (*corpus.HOSTILE, *corpus.HONEST) if path.suffix == ".py" or path.is_dir()]
PLAIN = ("leaves_daemons", "exits_in_init", "function_changes_its_arguments", "memory_bomb", "loops_in_forward")


def _by_name(name: str) -> object:
    return next(one for one in ENTRIES if one.path.stem == name)


class Canaries:
    """Real things outside that no submission may read, change, reach or stop."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self.mark = secrets.token_hex(8)
        self.gradebook = folder / "gradebook.sqlite"
        self.neighbour = folder / "neighbour" / "code6.py"
        self.neighbour.parent.mkdir()
        self.held = {self.gradebook: secrets.token_hex(16), self.neighbour: secrets.token_hex(16)}
        for file, text in self.held.items():
            file.write_text(f"{text}\n")
        self.secret = secrets.token_hex(16)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0{self.mark}")
        self.abstract.listen()
        for listener in (self.server, self.abstract):
            listener.setblocking(False)
        self.process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        self.mounts = Path("/proc/self/mountinfo").read_text() if sys.platform == "linux" else ""

    @property
    def facts(self) -> dict[str, str]:
        """What a source finds in place of ``@NAME@``, and what no report may tell."""
        from dlgrade.data import data_root

        return {
            "GRADEBOOK": str(self.gradebook),
            "NEIGHBOUR": str(self.neighbour),
            "GRADERS": str(ROOT / "graders/code6"),
            "LABELS": str(data_root()),
            "PORT": str(self.server.getsockname()[1]),
            "ABSTRACT": self.mark,
            "PID": str(self.process.pid),
            "MARK": self.mark,
            "SECRET": self.secret,
            "GRADEBOOK_HOLDS": self.held[self.gradebook],
            "NEIGHBOUR_HOLDS": self.held[self.neighbour],
        }

    def touched(self) -> list[str]:
        """Which of them were not left alone."""
        found = [f"{file.name} was changed" for file, text in self.held.items() if file.read_text() != f"{text}\n"]
        strangers = {p.name for p in self.gradebook.parent.rglob("*")} - {"gradebook.sqlite", "neighbour", "code6.py"}
        found += [f"{name} was put beside the gradebook" for name in strangers]
        found += ["a process was stopped"] if self.process.poll() is not None else []
        for listener in (self.server, self.abstract):
            with contextlib.suppress(BlockingIOError):
                listener.accept()
                found.append(f"{listener.getsockname()} was called")
        return found

    def left(self, folder: Path) -> list[str]:
        """What the corpus left behind: processes that carry its mark, mounts, temporary files."""
        found = [f"process {p.info['pid']}" for p in psutil.process_iter(["pid", "cmdline", "environ"])
                 if self.mark in repr(p.info["cmdline"]) + repr(p.info["environ"])]  # fmt: skip
        # torch keeps an empty folder of its own there, made when it is imported.
        found += [str(path) for path in folder.iterdir() if not path.name.startswith("torchinductor_")]
        found += ["a mount"] if self.mounts and self.mounts != Path("/proc/self/mountinfo").read_text() else []
        return found

    def close(self) -> None:
        """Stop listening, let the process go."""
        for listener in (self.server, self.abstract):
            listener.close()
        self.process.communicate(b"\n")


class Graders:
    """Some grader processes side by side; each takes the next submission when it has finished one."""

    def __init__(self, canaries: Canaries, folder: Path) -> None:
        facts = folder.parent / "facts.json"
        facts.write_text(json.dumps(canaries.facts))
        self._waiting: queue.SimpleQueue[tuple[str, Future[list[str]]] | None] = queue.SimpleQueue()
        self._asked: dict[tuple[str, str], Future[list[str]]] = {}
        environment = {
            **os.environ,
            "DLGRADE_COURSE": str(ROOT),
            "SECRET_OF_THE_GRADER": canaries.secret,
            "TMPDIR": str(folder),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        command = [sys.executable, str(HERE / "corpus.py"), str(facts)]
        self._processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
            for _ in range(PROCESSES)
        ]
        self._threads = [threading.Thread(target=self._work, args=(process,)) for process in self._processes]
        for thread in self._threads:
            thread.start()

    def ask(self, path: Path, isolation: str = "auto") -> Future[list[str]]:
        """The complaints about one submission, when they come."""
        key = (str(path), isolation)
        if key not in self._asked:
            self._asked[key] = Future()
            self._waiting.put(("\t".join(key), self._asked[key]))
        return self._asked[key]

    def _work(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        while (task := self._waiting.get()) is not None:
            line, future = task
            try:
                print(line, file=process.stdin, flush=True)
                future.set_result(json.loads(process.stdout.readline()))
            except Exception as error:
                future.set_exception(AssertionError(f"the grader's process ended: {error!r}"))

    def close(self) -> None:
        """Let the processes end; their trainers end with them."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread, process in zip(self._threads, self._processes, strict=True):
            thread.join()
            process.communicate()
        self._threads, self._processes = [], []


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Temporary files of the graders; nothing but they writes there."""
    with tempfile.TemporaryDirectory(prefix="wall-") as path:
        Path(path).chmod(0o755)
        inner = Path(path, "tmp")
        inner.mkdir(mode=0o755)
        yield inner


@pytest.fixture(scope="module")
def canaries() -> Iterator[Canaries]:
    with tempfile.TemporaryDirectory(prefix="wall-canaries-") as path:
        found = Canaries(Path(path))
        yield found
        found.close()


def left_out(one: object) -> bool:
    """Whether this entry is known to hold for today's files; every tenth is tried all the same."""
    return PROVEN and ENTRIES.index(one) % 10 != 3  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def graders(canaries: Canaries, folder: Path, request: pytest.FixtureRequest) -> Iterator[Graders]:
    """All that is selected is asked for at once; each test waits for its own."""
    found = Graders(canaries, folder)
    for item in request.session.items:
        call = getattr(item, "callspec", None)
        asked = call is not None and "one" in call.params and item.path == request.path
        if asked and not left_out(call.params["one"]):
            found.ask(call.params["one"].path, call.params.get("isolation", "auto"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def walled() -> bool:
    from dlgrade import sandbox

    return sandbox.probe().holds


@pytest.mark.timeout(600)
@pytest.mark.parametrize("one", ENTRIES, ids=lambda one: f"{one.path.parent.name}-{one.path.stem}")
def test_a_submission_gets_what_its_header_says(
    one: object, graders: Graders, canaries: Canaries, walled: bool
) -> None:
    if left_out(one):
        pytest.skip("held when all of it was run for these files; make wall runs it again")
    said = one.said  # type: ignore[attr-defined]
    if said.get("Needs") == "sandbox" and not walled:
        pytest.skip("there is no sandbox here")
    assert graders.ask(one.path).result() == []  # type: ignore[attr-defined]
    assert canaries.touched() == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("isolation", ["cell"])
@pytest.mark.parametrize("one", ENTRIES, ids=lambda one: f"{one.path.parent.name}-{one.path.stem}")
def test_in_a_cell_it_gets_the_same(
    one: object, isolation: str, graders: Graders, canaries: Canaries, walled: bool
) -> None:
    if left_out(one):
        pytest.skip("held when all of it was run for these files; make wall runs it again")
    if not walled:
        pytest.skip("there is no sandbox here")
    assert graders.ask(one.path, isolation).result() == []  # type: ignore[attr-defined]
    assert canaries.touched() == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("isolation", ["plain"])
@pytest.mark.parametrize("one", [_by_name(name) for name in PLAIN], ids=PLAIN)
def test_without_a_wall_it_ends_as_well(one: object, isolation: str, graders: Graders) -> None:
    if left_out(one):
        pytest.skip("held when all of it was run for these files; make wall runs it again")
    assert graders.ask(one.path, isolation).result() == []  # type: ignore[attr-defined]


def test_the_canary_sings_where_there_is_no_wall(graders: Graders) -> None:
    """Otherwise the tests above would pass whatever the wall is like."""
    one = _by_name("reads_the_gradebook")
    told = graders.ask(one.path, "plain").result()  # type: ignore[attr-defined]
    assert any(text.startswith("it told") for text in told)


def test_nothing_is_left_when_all_of_it_has_run(graders: Graders, canaries: Canaries, folder: Path) -> None:
    for asked in graders._asked.values():
        asked.exception()
    graders.close()
    end = time.monotonic() + 10
    while canaries.left(folder) and time.monotonic() < end:
        time.sleep(0.1)
    assert canaries.left(folder) == []
    assert canaries.touched() == []


def test_the_corpus_is_as_large_as_it_says() -> None:
    hostile = [one for one in ENTRIES if one.path.parent.name == "hostile"]
    assert len(hostile) >= 130
    assert {kind: sum(one.said["Kind"] == kind for one in hostile) >= 12 for kind in KINDS} == dict.fromkeys(
        KINDS, True
    )
    assert len(ENTRIES) - len(hostile) >= 25
    for one in ENTRIES:
        assert one.said["Kind"] in KINDS, one.path
        assert one.said["Must"], one.path
        assert ("Attack" in one.said) == (one in hostile), one.path
