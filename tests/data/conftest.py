"""A made-up data set of a few kilobytes, servers and programs that misbehave, and the real data sets."""

import contextlib
import gzip
import hashlib
import http.server
import io
import os
import random
import struct
import sys
import tarfile
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from dlgrade import data
from dlgrade.data import _catalog

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
TRAIN, TEST = 40, 20


def idx(values, *shape):
    return bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + bytes(values)


def spec(name, content):
    sums = hashlib.md5(content).hexdigest(), hashlib.sha256(content).hexdigest()
    return _catalog.FileSpec(name, len(content), *sums)


@dataclass
class Tiny:
    """The made-up data set: `files` are what was published, `folder` is where the cache keeps them."""

    root: Path
    files: dict[str, bytes]
    entry: _catalog.Entry
    monkeypatch: pytest.MonkeyPatch

    @property
    def folder(self):
        return self.root / "Tiny" / "raw"

    @property
    def on_disk(self):
        return {p.name: p.read_bytes() for p in self.folder.iterdir()} if self.folder.exists() else {}

    @property
    def images(self):
        """The folder's largest file, which is asked for first."""
        return self.folder / NAMES[0]

    def comes_from(self, *sources):
        self.entry = replace(self.entry, sources=sources)
        self.monkeypatch.setitem(_catalog.CATALOG, "tiny", self.entry)

    def put(self, **instead):
        """Fill the cache, with other content for the files whose first word is given (``train_images``)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (self.folder / name).write_bytes(instead.get("_".join(name.split("-")[:2]), content))


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    rng = random.Random(7)
    parts = []
    for count in (TRAIN, TEST):
        parts.append(idx(rng.randbytes(count * 28 * 28), count, 28, 28))
        parts.append(idx([i % 10 for i in range(count)], count))
    files = dict(zip(NAMES, parts, strict=True))
    specs = tuple(spec(name, content) for name, content in files.items())
    entry = _catalog.Entry("tiny", "Tiny", "Tiny", tuple("0123456789"), specs, ())
    made = Tiny(tmp_path / "root", files, entry, monkeypatch)
    made.comes_from()
    monkeypatch.setenv("DLGRADE_DATA", str(made.root))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return made


@dataclass
class Server:
    """A web server whose answers are functions of the request handler; `asked` lists the paths in order."""

    address: str = ""
    answers: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def publish(self, files):
        for name, content in files.items():
            self.answers[f"/{name}.gz"] = self.whole(gzip.compress(content))

    @staticmethod
    def whole(body, status=200):
        def answer(handler):
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        return answer

    @staticmethod
    def broken_off(body, then=lambda: None):
        """Announce all of `body`, send half of it, call `then`, hang up."""

        def answer(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body[: len(body) // 2])
            handler.wfile.flush()
            then()

        return answer

    @staticmethod
    def after(wait, body):
        """Answer at once, then call `wait`, then send `body`."""

        def answer(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.flush()
            wait()
            handler.wfile.write(body)

        return answer


@pytest.fixture
def server():
    made = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            made.asked.append(self.path)
            with contextlib.suppress(OSError):
                made.answers.get(self.path, made.whole(b"<html>not here</html>", 404))(self)

        def log_message(self, *_):
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    made.address = f"http://127.0.0.1:{listening.server_port}/"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.done.set()
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture
def archive():
    """A function from members (name to content) to a tar archive; `before` are finished TarInfos."""

    def make(members, mode="w:gz", before=()):
        memory = io.BytesIO()
        with tarfile.open(fileobj=memory, mode=mode) as tar:
            for info in before:
                tar.addfile(info, io.BytesIO(b"x" * info.size) if info.size else None)
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return memory.getvalue()

    return make


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a program on the PATH, in front of the real one; its body is Python."""
    if os.name == "nt":
        pytest.skip("made-up programs are scripts with a #! line")
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)

    def make(name, body):
        (folder / name).write_text(f"#!{sys.executable}\nimport os, pathlib, shutil, sys\n{body}\n")
        (folder / name).chmod(0o755)

    return make


@pytest.fixture(scope="session")
def mnist():
    """The real MNIST; fetched into the user's cache where it is not there yet."""
    return data.load("mnist")


@pytest.fixture(scope="session")
def fashion():
    """The real Fashion-MNIST, likewise."""
    return data.load("fashion-mnist")
