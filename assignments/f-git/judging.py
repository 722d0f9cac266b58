"""What is asked about Git, in terms of the repository before and after; used by the public checks and the graders.

The steps that a submission returns are plain data. They are taken in fresh repositories by practice.py, in a sandboxed
process in which nothing of the submission is loaded.
"""

import shlex
from pathlib import Path

from dlgrade import submission
from dlgrade.errors import MachineError
from dlgrade.student import Student, StudentError

MOST_STEPS = 20


class Ground:
    """Takes steps in fresh repositories and judges what became of them; a context manager."""

    def __init__(self, student):
        """`student`: the submission; its process is held as ours will be."""
        plain = student.isolation == "plain"
        source = submission.read(Path(__file__).with_name("practice.py"))
        self._process = Student(source, isolation="plain" if plain else "auto")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._process.close()

    def judge(self, ask, cases):
        """What is wrong in the first of the cases in which something is; empty where nothing is.

        Each is (where, description of a repository, name of the function, its arguments, judgement), and the judgement
        is called with the description, the repository afterwards and the arguments.
        """
        jobs = []
        for _, wanted, name, arguments, _ in cases:
            steps = ask(name, *arguments)
            if wrong := not_steps(steps):
                return f"{shown(name, arguments)}: {wrong}"
            jobs.append((wanted, steps))
        for (where, wanted, name, arguments, judgement), (_, steps), after in zip(
            cases, jobs, self.after(jobs), strict=True
        ):
            if wrong := judgement(wanted, after, *arguments):
                return told(f"{shown(name, arguments)}, {where}", wrong, steps, after)
        return ""

    def after(self, jobs):
        """What became of each (description, steps)."""
        given = [[wanted, steps] for wanted, steps in jobs]
        try:
            answers, _ = self._process.called("run", [given], arrays="numpy", seconds=90)
        except StudentError as error:
            raise RuntimeError(f"the repositories cannot be made: {error.problem.what}") from error
        if answers is None:
            raise MachineError("Git is not to be found where submissions run.", "Install it: https://git-scm.com")
        return answers


def not_steps(steps):
    """Why an answer is no list of steps; empty where it is one."""
    if not isinstance(steps, list):
        return f"it returns {steps!r:.80}; return a list of steps"
    if len(steps) > MOST_STEPS:
        return f"it returns {len(steps)} steps; {MOST_STEPS} are enough"
    for number, step in enumerate(steps, 1):
        if isinstance(step, dict):
            if set(step) != {"write", "text"} or not all(isinstance(part, str) for part in step.values()):
                return f"step {number} is {step!r:.80}; make such a step with write(path, text)"
            parts = step["write"].replace("\\", "/").split("/")
            if ".." in parts or "" in parts or ".git" in parts or ":" in step["write"]:
                return f"step {number} writes {step['write']!r:.60}, which is no file of the repository's folder"
        elif not isinstance(step, str):
            return f"step {number} is {step!r:.80}; a step is a text that begins with git, or write(path, text)"
        else:
            try:
                words = shlex.split(step)
            except ValueError:
                return f"step {number} is {step!r:.80}: one of its quotes is never closed"
            if words[:1] != ["git"]:
                return f"step {number} is {step!r:.80}; a step begins with git, or is made by write(path, text)"
            if {">", "|", "&&", ";"} & set(words):
                return f"step {number} is {step!r:.80}; no shell reads it, so it is one command without > | && ;"
    return ""


def shown(name, arguments):
    """The call, as one would type it."""
    return f"{name}({', '.join(f'{argument!r:.60}' for argument in arguments)})"


def told(call, wrong, steps, after):
    """What is wrong, and under it the steps with what Git said to those that it refused."""
    lines = [f"{call}: {wrong}"]
    for step, (code, text) in zip(steps, after["said"], strict=True):
        shown = step if isinstance(step, str) else f"write({step['write']!r}, ...)"
        lines.append(f"  $ {shown:.110}")
        said = [line for line in text.splitlines() if line.strip()]
        if code and said:
            reason = [line for line in said if line.startswith(("fatal:", "error:", "CONFLICT"))] or said
            lines.append(f"      {reason[-1].strip():.110}")
    return "\n".join(lines)


# -- repositories ----------------------------------------------------------------------------------------------------

LESSON = "Train the digits\n"


class Drawing:
    """Describes a repository, commit by commit."""

    def __init__(self):
        self.commits, self.heads, self.tags = [], {}, {}

    def commit(self, on, message, files, start=None, merged=()):
        """A commit on a branch; `start`: where a new branch begins; `files` change, the others stay."""
        before = self.heads.get(on, start)
        parents = ([] if before is None else [before]) + [self.heads[name] for name in merged]
        self.commits.append({"message": message, "parents": parents, "files": files})
        self.heads[on] = len(self.commits) - 1
        return self.heads[on]

    def drawn(self, at="main"):
        """The description that practice.py takes; `at` is the branch that is checked out."""
        return {"commits": self.commits, "heads": self.heads, "tags": self.tags, "at": at}


