"""What is released: the course without its graders."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_the_course_and_nothing_of_the_graders(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        everything = b"".join(archive.read(name) for name in names)
    assert "dlgrade/_course/assignments/code6/code6.py" in names
    assert "dlgrade/_course/course.yaml" in names
    assert "dlgrade/py.typed" in names
    assert not [name for name in names if "mutants" in name and "templates" not in name]
    assert not [name for name in names if name.endswith(("reference.py", "proof.json", "test_code6.py"))]
    reference = (ROOT / "graders/code6/reference.py").read_bytes()
    assert reference.splitlines()[0] not in everything


def test_the_wheel_works_where_there_is_no_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); from dlgrade.cli import main; main(['list'])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^ *code6 +Global average pooling", ran.stdout, re.MULTILINE)


def test_the_source_distribution_leaves_the_graders_out(tmp_path: Path) -> None:
    import tarfile

    subprocess.run(
        [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)],
        check=True,
        capture_output=True,
    )
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    assert "assignments/code6/code6.py" in names
    assert not [name for name in names if name.startswith("graders")]
