"""Your steps are taken with the real Git in small repositories; what the repository is like afterwards decides."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

git = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("judging.py"))))


@pytest.fixture(scope="session")
def ground(student):
    with git.Ground(student) as ground:
        yield ground


def test_merge(ask, ground):
    cases = [
        ("where main has gone on", git.a_branch("warmup", own=1), ["warmup", "Merge the warm-up"]),
        ("where main has no commit since", git.a_branch("norm", theirs=2), ["norm", "Merge batch norm"]),
        ("where norm is checked out", git.a_branch("norm", own=2, at="norm"), ["norm", "Merge batch norm"]),
    ]
    said = ground.judge(ask, [(*case[:2], "merge_feature", case[2], git.merged) for case in cases])
    assert not said, said


def test_conflict(ask, ground):
    text = "batch = 128\nrate = 0.05\nmomentum = 0.9\n"
    both = "batch = 128\nrate = 0.1\nwarmup = 2\nmomentum = 0.9\n"
    cases = [
        ("where both changed the rate", git.a_conflict("slow", "train.py"), ["slow", "train.py", text, "Merge slow"]),
        (
            "where each side changed other files too",
            git.a_conflict("slow", "src/train.py", own=2, also=True),
            ["slow", "src/train.py", both, "Merge slow with a warm-up"],
        ),
    ]
    said = ground.judge(ask, [(*case[:2], "resolve_conflict", case[2], git.resolved) for case in cases])
    assert not said, said


def test_history(ask, ground):
    old = "__pycache__/\n*.log\n"
    cases = [
        ("where there is no .gitignore", git.a_checkpoint("best.pt"), ["best.pt", "*.pt", ""]),
        (
            "where .gitignore has two lines",
            git.a_checkpoint("runs/last.ckpt", old, before=2, beside=2),
            ["runs/last.ckpt", "*.ckpt", old],
        ),
    ]
    said = ground.judge(ask, [(*case[:2], "forget_file", case[2], git.forgotten) for case in cases])
    assert not said, said


def test_tag(ask, ground):
    cases = [
        ("where main ends with Later 2", git.a_release(2), ["v1", "First release", 2]),
        ("where main ends with the release", git.a_release(0), ["v2", "Second release", 0]),
        ("where next is checked out", git.a_release(1, after=2, at="next"), ["v3", "Third release", 1]),
    ]
    said = ground.judge(ask, [(*case[:2], "tag_release", case[2], git.released) for case in cases])
    assert not said, said


def test_bisect(ask, ground):
    cases = [
        ("where commit 3 of 4 broke it", git.a_fault(4, 3, "works"), ["works", "sh check.sh", "culprit"]),
        ("where commit 5 of 12 broke it", git.a_fault(12, 5, "v1"), ["v1", "sh check.sh", "culprit"]),
    ]
    said = ground.judge(ask, [(*case[:2], "find_culprit", case[2], git.found) for case in cases])
    assert not said, said
