"""Every hostile script, run for real: its header says what must happen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import dlgrade

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE / "hostile").glob("*.py"))


@pytest.fixture(scope="module")
def aims(corpus: ModuleType) -> Iterator[dict[str, object]]:
    with corpus.targets() as found:
        yield found


@pytest.mark.usefixtures("bubblewrap", "leaves_nothing")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_hostile_script(script: Path, corpus: ModuleType, aims: dict[str, object], environment: dict[str, str]) -> None:
    if not corpus.fits(script):
        pytest.skip(f"only on {corpus.header(script)['only']}")
    assert corpus.complaint(script, aims, environment) == ""


def test_every_script_says_what_must_happen(corpus: ModuleType) -> None:
    assert len(SCRIPTS) >= 30
    for script in SCRIPTS:
        assert corpus.header(script)["must"] in corpus.ENDS, script


@pytest.mark.usefixtures("bubblewrap")
def test_all_of_them_started_by_an_ordinary_user(open_folder: Callable[[], Path]) -> None:
    """The tests above run as whoever runs them; as root they say nothing of an ordinary user."""
    python = Path("/usr/bin/python3")
    if os.getuid() != 0:
        pytest.skip("the tests run as an ordinary user already")
    if (
        not python.exists()
        or subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).returncode
    ):
        pytest.skip("there is no /usr/bin/python3 of version 3.11 or later")
    folder = open_folder()
    package = Path(dlgrade.__file__).parent
    shutil.copytree(package / "sandbox", folder / "dlgrade/sandbox", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "errors.py"):
        shutil.copy(package / name, folder / "dlgrade")
    shutil.copytree(HERE / "hostile", folder / "hostile")
    shutil.copy(HERE / "corpus.py", folder)
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    said = subprocess.run(
        [python, folder / "corpus.py"],
        user=12345,
        group=12345,
        extra_groups=[],
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "SECRET": "hunter2"},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert said.returncode == 0, said.stderr
    wrong = {name: text for name, text in json.loads(said.stdout).items() if text}
    assert not wrong
