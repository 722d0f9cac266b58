"""Archives and folders that want to reach further, hold more or look like something else."""

from __future__ import annotations

import contextlib
import os
import stat
import struct
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest
from tests.intake.builders import (
    BUILDERS,
    CODE,
    Student,
    a_class,
    as_canvas,
    as_files,
    as_folders,
    as_moodle,
    write,
    zip_of,
    zipped,
)

from dlgrade.errors import MachineError, UsageError
from dlgrade.intake import collect
from dlgrade.submission import read


def archive(path: Path, *entries: tuple[zipfile.ZipInfo | str, str | bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return path


def entry(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def patched(path: Path, name: str, offset: int, value: bytes) -> Path:
    """Change the line of `name` in the table of contents."""
    data = bytearray(path.read_bytes())
    start = data.index(b"PK\x01\x02")
    while data[start + 46 : start + 46 + len(name)] != name.encode():
        start = data.index(b"PK\x01\x02", start + 4)
    data[start + offset : start + offset + len(value)] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../s002.py",
        "a/../../s002.py",
        "..\\s002.py",
        "/etc/s002.py",
        "\\\\server\\s002.py",
        "C:\\s002.py",
        "c:s002.py",
        "s002\0.py",
        "a/" * 60 + "s002.py",
        "x" * 2000 + ".py",
    ],
)
def test_an_entry_whose_name_leads_out_costs_nobody_else_a_grade(tmp_path, taken, name):
    source = archive(tmp_path / "class.zip", ("s001.py", CODE))
    with zipfile.ZipFile(source, "a") as made:
        info = zipfile.ZipInfo("placeholder")
        info.filename = name  # as it is: the constructor would cut it at the NUL
        made.writestr(info, "raise SystemExit")
    before = sorted(tmp_path.rglob("*"))
    found = taken(source)
    assert [one.who for one in found.handed_in] == ["s001"]
    (refused,) = found.refused
    assert refused.who == ""
    assert refused.what.startswith("has a name that")
    made = set(tmp_path.rglob("*")) - set(before)
    assert all(path.is_relative_to(tmp_path / "into") for path in made)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_in_an_archive_are_refused(tmp_path, taken, kind):
    source = archive(tmp_path / "class.zip", ("s001.py", CODE), (entry("s002.py", kind | 0o777), "/etc/passwd"))
    found = taken(source)
    assert [one.who for one in found.handed_in] == ["s001"]
    assert [one.who for one in found.refused] == ["s002"]
    assert "is a link" in found.refused[0].what or "is not a regular file" in found.refused[0].what


def test_an_encrypted_entry_is_refused(tmp_path, taken):
    source = archive(tmp_path / "class.zip", ("s001.py", CODE), ("s002.py", CODE))
    found = taken(patched(source, "s002.py", 8, b"\x01"))
    assert [(one.who, one.what) for one in found.refused] == [("s002", "s002.py is encrypted")]


def test_a_member_that_declares_two_gigabytes_is_not_unpacked(tmp_path, taken):
    source = archive(tmp_path / "class.zip", ("s001.py", CODE), ("s002.py", CODE), ("s003.zip", zip_of({"a.py": CODE})))
    size = struct.pack("<I", 2_147_483_647)
    found = taken(patched(patched(source, "s002.py", 24, size), "s003.zip", 24, size))
    assert [one.who for one in found.handed_in] == ["s001"]
    assert [one.what for one in found.refused] == [
        "s002.py has 2,147.5 MB; at most 2 MB are read",
        "s003.zip has 2,147.5 MB; at most 21 MB are read",
    ]


def test_a_member_that_is_larger_than_it_declares_is_not_unpacked(tmp_path, taken):
    source = archive(tmp_path / "class.zip", ("s001.py", CODE), ("s002.py", b"#" * 30_000_000))
    found = taken(patched(source, "s002.py", 24, struct.pack("<I", 100)))
    assert [one.who for one in found.handed_in] == ["s001"]
    assert "is damaged" in found.refused[0].what
    assert sum(path.stat().st_size for path in (tmp_path / "into").rglob("*")) < 100_000


def test_a_hundred_thousand_members_are_refused_before_they_are_listed(tmp_path, taken):
    name = b"%06d.py"
    line = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0)
    table = b"".join(line + name % number for number in range(100_000))
    for count in (100_000 & 0xFFFF, 1):  # what the end states need not be true
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(table), 0, 0)
        source = write(tmp_path / "class.zip", table + end)
        with pytest.raises(UsageError, match="more than 50,000 files"):
            taken(source)


