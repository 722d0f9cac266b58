"""What a user waits for before anything is learned: the help page, and the first verdicts of a cold check.

    python benchmarks/startup.py [--rounds 5]

Medians of fresh processes; CPU time includes all children.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAIN = [sys.executable, "-c", "from dlgrade.cli import main; main()"]


def spent(command: list[str], folder: str) -> tuple[float, float]:
    """Wall and CPU seconds of one run."""
    before, start = os.times(), time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, cpu


def first_verdicts(folder: str) -> float:
    """Seconds from the start of `dlgrade check` to the verdicts on budget and structure, by its own log."""
    log = Path(folder) / "verdicts.json"
    code = (
        "import time; start = time.perf_counter()\n"
        "import json, sys\nfrom pathlib import Path\n"
        "from dlgrade import grading\nfrom dlgrade.course import load_course\n"
        f"course = load_course(Path({str(ROOT)!r}))\n"
        "code6 = next(a for a in course.assignments if a.id == 'code6')\n"
        "seen = {}\n"
        "note = lambda case: seen.setdefault(case.criterion, time.perf_counter() - start)\n"
        f"read = grading.read_submission(code6, Path({str(ROOT / 'graders/code6/reference.py')!r}))\n"
        "grading.grade(code6, read, profile='smoke', on_case=note)\n"
        f"Path({str(log)!r}).write_text(json.dumps(seen))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    seen = json.loads(log.read_text())
    return max(seen[name] for name in ("budget", "no_dense"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        helps = [spent([*MAIN, "--help"], folder) for _ in range(rounds)]
        bare = [spent([sys.executable, "-c", "import torch"], folder) for _ in range(rounds)]
        verdicts = [first_verdicts(folder) for _ in range(rounds)]
    cpu = statistics.median(cpu for _, cpu in helps)
    torch_cpu = statistics.median(cpu for _, cpu in bare)
    print(f"dlgrade --help:        {cpu:.2f} s of CPU (wanted under 0.3), {cpu / torch_cpu:.2f} of `import torch`")
    print(
        f"budget and structure:  {statistics.median(verdicts):.1f} s of wall time from a cold start (wanted within 8)"
    )


if __name__ == "__main__":
    main()
