"""Git: merge, resolve, forget, tag, find.

Each function returns the steps that somebody would take in the repository's folder, as a list. A step is one command
as you type it in a terminal, such as 'git switch main', or a file that you save, made by `write`. No shell reads the
commands, so there is no > and no &&; quotes work: 'git commit -m "Two words"'.

Whichever branch the repository is on, `main` is the one that all work goes to. Every function is tried with the real
Git in several repositories. Read README.md first.
"""

from typing import Any

Step = Any
"""A command (a text that begins with git), or what `write` makes."""


def write(path: str, text: str) -> Step:
    """The step of saving `text` in the file `path`, whatever was in it before. Ready to be used; leave it as it is."""
    return {"write": path, "text": text}


def merge_feature(branch: str, message: str) -> list[Step]:
    """Merge `branch` into main by a commit of its own, with two parents and this message.

    Also where main has no commit since the branch began. Another branch than main may be checked out.

    Example: merge_feature('warmup', 'Merge the warm-up') begins with 'git switch main'.
    """
    raise NotImplementedError


def resolve_conflict(branch: str, path: str, text: str, message: str) -> list[Step]:
    """Merge `branch` into main, where both have changed `path`; in the merge commit `path` reads `text`.

    Other files that either side changed come in as Git merges them. Nothing is left to be committed.

    Example: resolve_conflict('slow', 'train.py', 'rate = 0.05\\n', 'Merge slow'); the merge itself stops with a
    conflict, and the steps behind it are taken all the same.
    """
    raise NotImplementedError


def forget_file(path: str, pattern: str, ignored: str) -> list[Step]:
    """Take `path` out of the history, keep it in the folder, and ignore files like it from now on.

    The last commit of main, which nobody else has yet, took it along by mistake. Afterwards no commit that a name
    leads to holds it. The last commit is replaced: same message, its other files still in it, and the line `pattern`
    in its .gitignore.

    Args:
        ignored: what .gitignore reads now; empty, or lines that stay.

    Example: forget_file('best.pt', '*.pt', '__pycache__/\\n').
    """
    raise NotImplementedError


def tag_release(tag: str, message: str, back: int) -> list[Step]:
    """Put the annotated tag `tag` with this message on the commit `back` before the last one of main.

    No branch moves, and the branch that is checked out stays so; it need not be main.

    Example: tag_release('v1', 'First release', 2): after A - B - C - D on main the tag stands on B.
    """
    raise NotImplementedError


def find_culprit(good: str, check: str, name: str) -> list[Step]:
    """Find the commit of main that broke the program, by bisection, and put the tag `name` on it.

    Args:
        good: a tag on a commit of main that still worked. The last commit of main does not.
        check: a command that ends with exit code 0 in a commit that works and 1 in one that does not, 'sh check.sh'.

    Afterwards main is checked out as before and no bisection is going on.

    Example: with 8 commits behind `good`, three or four runs of `check` find it.
    """
    raise NotImplementedError
