"""What a student gets: their own constants, and not a byte of what graders know."""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import ROOT

from dlgrade.course import load_assignment, load_course

IDS = ("f-params", "f-activations", "code1", "code5", "code8", "code9", "code10", "capstone")


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    file = tmp_path / "roster.csv"
    file.write_text("id,name\ns001,One\ns002,Two\ns003,Three\n")
    return file


def everything(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
    }


def secrets_of(name: str) -> set[bytes]:
    """Every line of the graders that says something and that no public file has, and the names of what they hold."""
    graders, public = ROOT / "graders" / name, [file for one in IDS for file in (ROOT / "assignments" / one).rglob("*")]
    known = b"\n".join(file.read_bytes() for file in public if file.suffix in {".py", ".md", ".yaml"})
    lines = {
        line.strip() for file in graders.rglob("*.py") for line in file.read_bytes().splitlines()
        if len(line.strip()) > 30
    }  # fmt: skip
    # A name of one word may stand in any sentence.
    names = {file.stem.encode() for file in (graders / "mutants").glob("*_*.py")}
    return {one for one in lines | names if one not in known}


def test_no_line_of_the_graders_no_mutant_and_no_secret_is_in_a_release(
    dlgrade: Callable, tmp_path: Path, roster: Path
) -> None:
    secret = tmp_path / "secret"
    ran = dlgrade("release", *IDS, "--to", tmp_path / "out", "--roster", roster, "--secret", secret)
    assert ran.code == 0, ran.text
    files = everything(tmp_path / "out")
    assert sorted({name.partition("/")[0] for name in files}) == ["s001", "s002", "s003"]
    forbidden = {one for name in IDS for one in secrets_of(name)} | {secret.read_bytes().strip()}
    assert len(forbidden) > 300
    own = {name: content for name, content in files.items() if "/flashcards/" not in name}
    for name, content in own.items():
        assert not [one for one in forbidden if one in content], name
    assert not [name for name in files if "graders" in name or "proof" in name or "reference" in name]


def test_each_student_has_constants_of_their_own_and_no_trace_of_the_others(
    dlgrade: Callable, tmp_path: Path, roster: Path
) -> None:
    secret = tmp_path / "secret"
    dlgrade("release", "f-params", "--to", tmp_path / "out", "--roster", roster, "--secret", secret)
    choices = load_assignment(ROOT / "assignments/f-params").choices["total"]
    for who in ("s001", "s002", "s003"):
        (mine,) = load_course(tmp_path / "out" / who).assignments
        total = mine.variant["total"]
        text = b"".join(everything(mine.folder).values())
        assert f"total: int = {total}".encode() in text
        # The checks try the function with some numbers; those are everybody's.
        others = [one for one in choices if one != total and str(one).encode() not in _public_numbers()]
        assert not [one for one in others if str(one).encode() in text]


def _public_numbers() -> bytes:
    source = (ROOT / "assignments/f-params/checks.py").read_text()
    numbers = [n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant) and type(n.value) is int]
    return " ".join(map(str, numbers)).encode()


def test_what_was_released_is_checked_and_graded_with_the_same_constants(
    dlgrade: Callable, tmp_path: Path, roster: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("0" * 64)  # by which these three do not all draw the same
    dlgrade("release", "f-params", "--to", tmp_path / "out", "--roster", roster, "--secret", secret)
    (mine,) = load_course(tmp_path / "out/s001").assignments
    other = next(one for one in ("s002", "s003", "s001")
                 if load_course(tmp_path / "out" / one).assignments[0].variant != mine.variant)  # fmt: skip
    solution = tmp_path / "f-params.py"
    solution.write_text(
        (ROOT / "graders/f-params/reference.py").read_text().replace("6214", str(mine.variant["total"]))
    )
    at_home = dlgrade("--course", tmp_path / "out/s001", "check", "f-params", solution, "--no-html")
    assert at_home.code == 0, at_home.text
    for who, code in (("s001", 0), (other, 1)):
        graded = dlgrade(
            "check", "f-params", solution, "--no-html", "--instructor", "--student", who, "--secret", secret
        )
        assert graded.code == code, graded.text
    assert "FAIL  design" in graded.out


def test_without_a_roster_there_is_one_folder_or_one_zip_for_all(dlgrade: Callable, tmp_path: Path) -> None:
    assert dlgrade("release", "f-params", "--to", tmp_path / "all").code == 0
    (one,) = load_course(tmp_path / "all").assignments
    assert one.variant == {"total": 6214}
    assert dlgrade("release", "f-params", "--to", tmp_path / "packed", "--zip").code == 0
    with zipfile.ZipFile(tmp_path / "packed.zip") as packed:
        assert "assignments/f-params/f-params.py" in packed.namelist()
    again = dlgrade("release", "f-params", "--to", tmp_path / "all")
    assert (again.code, "is not empty" in again.err) == (2, True)
