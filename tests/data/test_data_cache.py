"""The cache: a wrong file is never used, a new file is whole or not there, whoever is at it."""

import contextlib
import gzip
import hashlib
import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dlgrade import data
from dlgrade.data import _catalog
from dlgrade.data._sources import Mirror
from dlgrade.errors import DataError

# What another process does: the same catalogue entry, then `get`. Ctrl-C must work even where the tests run
# in the background, which has SIGINT ignored.
OTHER = """
import pickle, signal, sys
from dlgrade import data
from dlgrade.data import _catalog
signal.signal(signal.SIGINT, signal.default_int_handler)
_catalog.CATALOG["tiny"] = pickle.loads(bytes.fromhex(sys.argv[1]))
data.get("tiny")
"""


def another_process(tiny):
    command = [sys.executable, "-c", OTHER, pickle.dumps(tiny.entry).hex()]
    path = os.pathsep.join(sys.path)
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.PIPE, text=True)


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


WRONG = [
    pytest.param(lambda good: good[:-1], "31,375 bytes, wanted 31,376, cut short", id="truncated"),
    pytest.param(lambda good: b"", "0 bytes, wanted 31,376, cut short", id="empty"),
    pytest.param(lambda good: good + b"\0", "31,377 bytes, wanted 31,376", id="too-long"),
    pytest.param(lambda good: flipped(good, 20_000), "its SHA-256 is", id="one-bit"),
    pytest.param(
        lambda good: b"\0\0\x08\x01" + good[4:],
        "starts with 00000801, wanted the idx magic number 00000803",
        id="magic",
    ),
    pytest.param(gzip.compress, "still packed (gzip); unpacked it should have 31,376 bytes", id="gz"),
    pytest.param(lambda good: b"<!doctype html>", "it is a web page", id="web-page"),
]


@pytest.mark.parametrize(("content", "why"), WRONG)
def test_a_wrong_file_is_refused_by_name_and_left_alone(tiny, content, why):
    bad = content(tiny.files[tiny.images.name])
    tiny.put(train_images=bad)
    with pytest.raises(DataError) as caught:
        data.load("tiny")
    assert caught.value.what.startswith(f"{tiny.images} is not the published file: ")
    assert why in caught.value.what
    assert "dlgrade data get tiny" in caught.value.mend
    assert tiny.images.read_bytes() == bad


@pytest.mark.parametrize(("content", "why"), WRONG)
def test_verify_says_of_each_file_what_is_wrong(tiny, content, why):
    tiny.put(train_images=content(tiny.files[tiny.images.name]))
    (tiny.folder / "t10k-labels-idx1-ubyte").unlink()
    images, *others = data.verify("tiny")
    assert (images.path, images.state) == (tiny.images, "wrong")
    assert why in images.why
    assert [(state.state, state.why) for state in others] == [
        ("present", ""),
        ("present", ""),
        ("absent", ""),
    ]


def test_a_wrong_file_is_refused_before_absent_ones_are_fetched(tiny, server):
    server.publish(tiny.files)
    tiny.comes_from(Mirror(server.address))
    tiny.put(train_images=b"wrong")
    (tiny.folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="train-images-idx3-ubyte is not the published file"):
        data.load("tiny")
    assert server.asked == []


def test_get_replaces_a_wrong_file_after_saying_so(tiny, server):
    server.publish(tiny.files)
    tiny.comes_from(Mirror(server.address))
    tiny.put(train_images=b"wrong")
    steps = []
    data.get("tiny", progress=steps.append)
    assert tiny.on_disk == tiny.files
    assert steps[0].notice
    assert re.search(r"train-images-idx3-ubyte .*will be replaced", steps[0].says)
    assert not any(step.notice for step in steps[1:])


def test_a_wrong_file_stays_when_no_source_has_a_better_one(tiny):
    tiny.put(train_images=b"wrong")
    with pytest.raises(DataError):
        data.get("tiny")
    assert tiny.images.read_bytes() == b"wrong"


def test_a_folder_in_the_place_of_a_file_is_wrong_too(tiny):
    tiny.put()
    tiny.images.unlink()
    tiny.images.mkdir()
    with pytest.raises(DataError, match="train-images-idx3-ubyte is not the published file: it cannot be read"):
        data.load("tiny")


def test_right_bytes_that_are_no_idx_file_are_refused(tiny, monkeypatch):
    nonsense = _catalog.FileSpec(tiny.images.name, 3, "", hashlib.sha256(b"abc").hexdigest())
    entry = replace(tiny.entry, files=(nonsense, *tiny.entry.files[1:]))
    monkeypatch.setitem(_catalog.CATALOG, "tiny", entry)
    tiny.put(train_images=b"abc")
    with pytest.raises(DataError, match="not an idx file"):
        data.load("tiny")