def a_branch(branch, shared=1, own=0, theirs=1, at="main"):
    """`main` with `shared` commits, then `own` more; the branch has `theirs` since the shared ones."""
    drawing = Drawing()
    for number in range(shared):
        drawing.commit("main", f"Epoch {number + 1}", {"train.py": f"epochs = {number + 1}\n", "README.md": LESSON})
    fork = drawing.heads["main"]
    for number in range(theirs):
        drawing.commit(branch, f"Try {number + 1}", {f"try{number + 1}.py": f"rate = 0.{number + 1}\n"}, start=fork)
    for number in range(own):
        drawing.commit("main", f"Note {number + 1}", {f"note{number + 1}.md": f"run {number + 1}\n"})
    return drawing.drawn(at)


def a_conflict(branch, path, shared=1, own=1, theirs=1, at="main", also=False):
    """Both sides change the same lines of `path`; with `also`, each changes a file of its own too."""
    drawing = Drawing()
    body = "batch = 128\nrate = {}\nmomentum = 0.9\n"
    for number in range(shared):
        files = {path: body.format(0.1), "README.md": LESSON, "log.md": f"{number + 1} runs\n"}
        drawing.commit("main", f"Run {number + 1}", files)
    fork = drawing.heads["main"]
    for number in range(theirs):
        files = {path: body.format(f"0.0{number + 5}")} | ({f"plot{number + 1}.py": "plot()\n"} if also else {})
        drawing.commit(branch, f"Slower {number + 1}", files, start=fork)
    for number in range(own):
        files = {path: body.format(f"0.{number + 2}")} | ({"notes.md": f"faster {number + 1}\n"} if also else {})
        drawing.commit("main", f"Faster {number + 1}", files)
    return drawing.drawn(at)


def a_checkpoint(path, ignored="", before=1, beside=1):
    """The last commit took the checkpoint `path` along with `beside` files that belong there."""
    drawing = Drawing()
    for number in range(before):
        files = {"train.py": f"epochs = {number + 1}\n", "README.md": LESSON}
        drawing.commit("main", f"Epoch {number + 1}", files | ({".gitignore": ignored} if ignored else {}))
    files = {f"part{number + 1}.py": f"part = {number + 1}\n" for number in range(beside)}
    drawing.commit("main", "Write the evaluation", {**files, path: "0.013 -0.27 0.41\n" * 40})
    return drawing.drawn()


def a_release(back, after=0, at="main", merged=0):
    """`main` with a commit, `back` commits after it, and a branch `next` that begins there.

    With `merged` that many commits of a branch come in by a merge between the two.
    """
    drawing = Drawing()
    for number in range(2):
        drawing.commit("main", f"Epoch {number + 1}", {"train.py": f"epochs = {number + 1}\n"})
    fork = drawing.heads["main"]
    for number in range(merged):
        drawing.commit("side", f"Side {number + 1}", {"side.py": f"side = {number + 1}\n"}, start=fork)
    for number in range(back):
        files = {"train.py": f"epochs = {number + 10}\n"}
        drawing.commit("main", f"Later {number + 1}", files, merged=["side"] if merged and not number else ())
    for number in range(after):
        drawing.commit("next", f"Next {number + 1}", {"next.py": f"n = {number + 1}\n"}, start=fork)
    return drawing.drawn(at)


CHECK = 'echo run >> .git/tested\nif grep -q "rate = 10" train.py; then exit 1; fi\nexit 0\n'


def a_fault(commits, culprit, good):
    """`main` with a tag `good` on its first commit, and `commits` after it; number `culprit` of these broke it."""
    drawing = Drawing()
    first = {"train.py": "rate = 0.1\nepochs = 0\n", "check.sh": CHECK}
    drawing.tags[good] = drawing.commit("main", "Begin", first)
    for number in range(1, commits + 1):
        rate = "10" if number >= culprit else "0.1"
        drawing.commit("main", f"Change {number}", {"train.py": f"rate = {rate}\nepochs = {number}\n"})
    return drawing.drawn()


# -- judgements --------------------------------------------------------------------------------------------------------


def merged(wanted, after, branch, message):
    """What is wrong with a merge commit of `branch` on `main`; empty where nothing is."""
    made, tip = after["made"], after["heads"].get("main", "")
    old, theirs = made[wanted["heads"]["main"]], made[wanted["heads"][branch]]
    if after["heads"].get(branch) not in {theirs, None}:
        return f"the branch {branch} was moved; only main gets a new commit"
    if tip == old:
        return "main is still where it was" + (", and the merge waits for its commit" if after["doing"] else "")
    if tip == theirs:
        return f"main was only moved to the last commit of {branch} (fast-forward), so no commit records the merge"
    commit = after["commits"].get(tip, {"parents": [], "message": ""})
    count = len(commit["parents"])
    if count != 2:
        return f"the last commit of main has {count} parent{'s' * (count != 1)}, wanted 2"
    if commit["parents"] != [old, theirs]:
        return f"the two parents are not the last commits of main and of {branch}, in this order"
    if commit["message"] != message:
        return f"the message of the merge is {commit['message']!r:.60}, wanted {message!r}"
    return ""


