"""What holding one submission costs: a cell, a worker of its own, a bare pytest process, a notebook of nbgrader.

    python benchmarks/cells.py [--rounds 3] [--without nbgrader]

``functions`` loads f-outsize's reference and calls it twenty times; ``network`` loads code6's reference, carries its
network and compares it with what was carried. With pytest and nbgrader the same files are imported and the same calls
made, and of the network the parameters counted: less than is done here, and behind no wall.

CPU seconds for each submission after the first, with every process that came of it. What is paid once for a class
(imports, the probe, a zygote, the course of nbgrader, whatever is slower the first time) is a class of one, which is
taken away and told beside. Medians of the rounds, in which the ways take turns.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(Path(__file__).parent))
_class = import_module("class")  # a word of the language
WAYS = ("cells", "workers", "pytest", "nbgrader")
COUNTS = {"functions": 21, "network": 11}
REFERENCES = {"functions": ROOT / "graders/f-outsize/reference.py", "network": ROOT / "graders/code6/reference.py"}

ASK = {
    "functions": "for n in range(20):\n    assert student.call('out_size', 28 + n, 5) == 24 + n\n",
    "network": "assert student.network((1, 28, 28)).parameter_count == 6250\n",
}
TEST = {
    "functions": "for n in range(20):\n    assert out_size(28 + n, 5) == 24 + n\n",
    "network": (
        "import torch\nnet = Net()\nassert net(torch.zeros(2, 1, 28, 28)).shape == (2, 10)\n"
        "assert sum(p.numel() for p in net.parameters()) == 6250\n"
    ),
}

HOLD = """
import sys
from contextlib import closing, nullcontext
from pathlib import Path
from dlgrade import sandbox, student, submission
from dlgrade.batch._cells import zygote_for
from dlgrade.course import load_assignment
from dlgrade.student import Student
assert sandbox.probe().holds
what, count, cells = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "cells"
if what == "network":
    import torch
    from dlgrade import graph
root = Path(sys.argv[4])
assignment = load_assignment(root / "assignments" / {"functions": "f-outsize", "network": "code6"}[what], root)
with closing(zygote_for(assignment)) if cells else nullcontext() as zygote:
    if cells:
        zygote.wait()
    for _ in range(count):
        read = submission.read(Path(sys.argv[5]))
        with Student(read, *(["Net"] if what == "network" else []), isolation="required") as student:
            exec(sys.argv[6])
    assert not cells or (zygote.given, zygote.why_not) == (count + 1, "")
"""


def held(way: str, what: str, count: int, folder: Path) -> None:
    """The submission's process as a class has it, and the grader's side of it."""
    argv = [what, str(count), way, str(ROOT), str(REFERENCES[what]), ASK[what]]
    run([sys.executable, "-c", HOLD, *argv], folder)


def by_pytest(_: str, what: str, count: int, folder: Path) -> None:
    """A process for each submission, which imports it."""
    test = "def test_it():\n" + "".join(f"    {line}\n" for line in TEST[what].splitlines())
    (folder / "test_it.py").write_text(f"{REFERENCES[what].read_text()}\n\n{test}")
    for _ in range(count):
        run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "test_it.py"], folder)


def by_nbgrader(_: str, what: str, count: int, folder: Path) -> None:
    """One notebook for each submission, one after the other."""
    course = folder / "course"
    course.mkdir()
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'course'\n")
    write_notebook(course / "source" / "it" / "it.ipynb", "pass", TEST[what])
    run([sys.executable, "-m", "nbgrader", "generate_assignment", "it"], course)
    for number in range(count):
        answer = REFERENCES[what].read_text()
        write_notebook(course / "submitted" / f"s{number}" / "it" / "it.ipynb", answer, TEST[what])
    run([sys.executable, "-m", "nbgrader", "autograde", "it"], course)


def write_notebook(path: Path, answer: str, test: str) -> None:
    """A notebook with one answer and one test."""
    from nbformat import v4, write

    cells = []
    for name, source, graded in (("answer", answer, False), ("test", test, True)):
        cell = v4.new_code_cell(source)
        cell.metadata["nbgrader"] = {
            "grade": graded, "grade_id": name, "locked": graded, "points": 1, "schema_version": 3, "task": False,
            "solution": not graded, "cell_type": "code",
        }  # fmt: skip
        cells.append(cell)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.parent.mkdir(parents=True)
    write(v4.new_notebook(cells=cells, metadata=kernel), path)


def run(command: list[str], folder: Path) -> None:
    """One command, which must succeed."""
    where = _class.environment(folder)
    done = subprocess.run(command, cwd=folder, env=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


RUNS: dict[str, Callable[[str, str, int, Path], None]] = {
    "cells": held, "workers": held, "pytest": by_pytest, "nbgrader": by_nbgrader,
}  # fmt: skip


def cost(way: str, what: str, count: int) -> float:
    """CPU seconds of a class of so many."""
    with tempfile.TemporaryDirectory(prefix="cells-") as name:
        folder = Path(name)
        return float(_class.spent(lambda: RUNS[way](way, what, count, folder)).cpu)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", choices=WAYS, action="append", default=[])
    given = parser.parse_args()
    _class.adopt()
    ways = [way for way in WAYS if way not in given.without]
    for what, count in COUNTS.items():
        taken: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for number in range(given.rounds):
            for way in ways if number % 2 else reversed(ways):
                once = cost(way, what, 1)
                taken[way].append(((cost(way, what, count) - once) / (count - 1), once))
        print(f"{what}: CPU seconds for each of {count} submissions but the first, and for that; {given.rounds} rounds")
        each = {way: statistics.median(one for one, _ in taken[way]) for way in ways}
        for way in ways:
            once = statistics.median(once for _, once in taken[way])
            share = f"1/{each['nbgrader'] / each[way]:.1f} of nbgrader's" if "nbgrader" in each else ""
            print(f"  {way:<9} {each[way]:8.3f} {once:8.2f}   {share}", flush=True)


if __name__ == "__main__":
    main()
