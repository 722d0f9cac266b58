"""Takes the whole commit back, with the work that was in it.

Fails: history
"""


def write(path, text):
    return {"write": path, "text": text}


def merge_feature(branch, message):
    return ["git switch main", f'git merge --no-ff -m "{message}" {branch}']


def resolve_conflict(branch, path, text, message):
    return [
        "git switch main",
        f"git merge {branch}",
        write(path, text),
        f"git add {path}",
        f'git commit -m "{message}"',
    ]


def forget_file(path, pattern, ignored):
    return [
        "git reset HEAD~1",
        write(".gitignore", f"{ignored}{pattern}\n"),
        "git add .gitignore",
        "git commit -m 'Ignore checkpoints'",
    ]


def tag_release(tag, message, back):
    return [f'git tag -a {tag} -m "{message}" main~{back}']


def find_culprit(good, check, name):
    return [
        f"git bisect start main {good}",
        f"git bisect run {check}",
        f"git tag {name} refs/bisect/bad",
        "git bisect reset",
    ]