def test_the_cache_is_where_the_variable_says(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("DLGRADE_DATA", str(tmp_path / "elsewhere"))
    assert data.data_root() == tmp_path / "elsewhere"
    assert data.verify("tiny")[0].path == tmp_path / "elsewhere" / "Tiny" / "raw" / tiny.images.name


@pytest.mark.parametrize("nothing", ["", "  "])
def test_an_empty_variable_means_the_users_cache_folder(monkeypatch, nothing):
    monkeypatch.setenv("DLGRADE_DATA", nothing)
    assert data.data_root().name == "data"
    assert "dlgrade" in data.data_root().parts


def test_a_root_that_is_given_wins_over_the_variable(tiny, tmp_path):
    tiny.put()
    assert {state.state for state in data.verify("tiny", tiny.root)} == {"present"}
    assert {state.state for state in data.verify("tiny", tmp_path / "other")} == {"absent"}


@pytest.fixture
def shared(tiny):
    """A filled root outside the tests' private folders, for users that are not the one who runs them."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        tiny.root = Path(name, "root")
        tiny.put()
        # What is imported late is imported now: a user without rights may be unable to read the interpreter.
        data.load("tiny", tiny.root)
        yield tiny.root


@contextlib.contextmanager
def read_only(root):
    """Make `root` one that this process cannot write to; root gives up its rights for that."""
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    if os.geteuid() == 0:
        os.seteuid(65534)
    else:
        for folder in folders:
            folder.chmod(0o555)
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        for folder in folders:
            folder.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="Windows makes no folder read-only by its mode")
def test_a_read_only_cache_can_be_used(shared):
    with read_only(shared):
        assert len(data.load("tiny", shared).train) == 40
        assert data.get("tiny", shared) == shared / "Tiny" / "raw"


@pytest.mark.skipif(os.name == "nt", reason="Windows makes no folder read-only by its mode")
def test_a_read_only_cache_that_lacks_files_is_a_clear_error(shared, server, tiny):
    tiny.comes_from(Mirror(server.address))
    with (
        read_only(shared),
        pytest.raises(DataError, match=r"cannot be written to .*Permission denied") as caught,
    ):
        data.get("tiny", shared / "new")
    assert "DLGRADE_DATA" in caught.value.mend
    assert server.asked == [], "nothing is downloaded that could not be kept"


def test_a_root_below_a_file_is_a_clear_error(tiny, tmp_path):
    (tmp_path / "file").write_text("")
    assert {state.state for state in data.verify("tiny", tmp_path / "file")} == {"absent"}
    with pytest.raises(DataError, match="cannot be written to"):
        data.get("tiny", tmp_path / "file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_clear_error_and_leaves_nothing(tiny, server, monkeypatch):
    server.publish(tiny.files)
    tiny.comes_from(Mirror(server.address))
    real = os.fsync

    def full(descriptor):
        real(descriptor)
        with open("/dev/full", "wb", buffering=0) as out:
            out.write(b"x")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device"):
        data.get("tiny")
    assert tiny.on_disk == {}


def test_new_files_can_be_read_by_the_whole_class(tiny, server):
    server.publish(tiny.files)
    tiny.comes_from(Mirror(server.address))
    data.get("tiny")
    if os.name != "nt":
        umask = os.umask(0)
        os.umask(umask)
        assert {p.stat().st_mode & 0o777 for p in tiny.folder.iterdir()} == {0o666 & ~umask}


def test_two_processes_at_once_do_not_harm_each_other(tiny, server):
    server.publish(tiny.files)
    both_are_here = threading.Barrier(2, timeout=15)
    first = gzip.compress(tiny.files[tiny.images.name])
    server.answers[f"/{tiny.images.name}.gz"] = server.after(both_are_here.wait, first)
    tiny.comes_from(Mirror(server.address))
    processes = [another_process(tiny), another_process(tiny)]
    said = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert server.asked.count(f"/{tiny.images.name}.gz") == 2
    assert tiny.on_disk == tiny.files


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize("before", ["absent", "wrong"])
def test_ctrl_c_leaves_no_new_file_and_no_rest(tiny, server, before):
    if before == "wrong":
        tiny.put(train_images=b"wrong")
    content = gzip.compress(tiny.files[tiny.images.name])
    server.answers[f"/{tiny.images.name}.gz"] = server.broken_off(content, server.done.wait)
    tiny.comes_from(Mirror(server.address))
    on_disk = tiny.on_disk
    process = another_process(tiny)
    until(lambda: any(tiny.folder.glob(".train*.part")) if tiny.folder.exists() else False)
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate(timeout=20)[1]
    assert tiny.on_disk == on_disk


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_what_a_killed_process_left_is_never_used_and_goes_after_a_day(tiny, server):
    content = gzip.compress(tiny.files[tiny.images.name])
    server.answers[f"/{tiny.images.name}.gz"] = server.broken_off(content, server.done.wait)
    tiny.comes_from(Mirror(server.address))
    process = another_process(tiny)
    until(lambda: any(tiny.folder.glob(".train*.part")) if tiny.folder.exists() else False)
    process.kill()
    process.communicate(timeout=20)
    (left,) = tiny.folder.iterdir()
    assert {state.state for state in data.verify("tiny")} == {"absent"}

    server.publish(tiny.files)
    data.get("tiny")
    assert left.exists(), "it could belong to a process that is still writing"
    os.utime(left, (0, 0))
    tiny.images.unlink()
    data.get("tiny")
    assert tiny.on_disk == tiny.files


def test_a_file_that_another_process_holds_open_is_accepted_when_it_is_right(tiny, server, monkeypatch):
    def as_windows_does(part, path):
        Path(path).write_bytes(Path(part).read_bytes())
        raise PermissionError(13, "Access is denied")

    server.publish(tiny.files)
    tiny.comes_from(Mirror(server.address))
    monkeypatch.setattr(os, "replace", as_windows_does)
    data.get("tiny")
    assert tiny.on_disk == tiny.files
