"""What the wall costs: a smoke check with the submission's process in the sandbox, and as a plain process.

    python benchmarks/sandbox.py [--rounds 7]

Each round grades code6's reference once either way, in turn and in this process, as a class is graded; a trainer of
its own serves each way. Then fresh processes do the same, which also find out first whether the sandbox holds here.
Medians; the ratio is what counts.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WAYS = ("plain", "required")


def spent(work: Callable[[], object]) -> float:
    """Seconds on the wall: what ran in the sandbox is not in this process's account of CPU time."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_this_process(rounds: int) -> dict[str, list[float]]:
    """A round of each way after the other, after one that warms everything."""
    from dlgrade import grading
    from dlgrade.course import load_course
    from dlgrade.trainer import Trainer

    code6 = next(one for one in load_course(ROOT).assignments if one.id == "code6")
    read = grading.read_submission(code6, ROOT / "graders/code6/reference.py")
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    trainers = {way: Trainer("cpu", isolation=way) for way in WAYS}  # type: ignore[arg-type]
    try:
        for number in range(rounds + 1):
            # Whoever comes second finds a warmer machine: the ways take turns at it.
            for way in WAYS if number % 2 else reversed(WAYS):

                def check(way: str = way) -> None:
                    grading.grade(code6, read, profile="smoke", device="cpu", isolation=way, trainer=trainers[way])  # type: ignore[arg-type]

                figures = spent(check)
                if number:
                    taken[way].append(figures)
    finally:
        for trainer in trainers.values():
            trainer.close()
    return taken


def in_fresh_processes(rounds: int) -> dict[str, list[float]]:
    """The same as a student or a script sees it: one process for one check."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom dlgrade import grading\nfrom dlgrade.course import load_course\n"
        f"code6 = next(a for a in load_course(Path({str(ROOT)!r})).assignments if a.id == 'code6')\n"
        f"read = grading.read_submission(code6, Path({str(ROOT / 'graders/code6/reference.py')!r}))\n"
        "grading.grade(code6, read, profile='smoke', device='cpu', isolation=sys.argv[1])\n"
    )
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(rounds):
        for way in WAYS if number % 2 else reversed(WAYS):
            taken[way].append(spent(lambda way=way: subprocess.run([sys.executable, "-c", code, way], check=True)))
    return taken


def told(title: str, taken: dict[str, list[float]]) -> None:
    """One line for each way, and the ratios."""
    print(title)
    plain, walled = (statistics.median(taken[way]) for way in WAYS)
    print(f"  plain {plain:6.2f} s   sandbox {walled:6.2f} s   ratio {walled / plain:.3f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    os.environ["OMP_NUM_THREADS"] = "1"
    told("a smoke check of a class (wanted: wall at most 1.1)", in_this_process(rounds))
    told("a smoke check in a fresh process, the probe of the sandbox included", in_fresh_processes(rounds))


if __name__ == "__main__":
    main()
