"""The clusters' engines, really: a Ray cluster of this machine, and submitit's processes of this machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest
from tests.batch.conftest import HANDED_IN, RIGHT, timeless

pytestmark = pytest.mark.timeout(900)  # a busy machine starts Ray slowly, and it is started three times

SLOW = "import time\ndef double(n):\n    time.sleep(0.5)\n    return 2 * n\n"
CLASS = {"right": RIGHT, "wrong": HANDED_IN["wrong"], "raises": HANDED_IN["raises"], "exits": HANDED_IN["exits"]}


@contextmanager
def one_killed(is_grader: Callable[[psutil.Process], bool]) -> Iterator[list[int]]:
    """SIGKILL one grader while it measures something."""
    killed: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not killed and not over.wait(0.02):
            for process in psutil.Process().children(recursive=True):
                try:
                    if is_grader(process) and any(child.name() == "bwrap" for child in process.children()):
                        os.kill(process.pid, signal.SIGKILL)
                        killed.append(process.pid)
                        break
                except psutil.Error:
                    continue

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield killed
    finally:
        over.set()
        watching.join()


def of_ray(process: psutil.Process) -> bool:
    return process.name().startswith("ray::") or "default_worker.py" in " ".join(process.cmdline())


def of_submitit(process: psutil.Process) -> bool:
    return "submitit.core._submit" in " ".join(process.cmdline())


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("engine", "is_grader"),
    [({"engine": "ray"}, of_ray), ({"engine": "slurm", "engine_settings": {"cluster": "local"}}, of_submitit)],
    ids=["ray", "slurm"],
)
def test_results_are_those_of_the_local_engine_and_a_killed_worker_is_tried_again(
    desk: Callable, engine: dict, is_grader: Callable
) -> None:
    here = desk(folder="here")
    here.hand_in(CLASS)
    here.grade(jobs=2)

    there = desk(folder="there")
    there.hand_in({"slow": SLOW})
    with one_killed(is_grader) as killed:
        summary, events = there.grade(jobs=2, **engine)
    assert killed
    assert (summary.graded, summary.held) == (1, ()), there.attempts()["slow"][0].results["report"]["problem"]
    assert set(there.verdicts("slow").values()) == {"passed"}

    there.hand_in(CLASS)
    summary, events = there.grade(jobs=2, **engine)
    assert (summary.graded, summary.unchanged, summary.held) == (4, 1, ())
    if os.getloadavg()[0] < 2 * (os.cpu_count() or 1):  # where it is overloaded, time-outs are tried again
        assert not [event for event in events if event.what == "again"], "a crash of their own is a verdict"
    mine, theirs = here.attempts(), there.attempts()
    for who in CLASS:
        assert timeless(mine[who][0]) == timeless(theirs[who][0])
    assert there.grade(jobs=2, **engine)[0].graded == 0


def test_what_a_cluster_finished_after_the_command_was_killed_is_taken_up(desk: Callable) -> None:
    from dlgrade import batch
    from dlgrade.batch._slurm import Slurm

    settings = {"engine": "slurm", "engine_settings": {"cluster": "local"}}
    one = desk()
    one.hand_in({"ada": RIGHT})
    taken: list[str] = []
    submitted = Slurm.submit

    class KilledError(BaseException):
        pass

    def killed(self: Slurm) -> Iterator[batch.Result]:
        """The command ends here; what it has submitted goes on."""
        self._flush()
        while not all(running.done() for _, running in self._under_way.values()):
            time.sleep(0.1)
        self._under_way.clear()
        raise KilledError
        yield

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Slurm, "results", killed)
        patch.setattr(Slurm, "cancel", lambda self: None)
        with pytest.raises(KilledError):
            one.grade(**settings)
    assert one.attempts() == {}

    def noted(self: Slurm, job: batch.Job) -> None:
        submitted(self, job)
        taken.extend(["taken up"] * (job.number in self._under_way))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Slurm, "submit", noted)
        one.grade(**settings)
    assert taken == ["taken up"]
    assert set(one.verdicts("ada").values()) == {"passed"}
