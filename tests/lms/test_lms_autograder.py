"""The zip for Gradescope, unpacked and run on real submissions as Gradescope's harness runs it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.conftest import ROOT
from tests.lms.test_lms_gradescope import SCHEMA

from dlgrade.course import Follows, load_course
from dlgrade.data._store import data_root
from dlgrade.lms._autograder import write

BWRAP = shutil.which("bwrap")
NOTICE = "run as a plain process with limits, not in a sandbox; dlgrade doctor says what this machine lacks"


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python as setup.sh makes it, but for packages that are taken from here instead of being downloaded."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


def zipped(assignment: str, profile: Any = "full") -> bytes:
    course = load_course(ROOT, lenient=True)
    return write(course, next(one for one in course.assignments if one.id == assignment), profile=profile).data


def unpacked(folder: Path, assignment: str, profile: Any, environment: Path) -> Path:
    """The folders as Gradescope builds them."""
    (folder / "autograder.zip").write_bytes(zipped(assignment, profile))
    with zipfile.ZipFile(folder / "autograder.zip") as archive:
        archive.extractall(folder / "source")
        for entry in archive.infolist():
            (folder / "source" / entry.filename).chmod(entry.external_attr >> 16 & 0o777)
    for name in ("submission", "results"):
        (folder / name).mkdir()
    shutil.copytree(environment, folder / "venv", symlinks=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(folder / "venv")})
    here = sysconfig.get_path("purelib")
    (Path(packages) / "dlgrade.pth").write_text(f"{folder / 'source' / 'toolkit'}\n{here}\n")
    return folder


def run(folder: Path, *, sandbox: bool = False) -> subprocess.CompletedProcess[str]:
    """Start the harness with nothing of our environment, and as in a container without bubblewrap."""
    hidden = [BWRAP, "--dev-bind", "/", "/", "--bind", "/dev/null", BWRAP, "--"] if BWRAP and not sandbox else []
    return subprocess.run(
        [*hidden, str(folder / "source" / "run_autograder")],
        env={"PATH": "/usr/bin:/bin", "AUTOGRADER": str(folder), "DLGRADE_DATA": str(data_root())},
        cwd="/", capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip


def results(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "results" / "results.json").read_text())
    jsonschema.validate(found, SCHEMA)
    return found


def test_the_zip_holds_the_assignment_its_graders_and_nothing_that_gives_them_away(tmp_path: Path) -> None:
    data = zipped("f-outsize")
    assert zipped("f-outsize") == data
    (tmp_path / "a.zip").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = set(archive.namelist())
        modes = {entry.filename: stat.S_IMODE(entry.external_attr >> 16) for entry in archive.infolist()}
    assert {"setup.sh", "run_autograder", "requirements.txt", "constraints.txt"} <= names
    given = ("README.md", "assignment.yaml", "checks.py", "f-outsize.py")
    assert {name for name in names if name.startswith("course/")} == {
        "course/course.yaml", "course/quizzes/misconceptions.yaml", "course/graders/f-outsize/test_f-outsize.py",
        *(f"course/assignments/f-outsize/{name}" for name in given),
    }  # fmt: skip
    assert (modes["setup.sh"], modes["run_autograder"]) == (0o755, 0o755)
    assert "toolkit/dlgrade/lms/templates/gradescope/setup.sh" in names
    assert not [name for name in names if "__pycache__" in name or name.startswith("/") or ".." in name]


def test_setup_finds_that_what_it_would_install_is_what_runs_here(tmp_path: Path) -> None:
    """Everything is here already, in versions that requirements and constraints allow, so pip needs no network."""
    course = load_course(ROOT, lenient=True)
    (tmp_path / "a.zip").write_bytes(
        write(course, next(one for one in course.assignments if one.id == "f-outsize")).data
    )
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path / "source")
    ran = subprocess.run(
        ["bash", str(tmp_path / "source" / "setup.sh")],
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "AUTOGRADER": str(tmp_path), "PIP_NO_INDEX": "1",
             "PYTHONPATH": sysconfig.get_path("purelib")},
        capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
    (installed,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    assert (installed / "dlgrade.pth").read_text() == f"{tmp_path}/source/toolkit\n"
    assert not (installed / "torch").exists()


def test_functions_are_graded_without_a_sandbox_and_the_result_says_so(tmp_path: Path, environment: Path) -> None:
    folder = unpacked(tmp_path, "f-outsize", "full", environment)
    shutil.copy(ROOT / "graders/f-outsize/mutants/no_plus_one.py", folder / "submission" / "my work.py")
    ran = run(folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    found = results(folder)
    assert found["score"] == 8
    assert NOTICE in found["output"]
    assert found["extra_data"]["isolation"] == "plain"
    tests = {one["name"]: one for one in found["tests"]}
    assert {name: one["status"] for name, one in tests.items()} == {
        "convolution": "failed", "no_room": "failed", "pool": "passed", "chain": "failed", "padding": "failed",
        "transposed": "passed",
    }  # fmt: skip
    assert "out_size(n=1, k=1, s=1, p=0, d=1) should be 1; it is 0" in tests["convolution"]["output"]
    # What only the hidden checks say goes to the instructor, who sees what is printed.
    assert "instructor's view" in ran.stdout
    hidden = "out_size(179, 11, 10, 4, 2) should be 17"
    assert hidden in " ".join(ran.stdout.split())
    assert hidden not in json.dumps(found)


def test_a_network_is_graded(tmp_path: Path, environment: Path) -> None:
    folder = unpacked(tmp_path, "code6", "smoke", environment)
    shutil.copy(ROOT / "graders/code6/reference.py", folder / "submission" / "code6.py")
    ran = run(folder, sandbox=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = results(folder)
    assert found["extra_data"]["tier"] == "verified"
    assert "a rehearsal: the mark is given at full, after training" in found["output"]
    assert {one["name"]: one["status"] for one in found["tests"] if "status" in one}["budget"] == "passed"
    assert "score" not in next(one for one in found["tests"] if one["name"].startswith("accuracy_980"))
    assert found["leaderboard"][0]["name"] == "Parameters"


def test_what_is_no_python_is_the_students_and_what_is_no_course_is_ours(tmp_path: Path, environment: Path) -> None:
    folder = unpacked(tmp_path, "f-outsize", "full", environment)
    (folder / "submission" / "notes.txt").write_text("see you")
    assert run(folder, sandbox=True).returncode == 0
    found = results(folder)
    assert found["score"] == 0
    assert found["output"] == "\n".join(
        ["0 of 25 points.", "submission: holds no .py and no .ipynb file", "Hand in the file with your code."]
    )
    (folder / "results" / "results.json").unlink()
    shutil.rmtree(folder / "source" / "course" / "assignments")
    ran = run(folder, sandbox=True)
    assert ran.returncode == 2
    assert "error:" in ran.stdout
    assert not list((folder / "results").iterdir())  # then Gradescope asks the student to tell the staff


def test_the_command_writes_it(dlgrade: Callable) -> None:
    ran = dlgrade("grades", "export", "f-outsize", "--format", "gradescope-autograder", "-o", "a.zip")
    assert ran.code == 0, ran.err
    assert ran.err.splitlines()[-1] == "wrote a.zip: f-outsize at full with 1 hidden grader file"
    assert "every result says so" in ran.err
    assert zipfile.is_zipfile("a.zip")
    assert (
        "needs a file" in dlgrade("grades", "export", "f-outsize", "--format", "gradescope-autograder", "-o", "-").err
    )
    assert "Name one ID" in dlgrade("grades", "export", "--format", "gradescope-autograder", "-o", "b.zip").err
    assert not os.path.exists("b.zip")


def test_an_assignment_that_follows_another_brings_its_public_part_along(tmp_path: Path) -> None:
    course = load_course(ROOT, lenient=True)
    last = next(one for one in course.assignments if one.id == "code6")
    first = next(one for one in course.assignments if one.id == "f-outsize")
    linked = dataclasses.replace(first, follows=Follows("code6"), choices={"hidden": (48, 56)})
    content = write(dataclasses.replace(course, assignments=(linked, last)), linked)
    (tmp_path / "a.zip").write_bytes(content.data)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path)
    assert [one.id for one in load_course(tmp_path / "course").assignments] == ["f-outsize", "code6"]
    assert not (tmp_path / "course/graders/code6").exists()
    assert len(content.notes) == 3
    assert "the reference of code6" in content.notes[1]
    assert "the first of each list" in content.notes[2]