def test_a_table_of_contents_without_end_is_refused_by_its_size(tmp_path, taken):
    source = archive(tmp_path / "class.zip", ("s001.py", CODE))
    data = bytearray(source.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<I", 3_000_000_000)
    source.write_bytes(data)
    with pytest.raises(UsageError, match="more than 50,000 files"):
        taken(source)


def test_a_large_archive_in_the_newer_form_is_read(tmp_path, taken, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)  # so that zipfile writes the records of large archives
    source = archive(tmp_path / "class.zip", *((f"s{number:03}.py", CODE) for number in range(3)))
    assert b"PK\x06\x06" in source.read_bytes()
    assert len(taken(source).handed_in) == 3


def test_names_that_differ_in_case_only(tmp_path, taken):
    source = archive(tmp_path / "class.zip", ("s001/code6.py", CODE), ("s001/Code6.py", CODE), ("s002/code6.py", CODE))
    found = taken(source)
    assert [one.who for one in found.handed_in] == ["s002"]
    assert "s001/Code6.py and s001/code6.py" in found.refused[0].what


def test_an_entry_that_is_there_twice_is_refused(tmp_path, taken):
    with pytest.warns(UserWarning, match="Duplicate"):
        source = archive(tmp_path / "class.zip", ("s001.py", CODE), ("s002.py", CODE), ("s002.py", "x = 1"))
    found = taken(source)
    assert [(one.who, one.what) for one in found.refused] == [("s002", "s002.py is in the archive twice")]


def test_something_that_is_file_and_folder_at_once_is_refused(tmp_path, taken):
    source = archive(tmp_path / "class.zip", ("s001/code6.py", CODE), ("s002", "x"), ("s002/code6.py", CODE))
    found = taken(source)
    assert [one.who for one in found.handed_in] == ["s001"]
    assert "a file and a folder at once" in found.refused[0].what


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_a_students_own_archive_is_handed_on_and_deeper_ones_are_refused(tmp_path, taken, packed):
    bomb = zip_of({"code6.py": CODE, "data.bin": b"\0" * 20_000_000})
    files = [
        {"homework.zip": zip_of({"homework/code6.py": CODE, "__MACOSX/._code6.py": "x"})},
        {"homework.zip": zip_of({"inner.zip": zip_of({"code6.py": CODE})})},
        {"homework.zip": bomb},
        {"homework.zip": b"no archive"},
        {"homework.zip": zip_of({"../code6.py": CODE})},
        {"homework.zip": zip_of({"report.pdf": "%PDF"})},
    ]
    students = [Student(f"s00{number}", number=number, files=each) for number, each in enumerate(files)]
    source = as_canvas(tmp_path / "class", students)
    found = taken(zipped(source) if packed else source)
    (one,) = found.handed_in
    assert read(one.path, "code6").main.original == CODE
    assert [one.who for one in found.refused] == ["1", "2", "3", "4", "5"]
    for refused, why in zip(
        found.refused,
        ["zip archive inside", "times its size", "not a zip archive", "leads out", "holds no .py"],
        strict=True,
    ):
        assert why in refused.what


def test_links_in_a_folder_are_never_followed(tmp_path, taken):
    secret = write(tmp_path / "secret" / "code6.py", "PASSWORD = 1\n")
    source = as_folders(tmp_path / "class", [Student("s001"), Student("s002", files={"readme.txt": "x"})])
    (source / "s003.py").symlink_to(secret)
    (source / "s004").symlink_to(secret.parent)
    (source / "s002" / "work").symlink_to(secret.parent)
    (source / "s005").mkdir()
    (source / "s005" / "code6.py").symlink_to(source / "s001" / "code6.py")
    (source / "s006").mkdir()
    (source / "s006" / "loop").symlink_to(source)
    found = taken(source)
    assert [one.who for one in found.handed_in] == ["s001"]
    assert {one.who: one.what for one in found.refused} == {
        "s002": "work is a link",
        "s003": "s003.py is a link",
        "s004": "s004 is a link",
        "s005": "code6.py is a link",
        "s006": "loop is a link",
    }


def test_pipes_and_large_files_in_a_folder_are_not_opened(tmp_path, taken):
    source = as_files(tmp_path / "class", a_class(1))
    os.mkfifo(source / "s002.py")
    (source / "s006").mkdir()
    os.mkfifo(source / "s006" / "code6.py")
    for name in ("s003.py", "s004.zip", "s005/code6.ipynb"):
        write(source / name, "")
        os.truncate(source / name, 2_147_483_648)
    found = taken(source)
    assert [one.who for one in found.handed_in] == ["s001"]
    assert {one.who: one.what for one in found.refused} == {
        "s002": "s002.py is not a regular file",
        "s003": "s003.py has 2,147.5 MB; at most 2 MB are read",
        "s004": "s004.zip has 2,147.5 MB; at most 21 MB are read",
        "s005": "code6.ipynb has 2,147.5 MB; at most 10 MB are read",
        "s006": "code6.py is not a regular file",
    }


def test_a_large_file_beside_the_right_one_is_left_out(tmp_path, taken):
    big = "#" * 3_000_000
    found = taken(as_canvas(tmp_path / "class", [Student(files={"code6.py": CODE, "data.py": big, "run.log": big})]))
    (one,) = found.handed_in
    assert [path.name for path in one.path.parent.iterdir()] == ["code6.py"]
    assert one.other["left_out"] == "oneann_12001_90002_data.py"


def test_what_machines_leave_behind_is_ignored(tmp_path, taken):
    source = as_folders(tmp_path / "class", a_class(1))
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._s001.py", "__MACOSX/._code6.py", ".git/config.py"):
        write(source / name, "x")
        write(source / "s001" / name, "x")
    write(source / "s001" / ".ipynb_checkpoints" / "code6-checkpoint.ipynb", "{}")
    write(source / "s001" / "venv" / "code6.py", "x")
    for packed in (False, True):
        found = taken(zipped(source) if packed else source)
        assert [one.who for one in found.handed_in] == ["s001"]
        assert found.refused == ()
        assert read(found.handed_in[0].path, "code6").main.original == CODE


NAMES = [
    'O"Brien, Jr.',
    "=1+1",
    "@x",
    "-rf",
    "--help",
    "🙂🙃",
    "ali\u202ecode",
    "a\nb",
    "\x1b[31mred",
    "con",
    "NUL",
    "me",
    "Jose\u0301",
    "Jos\u00e9",
    "x" * 120,
    "x" * 121,
    "日本語の名前" * 8,
    "Alice",
    "alice",
    "ALICE",
    "a,b",
    "a;b",
    "a b",
    "..hidden",
    "trailing. ",
    "$(reboot)",
    "%s",
    "<b>",
    "a'b",
    "\u200b\u3164",
]


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_whoever_is_called_anything_gets_a_clean_id_of_their_own(tmp_path, taken, packed):
    source = tmp_path / "class"
    for number, name in enumerate(NAMES):
        write(source / f"{name}.py", f"n = {number}\n")
    found = taken(zipped(source) if packed else source)
    assert len(found.handed_in) == len(NAMES)
    assert found.refused == ()
    ids = [one.who for one in found.handed_in]
    assert len({who.casefold() for who in ids}) == len(NAMES)
    for one in found.handed_in:
        assert 0 < len(one.who) <= 64
        assert len(one.who.encode()) <= 120
        assert one.who.isprintable()
        assert one.who[0] not in "=+-@."
        assert not set(one.who) & set("/\\:*?\"<>|,;'`$%& \n")
        write(tmp_path / "reports" / f"{one.who}.html", "a report")
        assert read(one.path, "code6").main.original.startswith("n = ")
    assert len(list((tmp_path / "reports").iterdir())) == len(NAMES)


def test_a_name_that_is_no_text_is_still_a_submission(tmp_path, taken):
    source = as_files(tmp_path / "class", a_class(1))
    try:
        write(Path(os.fsdecode(os.fsencode(source) + b"/caf\xe9.py")), CODE)
    except OSError:
        pytest.skip("this file system takes text only")
    for one in taken(source).handed_in:
        str(one).encode()
        assert read(one.path, "code6").main.original == CODE


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_folders_without_end(tmp_path, taken, packed):
    source = as_folders(tmp_path / "class", a_class(1))
    if packed:
        source = zipped(source)
        with zipfile.ZipFile(source, "a") as made:
            made.writestr("s002/" + "d/" * 30 + "code6.py", CODE)
            made.writestr("s003/" + "d/" * 300 + "code6.py", CODE)
    else:
        write(source / "s002" / ("d/" * 30) / "code6.py", CODE)
        write(source / "s003" / ("d/" * 300) / "code6.py", CODE)
    found = taken(source)
    assert [one.who for one in found.handed_in] == ["s001", "s002"]
    assert len(found.refused) == 1


def test_an_empty_folder_of_a_student_is_told(tmp_path, taken):
    source = as_moodle(tmp_path / "class", a_class(1))
    (source / "Bo Two_12002_assignsubmission_file_").mkdir()
    found = taken(source)
    assert [(one.who, one.what) for one in found.refused] == [("12002", "nothing was handed in: the folder is empty")]


@pytest.mark.parametrize("name", ["empty", "absent", "notes.txt", "archive.rar", "cut.zip", "pipe", "dust"])
def test_a_source_that_cannot_be_used_is_one_line_with_the_mend(tmp_path, taken, name):
    (tmp_path / "empty").mkdir()
    write(tmp_path / "notes.txt", "hello")
    write(tmp_path / "archive.rar", b"Rar!\x1a\x07\x01\x00")
    write(tmp_path / "cut.zip", zip_of({"s001.py": CODE * 100})[:-30])
    write(tmp_path / "dust" / ".DS_Store", "x")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError) as caught:
        taken(tmp_path / name)
    assert caught.value.what.startswith(f"{name}: ")
    assert "\n" not in caught.value.what
    assert caught.value.mend


