"""A small course whose submissions are graded in a second, and what hands in a class to it."""

from __future__ import annotations

import json
import re
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from dlgrade import batch, intake
from dlgrade.course import Assignment, load_course
from dlgrade.gradebook import Attempt, Gradebook
from dlgrade.student import Patience

DOUBLE = {
    "assignment.yaml": """
        title: Twice as much
        track: first
        order: 1
        kind: functions
        call_seconds: 1
        criteria:
          small: {points: 2, says: double doubles small numbers.}
          large: {points: 3, says: double doubles large numbers.}
    """,
    "checks.py": """
        def test_small(ask):
            assert ask("double", 3) == 6, "double(3) is 6"


        def test_large(ask):
            assert ask("double", 10**9) == 2 * 10**9, "double(10**9) is 2 * 10**9"
    """,
    "double.py": """
        def double(n):
            raise NotImplementedError
    """,
}
SMALL = {
    "assignment.yaml": """
        title: A small network
        track: first
        order: 2
        network: Net
        data: mnist
        budget: {parameters: 9000, epochs: 1}
        training: {optimizer: SGD, lr: 0.05, batch_size: 256}
        criteria:
          budget: {points: 1, says: At most 9000 parameters.}
          trained: {points: 1, says: Better than nothing., wanted: 0.05}
    """,
    "checks.py": """
        def test_budget(network, assignment):
            assert network.parameter_count <= assignment.budget.parameters


        def test_trained(training, wanted):
            assert training.final_accuracy >= wanted
    """,
    "small.py": "raise NotImplementedError",
}

RIGHT = "def double(n):\n    return 2 * n\n"
HANDED_IN = {
    "right": RIGHT,
    "right-too": RIGHT + "\n# another file\n",
    "wrong": "def double(n):\n    return n + 3\n",
    "stub": "def double(n):\n    raise NotImplementedError\n",
    "raises": "def double(n):\n    return n / 0\n",
    "exits": "import os\ndef double(n):\n    os._exit(3)\n",
    "loops": "def double(n):\n    while True:\n        pass\n",
    "forks": (
        "import os\ndef double(n):\n    while True:\n"
        "        try:\n            os.fork()\n        except OSError:\n            pass\n"
    ),
    "hogs": "def double(n):\n    hog = []\n    while True:\n        hog.append(bytearray(32 << 20))\n",
    "syntax": "def double(n:\n",
    "noise": "\x00\x01\x02\x03",
}
NET = """
    import torch
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed({seed})
            self.{part} = nn.Sequential(nn.Conv2d(1, {width}, 5, stride=3), nn.ReLU())
            self.head = nn.Linear({width}, 10)

        def forward(self, x):
            return self.head(self.{part}(x).mean((2, 3)))
"""


def net(part: str = "maps", seed: int = 0, width: int = 4) -> str:
    """A network; what it calls its part changes nothing."""
    return textwrap.dedent(NET.format(part=part, seed=seed, width=width))


def write_course(root: Path) -> Path:
    (root / "course.yaml").write_text("title: Small\ntracks: {first: First}\n")
    for name, files in {"double": DOUBLE, "small": SMALL}.items():
        (root / "assignments" / name).mkdir(parents=True)
        for file, text in files.items():
            (root / "assignments" / name / file).write_text(textwrap.dedent(text).lstrip("\n"))
    return root


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The course's root."""
    root = tmp_path / "course"
    root.mkdir()
    return write_course(root)


def write_class(folder: Path, texts: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for who, text in texts.items():
        (folder / f"{who}.py").write_text(text)
    return folder


@dataclass
class Desk:
    """Grades classes of one assignment in this process."""

    assignment: Assignment
    folder: Path

    @property
    def handed_in(self) -> Path:
        return self.folder / "handed-in"

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    def hand_in(self, texts: Mapping[str, str]) -> None:
        write_class(self.handed_in, texts)

    def grade(
        self, on_event: Callable[[batch.Event], None] | None = None, *, student: str | None = None, **options: Any
    ) -> tuple[batch.Summary, list[batch.Event]]:
        events: list[batch.Event] = []

        def seen(event: batch.Event) -> None:
            events.append(event)
            if on_event is not None:
                on_event(event)

        chosen = batch.Options(**{"device": "cpu", "patience": Patience(memory_bytes=400 << 20), **options})
        with batch.Workplace(self.assignment.id, self.reports) as place, self.book() as book:
            found = intake.collect(self.handed_in, self.assignment.id, place.unpacked, student=student)
            summary = batch.grade_class(self.assignment, found, book, place, options=chosen, on_event=seen)
        return summary, events

    def book(self) -> Gradebook:
        return Gradebook(self.folder / "grades.sqlite")

    def attempts(self) -> dict[str, list[Attempt]]:
        found: dict[str, list[Attempt]] = {}
        with self.book() as book:
            for attempt in book.attempts(None, "assignment", self.assignment.id):
                found.setdefault(attempt.who, []).append(attempt)
        return found

    def verdicts(self, who: str) -> dict[str, str]:
        (attempt,) = self.attempts()[who]
        return {one["id"]: one["verdict"] for one in attempt.results["report"]["criteria"]}


@pytest.fixture
def desk(course: Path, tmp_path: Path) -> Callable[..., Desk]:
    """A desk for one assignment of the course; another name for another gradebook and reports."""
    assignments = {one.id: one for one in load_course(course).assignments}

    def make(name: str = "double", folder: str = "class") -> Desk:
        (tmp_path / folder).mkdir(exist_ok=True)
        return Desk(assignments[name], tmp_path / folder)

    return make


def timeless(attempt: Attempt) -> str:
    """All that an attempt says but for times and the addresses of objects in the instructor's details."""
    told = json.dumps([attempt.who, attempt.points, attempt.max, attempt.key, without_times(attempt.results)])
    return re.sub(r" at 0x[0-9a-f]+", "", told)


def without_times(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: without_times(part) for name, part in value.items() if name != "seconds"}
    return [without_times(part) for part in value] if isinstance(value, list) else value


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """No process that was started here goes on."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    deadline = time.monotonic() + 15
    while left := [p for p in psutil.Process().children(recursive=True) if p.pid not in before and of_a_run(p)]:
        assert time.monotonic() < deadline, f"left: {left}"
        time.sleep(0.1)


def of_a_run(process: psutil.Process) -> bool:
    """Whether it belongs to a grading that goes on; the guardian and multiprocessing's tracker belong to the tests."""
    try:
        line = " ".join(process.cmdline())
        return process.status() != psutil.STATUS_ZOMBIE and not ("_guarding" in line or "resource_tracker" in line)
    except psutil.Error:
        return False
