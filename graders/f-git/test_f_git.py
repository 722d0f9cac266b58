"""Hidden graders of f-git: the same judgements in other repositories, with other names, messages and distances."""

import runpy
from types import SimpleNamespace

import pytest

WORDS = ["adam", "crop", "decay", "flip", "gap", "jitter", "mixup", "noise", "resnet", "slower", "swish", "wider"]


@pytest.fixture(scope="session")
def git(assignment):
    return SimpleNamespace(**runpy.run_path(str(assignment.folder / "judging.py")))


@pytest.fixture(scope="session")
def ground(git, student):
    with git.Ground(student) as ground:
        yield ground


def drawn(rng):
    """A name, a message, and a function that draws a whole number from a to b."""
    word, other = rng.choice(WORDS, 2, replace=False)
    return (
        f"{word}-{rng.integers(2, 99)}",
        f"Take in {other} {rng.integers(2, 99)}",
        lambda a, b: int(rng.integers(a, b + 1)),
    )


def test_merge(ask, git, ground, oracle_rng):
    cases = []
    for number in range(5):
        branch, message, whole = drawn(oracle_rng)
        at = branch if number % 3 == 1 else "main"
        wanted = git.a_branch(branch, shared=whole(1, 3), own=number % 2 * whole(1, 3), theirs=whole(1, 4), at=at)
        cases.append((f"drawn {number}", wanted, "merge_feature", [branch, message], git.merged))
    said = ground.judge(ask, cases)
    assert not said, said


def test_conflict(ask, git, ground, oracle_rng):
    cases = []
    for number in range(4):
        branch, message, whole = drawn(oracle_rng)
        path = f"{'src/' * whole(0, 2)}{oracle_rng.choice(WORDS)}.py"
        text = "".join(f"{word} = {whole(2, 900)}\n" for word in oracle_rng.choice(WORDS, whole(1, 6)))
        wanted = git.a_conflict(
            branch, path, shared=whole(1, 2), own=whole(1, 3), theirs=whole(1, 3),
            at=branch if number % 3 == 1 else "main", also=number % 2 == 0,
        )  # fmt: skip
        cases.append((f"drawn {number}", wanted, "resolve_conflict", [branch, path, text, message], git.resolved))
    said = ground.judge(ask, cases)
    assert not said, said


def test_history(ask, git, ground, oracle_rng):
    cases = []
    for number in range(4):
        name, _, whole = drawn(oracle_rng)
        ending = oracle_rng.choice(["pt", "pth", "ckpt", "npz"])
        path = f"{'runs/' * whole(0, 2)}{name}.{ending}"
        ignored = "".join(f"{word}/\n" for word in WORDS[: whole(1, 4)]) if number % 2 else ""
        wanted = git.a_checkpoint(path, ignored, before=whole(1, 4), beside=whole(0, 3))
        cases.append((f"drawn {number}", wanted, "forget_file", [path, f"*.{ending}", ignored], git.forgotten))
    said = ground.judge(ask, cases)
    assert not said, said


def test_tag(ask, git, ground, oracle_rng):
    """With a merge on the way main~2 and main^2 lead to different commits."""
    cases = []
    for number in range(5):
        tag, message, whole = drawn(oracle_rng)
        back = (0, 1, 2, whole(3, 4), whole(5, 9))[number]
        elsewhere = number % 2 == 1
        wanted = git.a_release(back, after=2 * elsewhere, at="next" if elsewhere else "main", merged=whole(0, 3))
        cases.append((f"drawn {number}", wanted, "tag_release", [tag, message, back], git.released))
    said = ground.judge(ask, cases)
    assert not said, said


def test_bisect(ask, git, ground, oracle_rng):
    cases = []
    for number in range(3):
        good, _, whole = drawn(oracle_rng)
        count = whole(6, 30)
        culprit = (1, count, whole(2, count))[number]
        wanted = git.a_fault(count, culprit, good)
        name = f"broken-{whole(2, 99)}"
        cases.append((f"drawn {number}", wanted, "find_culprit", [good, "sh check.sh", name], git.found))
    said = ground.judge(ask, cases)
    assert not said, said