def test_a_misspelt_source_names_the_near_one(tmp_path, taken):
    as_files(tmp_path / "submissions", a_class(1))
    with pytest.raises(UsageError, match="there is submissions"):
        taken(tmp_path / "submision")


@pytest.mark.parametrize("name", BUILDERS)
def test_an_archive_whose_bytes_were_turned_is_read_or_refused(tmp_path, taken, name):
    _, build = BUILDERS[name]
    source = zipped(build(tmp_path / "class", a_class(2)))
    whole = source.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        source.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with contextlib.suppress(UsageError):
            found = taken(source)
            assert found.handed_in or found.refused


def test_nothing_is_written_beside_the_instructors_data(tmp_path, taken):
    source = as_canvas(tmp_path / "class", [Student(files={"code6.py": CODE, "a.py": "x = 1\n"}), Student(number=3)])
    before = {path: path.stat().st_mtime_ns for path in sorted(source.rglob("*"))}
    found = taken(source)
    assert {path: path.stat().st_mtime_ns for path in sorted(source.rglob("*"))} == before
    for one in found.handed_in:
        assert one.path.is_relative_to(tmp_path / "into")
    for folder in (tmp_path / "into").iterdir():
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pytest.raises(UsageError, match="cannot be unpacked where they lie"):
        collect(source, "code6", source)


