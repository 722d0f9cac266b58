"""The way of a student through code6, as the README tells it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "graders/code6/reference.py"
MUTANTS = ROOT / "graders/code6/mutants"


def test_the_list_shows_the_ladder_with_points_and_budgets(dlgrade: Callable) -> None:
    ran = dlgrade("list")
    assert ran.code == 0
    assert re.search(r"code6 +Global average pooling", ran.out)
    assert "50 points, <= 8,000 parameters, <= 15 epochs" in ran.out


def test_a_learner_starts_writes_and_sees_the_network(dlgrade: Callable) -> None:
    assert dlgrade("start", "code6").code == 0
    stub = Path("code6/code6.py")
    assert "raise NotImplementedError" in stub.read_text()
    assert dlgrade("start", "code6").code == 2, "a second start must not overwrite the work"
    stub.write_text(REFERENCE.read_text())
    ran = dlgrade("model", stub)
    assert ran.code == 0
    assert "6,250 parameters" in ran.out
    assert "Conv2d 1 -> 8, 3x3" in ran.out
    os.chdir("code6")
    ran = dlgrade("check", "code6", "--profile", "smoke", "--no-html")
    assert ran.code == 0, ran.text
    assert "37 of 50 points, 13 undecided" in ran.out


def test_a_notebook_can_be_started_and_checked(dlgrade: Callable) -> None:
    assert dlgrade("start", "code6", "--notebook", "--to", "work").code == 0
    ran = dlgrade("check", "code6", "work/code6.ipynb", "--profile", "smoke", "--no-html")
    assert ran.code == 1
    assert "still the stub" in ran.out


def test_the_reference_gets_everything_and_two_runs_give_the_same_numbers(dlgrade: Callable) -> None:
    reports = []
    for name in ("a.json", "b.json"):
        ran = dlgrade("check", "code6", REFERENCE, "--json", name, "--device", "cpu", "--profile", "quick")
        assert ran.code == 0, ran.text
        reports.append(json.loads(Path(name).read_text()))
    first, second = reports
    assert first["tier"] == "verified"
    assert first["score"] == first["max_score"] == 50
    assert {row["verdict"] for row in first["criteria"]} == {"passed"}
    assert (first["training"]["epochs"], first["training"]["samples"]) == (4, 48_000)
    for report in reports:
        for row in report["training"]["curve"]:
            del row["seconds"]
    assert first["training"]["curve"] == second["training"]["curve"]
    assert first["training"]["confusion"] == second["training"]["confusion"]
    page = Path("code6-report.html").read_text()
    assert "Global average pooling" in page
    assert "<script" not in page


def test_a_failing_network_is_told_what_where_and_how_to_mend_it(dlgrade: Callable) -> None:
    ran = dlgrade("check", "code6", MUTANTS / "flatten_then_linear.py", "--profile", "quick", "--json", "r.json")
    assert ran.code == 1
    text = " ".join(ran.out.split())
    assert "flatten_then_linear.py:27 Linear 288 -> 10 reads a 8x6x6 map flattened" in text
    assert "Average each map first" in text
    report = json.loads(Path("r.json").read_text())
    assert report["training"] is None, "what fails on structure is not trained"
    verdicts = {row["id"]: row["verdict"] for row in report["criteria"]}
    assert verdicts["accuracy_980"] == "blocked"


def test_what_only_hidden_graders_see_fails_without_telling_what_they_did(dlgrade: Callable) -> None:
    ran = dlgrade("check", "code6", MUTANTS / "hard_coded_pool.py", "--profile", "smoke", "--no-html")
    assert ran.code == 1
    assert "FAIL  any_size" in ran.out
    assert "only the grader has" in ran.out
    assert "56" not in ran.out


def test_a_course_without_graders_leaves_hidden_criteria_open(dlgrade: Callable, tmp_path: Path) -> None:
    import shutil

    root = tmp_path / "released"
    root.mkdir()
    (root / "course.yaml").write_text("title: Released\ntracks: {module: The module}\n")
    shutil.copytree(ROOT / "assignments/code6", root / "assignments/code6")
    ran = dlgrade("--course", root, "check", "code6", MUTANTS / "hard_coded_pool.py", "--profile", "smoke", "--no-html")
    assert ran.code == 0, "its public checks pass"


def test_json_to_standard_output_can_be_piped(dlgrade: Callable) -> None:
    ran = dlgrade("check", "code6", REFERENCE, "--profile", "smoke", "--no-html", "--json", "-")
    assert json.loads(ran.out)["assignment"] == "code6"


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_stops_at_once_and_leaves_no_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from dlgrade.cli import main; main()", "check", "code6", str(REFERENCE)]
    environment = {**os.environ, "DLGRADE_COURSE": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("epoch 1"):
            break
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    assert "stopped" in process.stderr.read()
    deadline = time.monotonic() + 10
    while any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children):
        assert time.monotonic() < deadline, "a worker outlived the command"
        time.sleep(0.1)


def test_help_is_there_before_anything_heavy_is_imported() -> None:
    code = (
        "import sys\nfrom dlgrade.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'torch', 'numpy', 'pydantic', 'rich', 'pytest', 'matplotlib'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip().splitlines()[-1] == "[]"
