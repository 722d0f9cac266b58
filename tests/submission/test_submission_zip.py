"""Archives: which are read, and which are refused as a whole."""

import os
import stat
import struct
import zipfile
from io import BytesIO

import pytest

from dlgrade.errors import SubmissionError
from dlgrade.submission import read


def entry(name, mode=stat.S_IFREG | 0o644, **fields):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def archive_of(path, *entries):
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in entries:
            archive.writestr(info, data)
    return path


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/etc/code6.py", "leads out of the folder"),
        ("../code6.py", "leads out of the folder"),
        ("a/../../code6.py", "leads out of the folder"),
        ("..\\code6.py", "leads out of the folder"),
        ("C:\\code6.py", "leads out of the folder"),
        ("c:code6.py", "leads out of the folder"),
        ("a\x1b[31m.py", "no file should have"),
        ("a" * 300 + ".py", "no file should have"),
        ("inner.zip", "zip archive inside a zip archive"),
    ],
)
def test_an_archive_with_a_hostile_name_is_refused(tmp_path, name, why):
    path = archive_of(tmp_path / "a.zip", (entry("code6.py"), "x = 1"), (entry(name), "x = 1"))
    with pytest.raises(SubmissionError, match=why) as caught:
        read(path, "code6")
    assert caught.value.what.isprintable()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_an_archive_with_links_or_devices_is_refused(tmp_path, kind):
    path = archive_of(tmp_path / "a.zip", (entry("code6.py", kind | 0o777), "/etc/passwd"))
    with pytest.raises(SubmissionError, match=r"is a link|is not a regular file"):
        read(path, "code6")


def test_an_encrypted_archive_is_refused(tmp_path):
    path = archive_of(tmp_path / "a.zip", (entry("code6.py"), "x = 1"))
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(SubmissionError, match="is encrypted"):
        read(path, "code6")


def test_two_entries_of_one_name_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = archive_of(tmp_path / "a.zip", (entry("code6.py"), "x = 1"), (entry("code6.py"), "x = 2"))
    with pytest.raises(SubmissionError, match="is in it twice"):
        read(path, "code6")


def test_a_bomb_is_refused_before_it_is_unpacked(zipped):
    with pytest.raises(SubmissionError, match="more than 100 times its size"):
        read(zipped({"code6.py": "x = 1", "data.bin": b"\0" * 5_000_000}), "code6")


def test_an_entry_that_lies_about_its_size_is_refused(zipped):
    path = zipped({"code6.py": b"x = 1\n" + b"#" * 500_000})
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 50)
    path.write_bytes(data)
    with pytest.raises(SubmissionError, match="is damaged"):
        read(path, "code6")


def test_too_much_in_all_is_refused(zipped):
    files = {f"{i}.bin": os.urandom(1_900_000) for i in range(11)}
    path = zipped({"code6.py": "x = 1", **files}, compression=zipfile.ZIP_STORED)
    assert path.stat().st_size < 21_000_000
    with pytest.raises(SubmissionError, match="more than 20 MB when unpacked"):
        read(path, "code6")


def test_a_source_file_of_more_than_two_megabytes_is_refused(zipped):
    with pytest.raises(SubmissionError, match=r"2\.1 MB; at most 2 MB are read"):
        read(zipped({"code6.py": os.urandom(2_100_000)}), "code6")


def test_too_many_entries_are_refused_and_rubbish_does_not_count(zipped):
    junk = {f"__MACOSX/{i}.py": "" for i in range(300)} | {f".git/{i}": "" for i in range(300)}
    assert read(zipped({"code6.py": "x = 1", **junk}), "code6").main.name == "code6.py"
    with pytest.raises(SubmissionError, match="more than 200 files"):
        read(zipped({"code6.py": "x = 1", **{f"{i}.txt": "" for i in range(200)}}), "code6")


def test_a_table_of_contents_of_a_million_entries_is_not_even_read(tmp_path):
    one = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    table = one * 200_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(table), 0, 0)
    path = tmp_path / "a.zip"
    path.write_bytes(table + end)
    with pytest.raises(SubmissionError, match="more than 200 files"):
        read(path)


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip at all", b"PK\x05\x06" + b"\0" * 10])
def test_what_is_no_archive_is_told(tmp_path, data):
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(SubmissionError, match="this is not a zip archive"):
        read(path)


def test_an_archive_that_was_cut_off_or_damaged_is_told(zipped):
    path = zipped({"code6.py": "x = 1\n" * 1000})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SubmissionError, match="cut off"):
        read(path)
    broken = bytearray(whole)
    broken[60] ^= 0xFF
    path.write_bytes(broken)
    with pytest.raises(SubmissionError, match="is damaged"):
        read(path)


def test_names_with_backslashes_are_read_as_folders(tmp_path):
    path = archive_of(tmp_path / "a.zip", (entry("hw\\code6.py"), "import near"), (entry("hw\\near.py"), "x = 1"))
    assert [s.name for s in read(path, "code6").siblings] == ["hw/near.py"]


def test_other_ways_of_packing_are_refused(tmp_path):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("code6.py", "x = 1")
    path = tmp_path / "a.zip"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(SubmissionError, match="packed in a way that is not read here"):
        read(path)
