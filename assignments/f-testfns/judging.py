"""Right and wrong implementations, and what the student's tests say of each; for the public checks and the graders."""

import ast
from pathlib import Path

from dlgrade.student import StudentError

FUNCTIONS = ("out_size", "softmax", "accuracy", "normalise", "iou")
PROBE = Path(__file__).with_name("probing.py").read_text(encoding="utf-8")


def implementations(file):
    """By function, the (source, words) of each implementation in a file of them.

    ``softmax_1`` there is one of softmax; its docstring goes on where "one that" or "a softmax that" stops.
    """
    found = {name: [] for name in FUNCTIONS}
    for node in ast.parse(Path(file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            words = " ".join(ast.get_docstring(node).split())
            node.name = next(name for name in FUNCTIONS if node.name.startswith(name))
            node.body = node.body[1:]
            found[node.name].append((ast.unparse(node), words))
    return found


class Said:
    """What one test said of right and wrong implementations.

    Attributes:
        trouble: the StudentError where the test could not be run at all.
        right, wrong: (how it ended, message, line, words) for each implementation.
        again: the same after each other without a fresh start: the first right one, all wrong ones, the right one.
        wrapped: of the first right one as something that can only be called.
    """

    def __init__(self, student, seconds, name, right, wrong, order=None):
        self.name, self.trouble = name, None
        self.right = self.wrong = self.again = ()
        jobs = [(source, False, False) for source, _ in (*right, *wrong)]
        order = list(range(len(jobs))) if order is None else order
        plain = right[0][0]
        again = [plain, *(source for source, _ in wrong), plain]
        sent = [jobs[place] for place in order] + [(source, False, bool(n)) for n, source in enumerate(again)]
        sent.append((plain, True, False))
        try:
            answers, _ = student.called(
                f"test_{name}", [name, [list(job) for job in sent]], arrays="numpy", seconds=seconds, through=PROBE
            )
        except StudentError as error:
            self.trouble = error
            return
        ended = [answers[order.index(place)] for place in range(len(jobs))]
        told = [(*end, words) for end, (_, words) in zip(ended, (*right, *wrong), strict=True)]
        self.right, self.wrong = told[: len(right)], told[len(right) :]
        self.again, self.wrapped = answers[len(jobs) : -1], answers[-1]

    @property
    def counts(self):
        """Whether the plainest right implementation passes; where it does not, a kill is none."""
        return bool(self.right) and self.right[0][0] == "passed"

    @property
    def killed(self):
        """For each wrong implementation, whether the test fails on it and rightly so."""
        return [self.counts and end in {"assert", "error"} for end, *_ in self.wrong]

    @property
    def slow(self):
        """Whether it was stopped."""
        return any(end[0] == "slow" for end in (*self.right, *self.wrong))

    @property
    def idle(self):
        """Why nothing can be said for it yet, in words; empty where something can."""
        if self.slow or any(self.killed):
            return ""
        if not self.counts:
            return f"test_{self.name} fails on a right function; that comes first"
        returned = next((text for _, text, *_ in self.wrong if text), "")
        said = f"{returned}, and nobody reads what a test returns" if returned else "it asserts nothing yet"
        return f"test_{self.name} passes on every wrong function: {said}"


def ended(end):
    """Where in the student's file and how a run ended."""
    kind, text, number = end[:3]
    if kind == "error":
        return f"line {number} stops with {text}"
    return f"the assert in line {number} fails" + (f": {text}" if text else "")


def all_said(student, seconds, right, wrong, orders=None):
    """`Said` for each of the functions."""
    orders = orders or {}
    return [Said(student, seconds, name, right[name], wrong[name], orders.get(name)) for name in FUNCTIONS]


def under(header, lines):
    """Lines below a header; empty where there are none."""
    return "\n".join([header, *lines]) if lines else ""


def idle(said):
    """Which tests cannot be judged yet."""
    return "\n".join(one.idle for one in said if one.idle)


def strict(said):
    """Which tests fail on a right function, with the words for it."""
    lines = []
    for one in said:
        bad = [end for end in one.right if end[0] in {"assert", "error"}]
        lines += [f"test_{one.name}: {end[3]} ({ended(end)})" for end in bad[:2]]
    return under("tests fail on a right function that", lines)


def alive(said):
    """Which wrong functions live on, with the words for them."""
    unknown, lines, total = [], [], 0
    for one in said:
        total += len(one.wrong)
        if one.slow:
            unknown.append(f"test_{one.name} was stopped after its second, so it has killed nothing")
        elif one.idle:
            unknown.append(one.idle)
        else:
            pairs = zip(one.wrong, one.killed, strict=True)
            lines += [f"test_{one.name}: {end[3]}" for end, dead in pairs if not dead]
    header = f"{len(lines)} of {total} planted bugs live on; the test passes on a function that"
    return "\n".join(filter(None, [*unknown, under(header, lines)]))


def leaning(said):
    """Which tests need more than a function that can be called, or a fresh start."""
    lines = []
    for one in said:
        if not one.counts:
            continue
        if one.wrapped[0] != "passed":
            lines.append(f"test_{one.name}: something else that is called like the function; {ended(one.wrapped)}")
        first, *others, last = one.again
        before = [end[0] != "passed" for end in one.wrong]
        if last[0] != "passed" and first[0] == "passed":
            lines.append(f"test_{one.name}: a right function, once wrong ones have run; {ended(last)}")
        elif first[0] != "passed" or [end[0] != "passed" for end in others] != before:
            lines.append(f"test_{one.name}: the functions of before, on which it now says something else")
    return under("run once more, tests differ on", lines)


def slow(said):
    """Which tests were stopped."""
    return "\n".join(f"test_{one.name} takes more than a second for one function" for one in said if one.slow)
