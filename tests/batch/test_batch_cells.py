"""A class whose submissions are held by cells of a zygote: the verdicts are those of workers of their own."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import threading
import time
from collections.abc import Callable

import psutil
import pytest
from tests.batch.conftest import HANDED_IN, Desk, timeless

from dlgrade import sandbox
from dlgrade.batch import _cells

pytestmark = pytest.mark.timeout(900)

SLEEPS = "import time\ndef double(n):\n    time.sleep(0.7)\n    return 2 * n\n"


@pytest.fixture(autouse=True)
def _here() -> None:
    if not sandbox.probe().holds or not sandbox.cells().ok:
        pytest.skip("there are no cells here")


def verdicts(of: Desk) -> dict[str, object]:
    return {who: [timeless(attempt) for attempt in many] for who, many in of.attempts().items()}


@pytest.mark.usefixtures("nothing_left")
def test_verdicts_are_the_same_through_cells_and_through_workers(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {}
    for way in ("cells", "workers"):
        monkeypatch.setenv("DLGRADE_CELLS", "1" if way == "cells" else "0")
        one = desk(folder=way)
        one.hand_in({who: text for who, text in HANDED_IN.items() if who not in {"hogs", "loops"}})
        summary, _ = one.grade(jobs=2)
        told[way] = verdicts(one)
        # The last of each process has no other behind it; what cannot be read needs no process.
        assert (summary.in_cells >= 4, summary.why_no_cells) == (way == "cells", "")
    assert told["cells"] == told["workers"]


@pytest.mark.usefixtures("nothing_left")
def test_the_end_of_a_zygote_costs_nobody_a_verdict(desk: Callable[..., Desk]) -> None:
    one = desk()
    one.hand_in({f"s{number}": f"{SLEEPS}# {number}\n" for number in range(6)})
    over = threading.Event()
    killed = []

    def kill_each_once() -> None:
        while not over.wait(0.05):
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error, OSError):
                    first = process.name().startswith("python") and process.parent().name() == "bwrap"
                    busy = first and "_nursery" in " ".join(process.cmdline()) and process.children()
                    if busy and len(killed) < 2:
                        time.sleep(0.3)
                        killed.append(process.pid)
                        os.kill(process.pid, signal.SIGKILL)

    thread = threading.Thread(target=kill_each_once)
    thread.start()
    try:
        _, events = one.grade(jobs=1)
    finally:
        over.set()
        thread.join()
    assert len(killed) == 2
    assert [event for event in events if event.what == "again"], "it is told"
    for who in (f"s{number}" for number in range(6)):
        assert set(one.verdicts(who).values()) == {"passed"}


def test_an_assignment_that_allows_other_programs_has_no_zygote(desk: Callable[..., Desk]) -> None:
    assignment = desk().assignment
    for imports in (("subprocess",), ("math", "multiprocessing.pool"), ("ctypes",)):
        assert _cells.zygote_for(dataclasses.replace(assignment, imports=imports)) is None
    with contextlib.closing(_cells.zygote_for(dataclasses.replace(assignment, imports=("math",)))) as found:  # type: ignore[type-var]
        assert found is not None


def test_only_a_submissions_worker_is_a_cell() -> None:
    start = "import sys; sys.path.insert(0, '/x'); from {} import main; sys.exit(main())"
    assert _cells.is_worker(["python", "-I", "-c", start.format("dlgrade.worker.__main__")])
    assert not _cells.is_worker(["python", "-I", "-c", start.format("dlgrade.trainer._desk")])
