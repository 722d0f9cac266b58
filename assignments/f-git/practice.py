"""Makes a repository, takes steps in it with the real Git, and tells what became of it.

This runs in a sandboxed process of its own, in which nothing of a submission is loaded: steps are data, and what Git
did with them is read from the repository.
"""

import io
import os
import shlex
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

PERSON = ("Ada", "ada@example.org")
BEGAN = 1_700_000_000
SECONDS = 5
"""One command may take so long."""

SETTINGS = {
    "advice.detachedHead": "false",
    "core.autocrlf": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "core.hooksPath": os.devnull,
}


def environment(folder):
    """No settings but ours, and the same author and time for everybody, so that the same steps give the same ids."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR") if name in os.environ}
    told = {"GIT_CONFIG_COUNT": str(len(SETTINGS))}
    for number, (key, value) in enumerate(SETTINGS.items()):
        told |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    for role in ("AUTHOR", "COMMITTER"):
        told |= {f"GIT_{role}_NAME": PERSON[0], f"GIT_{role}_EMAIL": PERSON[1]}
        told[f"GIT_{role}_DATE"] = f"{BEGAN + 1_000_000} +0000"
    return {
        **kept,
        **told,
        "HOME": str(folder.parent),
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(folder.parent),  # never a repository that lies around ours
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "true",  # whoever gives no message keeps the one that Git proposes
        "GIT_PAGER": "cat",
    }


class Repository:
    def __init__(self, folder):
        self.folder = folder
        self.environment = environment(folder)

    def git(self, *words, feed=b""):
        """Return code and output, both streams together."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.folder,
            env=self.environment,
            input=feed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode, done.stdout

    def said(self, *words):
        return self.git(*words)[1].decode("utf-8", "replace")

    def write(self, path, text):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


def make(repository, wanted):
    """Make the repository that `wanted` describes; the ids of its commits in their order."""
    repository.folder.mkdir()
    code, text = repository.git("init", "-q", "--template=", "-b", wanted["at"])
    if code:
        raise RuntimeError(text.decode())  # older than 2.28: it knows no -b
    stream = []
    for number, commit in enumerate(wanted["commits"]):
        message, time = commit["message"].encode(), BEGAN + 60 * number
        stream += [b"commit refs/heads/made", b"mark :%d" % (number + 1)]
        stream += [b"committer %s <%s> %d +0000" % (PERSON[0].encode(), PERSON[1].encode(), time)]
        stream += [b"data %d" % len(message), message]
        first, *others = commit["parents"] or [None]
        stream += [] if first is None else [b"from :%d" % (first + 1)]
        stream += [b"merge :%d" % (other + 1) for other in others]
        for path, text in commit["files"].items():
            stream += [b"M 100644 inline %s" % path.encode(), b"data %d" % len(text.encode()), text.encode()]
        stream.append(b"")
        if number + 1 < len(wanted["commits"]) and not wanted["commits"][number + 1]["parents"]:
            raise ValueError("only the first commit may be without parents")
    for kind in ("heads", "tags"):
        for name, number in wanted[kind].items():
            stream += [b"reset refs/%s/%s" % (kind.encode(), name.encode()), b"from :%d" % (number + 1), b""]
    marks = repository.folder.parent / (repository.folder.name + ".marks")
    code, text = repository.git("fast-import", "--quiet", f"--export-marks={marks}", feed=b"\n".join(stream))
    if code:
        raise RuntimeError(text.decode())
    repository.git("update-ref", "-d", "refs/heads/made")
    repository.git("reset", "-q", "--hard")
    lines = (line.split() for line in marks.read_text().splitlines())
    ids = {int(mark[1:]): name for mark, name in lines}
    return [ids[number + 1] for number in range(len(wanted["commits"]))]


def take(repository, step):
    """Take one step; return code and the words of Git."""
    if not isinstance(step, str):
        try:
            repository.write(step["write"], step["text"])
        except OSError as error:
            return [1, f"{type(error).__name__}: {error.strerror}"]
        return [0, ""]
    try:
        code, text = repository.git(*shlex.split(step)[1:])
    except ValueError as error:
        return [1, str(error)]
    except subprocess.TimeoutExpired:
        return [1, f"not finished after {SECONDS} seconds"]
    return [code, text.decode("utf-8", "replace").strip()[-2000:]]


def look(repository):
    """What the repository is like now, as plain data; `paths`: each path that any commit has, with one that has it."""
    heads, tags = {}, {}
    form = "%(refname)%00%(objecttype)%00%(objectname)%00%(*objectname)%00%(contents)%01"
    for entry in repository.said("for-each-ref", f"--format={form}", "refs/heads", "refs/tags").split("\x01"):
        if not entry.strip():
            continue
        name, kind, here, there, text = entry.strip("\n").split("\x00", 4)
        if name.startswith("refs/heads/"):
            heads[name.removeprefix("refs/heads/")] = here
        else:
            entry = {"annotated": kind == "tag", "commit": there or here, "message": text.strip()}
            tags[name.removeprefix("refs/tags/")] = entry
    commits, paths = {}, {}
    for entry in repository.said("log", "--all", "--format=%H%x00%P%x00%B%x01", "HEAD").split("\x01"):
        if entry.count("\x00") == 2:
            name, parents, text = entry.strip("\n").split("\x00")
            commits[name] = {"parents": parents.split(), "message": text.strip()}
    # With -m a merge comes once for each parent, and not at all where nothing differs.
    touching = ("log", "--all", "-m", "--no-renames", "--diff-filter=AM", "--name-only", "--format=%x01%H", "HEAD")
    for entry in repository.said(*touching).split("\x01"):
        name, *touched = entry.splitlines() or [""]
        paths |= {path.strip('"'): name for path in touched if path}
    standing, *status = repository.said("status", "--porcelain", "--branch").splitlines() or [""]
    at = standing.removeprefix("## ").removeprefix("No commits yet on ")
    hidden = repository.folder / ".git"
    doing = [word for word, file in (("merge", "MERGE_HEAD"), ("bisect", "BISECT_LOG")) if (hidden / file).exists()]
    tested = hidden / "tested"
    return {
        "at": "" if at.startswith("HEAD (") else at,
        "heads": heads,
        "tags": tags,
        "commits": commits,
        "files": files_of(repository, "main"),
        "paths": paths,
        "status": status,
        "folder": {
            path.relative_to(repository.folder).as_posix(): path.read_bytes().decode("utf-8", "replace")
            for path in sorted(repository.folder.rglob("*"))
            if path.is_file() and hidden not in path.parents
        },
        "doing": doing,
        "tested": len(tested.read_text().split()) if tested.exists() else 0,
    }


def files_of(repository, commit):
    """Path and text of each file of a commit."""
    code, packed = repository.git("archive", "--format=tar", commit)
    if code:
        return {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        return {m.name: tar.extractfile(m).read().decode("utf-8", "replace") for m in tar if m.isfile()}


def run(jobs):
    """For each pair of a description and steps: what Git said to each step, and the repository afterwards."""
    if shutil.which("git") is None:
        return None
    answers = []
    with tempfile.TemporaryDirectory() as name:
        for number, (wanted, steps) in enumerate(jobs):
            repository = Repository(Path(name).resolve() / f"r{number}")
            made = make(repository, wanted)
            said = [take(repository, step) for step in steps]
            answers.append({"made": made, "said": said, **look(repository)})
    return answers