def left_behind(after):
    """What still hangs in the air in the folder."""
    if after["doing"]:
        return f"a {after['doing'][0]} is still going on"
    if after["status"]:
        return f"git status is not clean: {after['status'][0]!r:.60}"
    return ""


def resolved(wanted, after, branch, path, text, message):
    """What is wrong with a merge whose conflict in `path` was to become `text`."""
    wrong = merged(wanted, after, branch, message)
    if wrong:
        return wrong
    files = after["files"]
    if any(line.startswith(("<<<<<<<", ">>>>>>>")) for line in files.get(path, "").splitlines()):
        return f"{path} was committed with the marks of the conflict in it"
    if files.get(path) != text:
        return f"{path} reads {files.get(path)!r:.90}, wanted {text!r:.90}"
    last = {}  # each other file was changed on one side at most, so its last text is the one to have
    for commit in wanted["commits"]:
        last |= commit["files"]
    for name, content in last.items():
        if name != path and files.get(name) != content:
            return f"{name}, which was in no conflict, is {'not merged' if name in files else 'gone'}"
    return left_behind(after)


def forgotten(wanted, after, path, pattern, ignored):
    """What is wrong where `path` was to leave the history, stay in the folder, and be ignored from now on."""
    made, tip = after["made"], after["heads"].get("main", "")
    old = wanted["commits"][-1]
    if path in after["paths"]:
        commit = after["paths"][path]
        message = after["commits"].get(commit, {}).get("message", "")
        return f"{path} is still in the history: the commit {message!r:.40} has it, and so has every clone"
    commit = after["commits"].get(tip, {"parents": [], "message": ""})
    if commit["parents"] != [made[-2]]:
        count = 0
        while tip in after["commits"] and tip != made[-2]:
            count, tip = count + 1, (after["commits"][tip]["parents"] or [""])[0]
        return f"main has {count} commits where it had one; replace the last commit, add none and lose none"
    if commit["message"] != old["message"]:
        return f"the message of the last commit is now {commit['message']!r:.60}, it was {old['message']!r}"
    for name in old["files"]:
        if name != path and name not in after["files"]:
            return f"{name} belongs into the last commit and is no longer there"
    lines = after["files"].get(".gitignore", "").splitlines()
    missing = [line for line in [*ignored.splitlines(), pattern] if line not in lines]
    if missing:
        where = "the .gitignore of the last commit" if lines else "the last commit has no .gitignore; it"
        return f"{where} lacks the line {missing[0]}"
    if after["folder"].get(path) != old["files"][path]:
        return f"{path} is gone from the folder: the training of a night is lost"
    return left_behind(after)


def released(wanted, after, tag, message, back):
    """What is wrong where `tag` was to stand on the commit `back` before the end of `main`."""
    made, found = after["made"], after["tags"].get(tag)
    number = wanted["heads"]["main"]
    for _ in range(back):
        number = wanted["commits"][number]["parents"][0]
    if found is None:
        return f"there is no tag {tag}"
    if found["commit"] != made[number]:
        names = {name: wanted["commits"][place]["message"] for place, name in enumerate(made)}
        return (
            f"the tag stands on {names.get(found['commit'], 'another commit')!r}, "
            f"wanted {names[made[number]]!r}, which is main~{back}"
        )
    if not found["annotated"]:
        return "the tag is a lightweight one: a name only, without author, date and message"
    if found["message"] != message:
        return f"the message of the tag is {found['message']!r:.60}, wanted {message!r}"
    return unmoved(wanted, after)


def unmoved(wanted, after):
    """Which branch was moved that was to stay."""
    for name, number in wanted["heads"].items():
        if after["heads"].get(name) != after["made"][number]:
            return f"the branch {name} was moved or deleted"
    if after["at"] != wanted["at"]:
        where = f"on {after['at']}" if after["at"] else "on no branch (HEAD is detached)"
        return f"afterwards one is {where}, before it was {wanted['at']}"
    return left_behind(after)


def found(wanted, after, good, check, name):
    """What is wrong where the first commit that fails the check was to be found and be given the tag `name`."""
    broken = [number for number, commit in enumerate(wanted["commits"]) if "rate = 10" in commit["files"]["train.py"]]
    culprit = broken[0]
    tag = after["tags"].get(name)
    count = len(wanted["commits"]) - 1
    if tag is None:
        return f"there is no tag {name}"
    if not after["tested"]:
        return "no commit was tested"
    if tag["commit"] != after["made"][culprit]:
        numbers = {commit: number for number, commit in enumerate(after["made"])}
        return f"the tag stands on commit number {numbers.get(tag['commit'], '?')} of {count}, wanted number {culprit}"
    most = count.bit_length() + 1
    if after["tested"] > most:
        return f"{after['tested']} of {count} commits were tested, where halving needs at most {most}"
    return unmoved(wanted, after)
