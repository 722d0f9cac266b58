"""A class of right, wrong and hostile submissions: everyone has a verdict, and nobody's depends on the others."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import re
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import psutil
import pytest
from tests.batch.conftest import HANDED_IN, RIGHT, net, timeless

from dlgrade import batch
from dlgrade.batch import _engines, _grader, page_name
from dlgrade.batch._local import Local
from dlgrade.batch._nouns import Job, Result
from dlgrade.course import load_assignment
from dlgrade.gradebook import Decision

pytestmark = pytest.mark.timeout(900)  # a busy machine takes its time

PASSED = {"small": "passed", "large": "passed"}
SLEEPS = "import time\ndef double(n):\n    time.sleep(0.7)\n    return 2 * n\n"


@pytest.mark.usefixtures("nothing_left")
def test_everyone_has_a_verdict_and_the_honest_have_that_which_they_have_alone(desk: Callable) -> None:
    whole = desk()
    whole.hand_in(HANDED_IN)
    summary, _ = whole.grade(jobs=3)
    assert (summary.graded, summary.unchanged, summary.held) == (len(HANDED_IN), 0, ())
    found = whole.attempts()
    assert {who: len(many) for who, many in found.items()} == dict.fromkeys(HANDED_IN, 1)
    assert whole.verdicts("right") == PASSED
    assert set(whole.verdicts("wrong").values()) == {"passed", "failed"}
    assert set(whole.verdicts("stub").values()) == {"failed"}
    assert whole.verdicts("exits")["small"] == "crashed"
    assert whole.verdicts("loops")["small"] == "timeout"
    assert whole.verdicts("forks")["small"] in {"timeout", "crashed"}
    assert whole.verdicts("hogs")["small"] in {"timeout", "crashed"}
    assert set(whole.verdicts("syntax").values()) == set(whole.verdicts("noise").values()) == {"blocked"}

    for who in ("right", "wrong"):
        alone = desk(folder=f"alone-{who}")
        alone.hand_in({who: HANDED_IN[who]})
        alone.grade(jobs=1)
        # Where it lies is the same name in both: what the report calls it is what was handed in.
        assert timeless(alone.attempts()[who][0]) == timeless(found[who][0])
    for who in HANDED_IN:
        page = (whole.reports / page_name(who)).read_text()
        assert "Twice as much" in page
    assert (whole.reports / "index.html").exists()


def test_what_is_unchanged_is_left_alone_and_what_is_changed_is_graded_again(
    desk: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = desk()
    one.hand_in({"ada": RIGHT, "bob": RIGHT, "cyd": HANDED_IN["wrong"]})
    one.grade()
    assert one.grade()[0].graded == 0
    one.hand_in({"cyd": RIGHT})
    checks = one.assignment.folder / "checks.py"
    checks.write_text(checks.read_text() + "\n# a remark changes nothing\n")
    summary, _ = one.grade()
    assert (summary.graded, summary.unchanged) == (1, 2)
    assert [attempt.points for attempt in one.attempts()["cyd"]] == [2, 5]
    checks.write_text(checks.read_text().replace('ask("double", 3) == 6', 'ask("double", 4) == 8'))
    assert one.grade(student="ada")[0].graded == 1
    assert one.grade(seed=1)[0].graded == 3
    assert one.grade(seed=1, force=True)[0].graded == 3
    assert {who: len(many) for who, many in one.attempts().items()} == {"ada": 4, "bob": 3, "cyd": 4}


class Noted(Local):
    """The engine on this machine; keeps what it is given."""

    submitted: ClassVar[list[Job]] = []

    def submit(self, job: Job) -> None:
        self.submitted.append(job)
        super().submit(job)


def test_the_same_network_is_trained_once_whatever_its_parts_are_called(
    desk: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_engines, "Local", Noted)
    monkeypatch.setattr(Noted, "submitted", [])
    one = desk("small")
    one.hand_in({"ada": net("maps"), "bob": net("features"), "cyd": net("maps", seed=1), "dot": net(width=999)})
    waiting: set[str] = set()

    def stop(event: batch.Event) -> None:
        waiting.update({event.who} if event.what == "waits" else ())
        if len(waiting) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one.grade(stop, profile="quick", jobs=2)
    assert waiting == {"ada", "bob", "cyd"}
    first = [job.trains for job in Noted.submitted]
    assert first[:4] == [False] * 4, "the gates of all come first"
    Noted.submitted.clear()
    summary, _ = one.grade(profile="quick", jobs=2)
    assert (summary.trained, summary.shared) == (2, 1)
    assert {job.origin for job in Noted.submitted if not job.trains} <= {"dot.py"}, "who passed the gates is trained"
    found = {who: many[0].results for who, many in one.attempts().items()}
    curves = {who: results["report"]["training"] for who, results in found.items()}
    assert curves["dot"] is None
    assert curves["ada"]["curve"] == curves["bob"]["curve"] != curves["cyd"]["curve"]
    assert found["ada"]["fingerprint"] == found["bob"]["fingerprint"] == found["cyd"]["fingerprint"] != ""
    assert found["dot"]["fingerprint"] != found["ada"]["fingerprint"]

    page = one.reports / "ada.html"
    before = page.read_text()
    assert before.count("data:image/png") > 2, "the images that went wrong are on it"
    page.unlink()
    assert one.grade(profile="quick")[0].graded == 0
    assert page.read_text() == before, "a page that is gone is made again without grading"


def test_a_page_shows_the_steps_that_the_student_was_graded_in_before(course: Path, desk: Callable) -> None:
    here = course / "assignments"
    shutil.copytree(here / "small", here / "smaller")
    described = here / "smaller/assignment.yaml"
    described.write_text(described.read_text().replace("order: 2", "order: 3").replace("A small", "A smaller"))
    (here / "smaller/small.py").rename(here / "smaller/smaller.py")
    small = desk("small")
    small.hand_in({"ada": net(), "bob": net(width=999)})
    small.grade(profile="smoke")
    smaller = dataclasses.replace(small, assignment=load_assignment(here / "smaller"))
    (small.handed_in / "bob.py").unlink()
    small.hand_in({"ada": net(width=3), "cyd": net(width=3)})
    smaller.grade(profile="smoke")
    page = small.reports / "ada.html"
    first = page.read_text()
    assert re.search(r"A small network.*154.*A smaller network.*118", first, re.DOTALL)
    assert "A small network" not in (small.reports / "cyd.html").read_text(), "who has no step before, or another's"
    page.unlink()
    smaller.grade(profile="smoke")
    assert page.read_text() == first


def test_the_time_limit_ends_one_submission_and_no_other(desk: Callable) -> None:
    one = desk()
    checks = one.assignment.folder / "checks.py"  # many questions, none of which takes too long by itself
    checks.write_text(
        checks.read_text().replace(
            "def test_large(ask):", "def test_large(ask):\n    for n in range(99):\n        ask('double', n)\n"
        )
    )
    one.hand_in({"ada": RIGHT, "late": SLEEPS})
    one.grade(jobs=2, time_limit=12)
    assert one.verdicts("ada") == PASSED
    assert set(one.verdicts("late").values()) == {"timeout"}
    (attempt,) = one.attempts()["late"]
    assert "within the 12 seconds" in attempt.results["report"]["problem"]["what"]


# -- our own failures ------------------------------------------------------------------------------------------


def kill_graders(times: int, over: threading.Event) -> None:
    """SIGKILL a grader process that measures something; so many times."""
    killed: set[int] = set()
    while len(killed) < times and not over.wait(0.05):
        for child in multiprocessing.active_children():
            # Whoever has started a sandbox is in the middle of a submission.
            busy = child.pid not in killed and any("bwrap" in p.name() for p in children_of(child.pid))
            if busy and child.pid is not None and len(killed) < times:
                os.kill(child.pid, signal.SIGKILL)
                killed.add(child.pid)


def children_of(pid: int | None) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


@pytest.mark.usefixtures("nothing_left")
def test_a_grader_that_is_killed_is_tried_again_alone(desk: Callable) -> None:
    one, over = desk(), threading.Event()
    one.hand_in({"ada": SLEEPS, "bob": SLEEPS})
    killer = threading.Thread(target=kill_graders, args=(1, over))
    killer.start()
    try:
        summary, events = one.grade(jobs=2)
    finally:
        over.set()
        killer.join()
    again = [event for event in events if event.what == "again"]
    assert len(again) == 1
    assert summary.held == ()
    assert one.verdicts("ada") == one.verdicts("bob") == PASSED


@pytest.mark.usefixtures("nothing_left")
def test_what_kills_its_grader_twice_is_held_and_tried_again_by_the_next_run(desk: Callable) -> None:
    one, over = desk(), threading.Event()
    one.hand_in({"ada": SLEEPS})
    killer = threading.Thread(target=kill_graders, args=(2, over))
    killer.start()
    try:
        summary, _ = one.grade(jobs=1)
    finally:
        over.set()
        killer.join()
    assert summary.held == ("ada",)
    assert set(one.verdicts("ada").values()) == {"error"}
    (attempt,) = one.attempts()["ada"]
    assert "killed" in attempt.results["report"]["problem"]["detail"]
    assert "killed" not in (one.reports / "ada.html").read_text(), "that is for the staff"
    summary, _ = one.grade(jobs=1)
    assert (summary.graded, summary.held) == (1, ())
    assert one.attempts()["ada"][-1].points == 5


def test_a_trainer_that_is_killed_is_tried_again_alone(desk: Callable) -> None:
    one, over = desk("small"), threading.Event()
    one.hand_in({"ada": net()})

    def kill_trainers() -> None:
        while not over.wait(0.05):
            for process in children_of(os.getpid()):
                with contextlib.suppress(psutil.Error):
                    # The sandbox's own first process is called by the same line, and is not the trainer.
                    if "trainer._desk" in " ".join(process.cmdline()) and process.name() != "bwrap":
                        process.kill()

    def on_event(event: batch.Event) -> None:
        if event.what == "again":
            over.set()

    killer = threading.Thread(target=kill_trainers)
    killer.start()
    try:
        summary, events = one.grade(on_event, profile="quick", jobs=1)
    finally:
        over.set()
        killer.join()
    assert ["the process that trains failed" in e.says for e in events if e.what == "again"] == [True]
    assert (summary.graded, summary.held) == (1, ())
    assert one.verdicts("ada") == {"budget": "passed", "trained": "passed"}


class Forged(Local):
    """The engine on this machine, with a word changed in the first answer of a job."""

    change: ClassVar[dict[str, object]] = {}
    alone: ClassVar[dict[int, list[bool]]] = {}

    def submit(self, job: Job) -> None:
        self.alone.setdefault(job.number, []).append(job.alone)
        super().submit(job)

    def results(self):
        for result in super().results():
            first = len(self.alone[result.number]) == 1
            yield dataclasses.replace(result, answer={**result.answer, **self.change}) if first else result


@pytest.mark.parametrize(
    ("text", "change", "says"),
    [(RIGHT, {"full": True}, "did not fit into the GPU"), (HANDED_IN["loops"], {"crowd": 30.0}, "crowded machine")],
    ids=["a full GPU", "a crowded machine"],
)
def test_what_others_may_have_caused_is_measured_again_alone(
    desk: Callable, monkeypatch: pytest.MonkeyPatch, text: str, change: dict, says: str
) -> None:
    monkeypatch.setattr(Forged, "change", change)
    monkeypatch.setattr(Forged, "alone", {})
    monkeypatch.setattr(_engines, "Local", Forged)
    one = desk()
    one.hand_in({"ada": text, "bob": text})
    summary, events = one.grade(jobs=2)
    assert [says in event.says for event in events if event.what == "again"] == [True, True]
    assert Forged.alone == {0: [False, True], 1: [False, True]}
    assert summary.graded == 2
    assert {who: len(many) for who, many in one.attempts().items()} == {"ada": 1, "bob": 1}


def test_a_decision_of_a_person_stays_when_the_class_is_graded_again(desk: Callable) -> None:
    one = desk()
    one.hand_in({"ada": HANDED_IN["wrong"]})
    one.grade()
    with one.book() as book:
        from datetime import UTC, datetime

        book.decide(Decision("ada", "double", "staff", "was ill", datetime.now(UTC), points=4.0))
    summary, _ = one.grade()
    assert (summary.graded, summary.median) == (0, 4.0)


def test_a_file_that_is_changed_while_it_is_graded_is_graded_as_it_was_read(
    desk: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key says of which source a result is; it is graded again, and held where it goes on changing."""
    one = desk()
    one.hand_in({"ada": RIGHT})
    real = _engines.Local.submit

    def submit(self: Local, job: Job) -> None:
        with open(job.path, "a") as file:
            file.write("# more\n")
        real(self, job)

    monkeypatch.setattr(_engines.Local, "submit", submit)
    summary, events = one.grade()
    assert summary.held == ("ada",)
    assert "changed while it was graded" in next(event.says for event in events if event.what == "again")


def test_results_of_a_class_are_plain_data() -> None:
    assert {field.name for field in dataclasses.fields(Result)} == {"number", "answer", "lost", "late"}
    assert _grader.Waits("hash", 1.0).training == "hash"