def test_a_folder_for_unpacking_inside_the_source_is_no_student(tmp_path):
    source = as_moodle(tmp_path / "class", a_class(2))
    write(source / "First1 Last1_12001_assignsubmission_file_" / "a.zip", "x")
    for _ in range(2):
        found = collect(source, "code6", source / "unpacked", layout="folders")
        assert len(found.handed_in) == 2


def test_what_was_unpacked_before_is_used_again_and_mended_where_it_was_touched(tmp_path, taken):
    source = zipped(as_files(tmp_path / "class", a_class(2)))
    found = taken(source)
    first, second = (one.path for one in found.handed_in)
    stamp = first.stat().st_mtime_ns
    second.write_text("x = 'touched'\n", encoding="utf-8")
    write(second.parent / "more.py", "x = 1\n")
    assert taken(source) == found
    assert first.stat().st_mtime_ns == stamp
    assert [path.name for path in second.parent.iterdir()] == ["s002.py"]
    assert second.read_text(encoding="utf-8") == CODE


def test_a_changed_submission_gets_a_folder_of_its_own(tmp_path, taken):
    source = zipped(as_files(tmp_path / "class", a_class(1)))
    (before,) = taken(source).handed_in
    source = zipped(as_files(tmp_path / "class", [Student(files={"code6.py": "x = 1\n"})]), to=source)
    (after,) = taken(source).handed_in
    assert before.path != after.path
    assert before.path.read_text(encoding="utf-8") == CODE


def test_where_nothing_can_be_written_is_one_line(tmp_path):
    source = zipped(as_files(tmp_path / "class", a_class(1)))
    blocked = write(tmp_path / "file", "x")
    with pytest.raises(MachineError, match="cannot be written"):
        collect(source, "code6", blocked / "into")


def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    source = zipped(as_files(tmp_path / "class", [*a_class(1), Student("s002", files={"code6.py": "#" * 200_000})]))
    program = """
        import resource, signal, sys
        from pathlib import Path
        from dlgrade.errors import MachineError
        from dlgrade.intake import collect

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            collect(Path(sys.argv[1]), "code6", Path(sys.argv[2]))
        except MachineError as error:
            print(error.what)
    """
    into = tmp_path / "into"
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(source), str(into)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be written" in ran.stdout
    assert [path.name for path in into.rglob("*.py")] == ["s001.py"]
    assert [path for path in into.iterdir() if path.name.startswith(".part")] == []
