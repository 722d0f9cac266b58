"""What a class costs: dlgrade grade in its sandbox, pytest without one, nbgrader autograde; the checks of f-outsize.

    python benchmarks/class.py [--submissions 24] [--rounds 3] [--jobs 2] [--without nbgrader]
    python benchmarks/class.py --verdicts        # 200 submissions through cells and through workers, compared
    python benchmarks/class.py --training        # how busy the cores are while a class is trained
    python benchmarks/class.py --soak            # 200 submissions, killed at 20 random moments

The class is made here: right, wrong in the ways of the graders' mutants, and of every twelve one that loops and one
that crashes. Each round grades it in each way, in turn. Wall and CPU time per submission, CPU time with all that was
started, by a control group where one can be made. Medians of the rounds; the ratios are those of a round to itself.

dlgrade is measured twice: with a cell of a zygote for each submission, as it is, and with DLGRADE_CELLS=0, when each
has a worker of its own.

pytest runs the same files of checks in a process for each submission, as many at a time as dlgrade has jobs, and calls
the functions in that process: a loop is stopped after the same second, but nothing keeps a submission from reading the
graders, and one that ends its process leaves no result. nbgrader works on the course that dlgrade nbgrader init writes,
one notebook after the other.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import random
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MAIN = [sys.executable, "-c", "from dlgrade.cli import main; main()"]
SUBJECT = "f-outsize"
GRADERS = ROOT / "graders" / SUBJECT
WAYS = ("dlgrade", "workers", "pytest", "nbgrader")

LOOPS = "    while True: pass\n"
CRASHES = "    return [][n]\n"
EXITS = "    __import__('os')._exit(3)\n"
FORKS = "    while True:\n        try: __import__('posix').fork()\n        except OSError: pass\n"
HOGS = "    hog = []\n    while True: hog.append(b'x' * (64 << 20))\n"


# -- the class ---------------------------------------------------------------------------------------------------


def make_class(folder: Path, count: int, *, hostile: bool = False) -> dict[str, str]:
    """Write `count` submissions; what each is."""
    right = (GRADERS / "reference.py").read_text()
    mutants = sorted((GRADERS / "mutants").glob("*.py"))
    ways: list[tuple[str, str]] = [("loops", LOOPS), ("crashes", CRASHES)]
    if hostile:
        ways += [("exits", EXITS), ("forks", FORKS), ("hogs", HOGS)]
    folder.mkdir(parents=True)
    kinds: dict[str, str] = {}
    for number in range(count):
        who, place = f"s{number:03}", number % (20 if hostile else 12)
        if place < len(ways):
            kind, line = ways[place]
            text = re.sub(r"def out_size\(.*\n", lambda found, line=line: found[0] + line, right, count=1)
        elif place % 3:
            kind, text = "wrong", mutants[number % len(mutants)].read_text()
        else:
            kind, text = "right", right
        (folder / f"{who}.py").write_text(f"{text}\n# {who}\n")
        kinds[who] = kind
    return kinds


# -- measuring ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spent:
    """Seconds on the wall and of processors, for the whole class."""

    wall: float
    cpu: float


def spent(work: Callable[[], object]) -> Spent:
    """What some work took, with every process that came of it."""
    collect()
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with account() as used:
        work()
        wall = time.perf_counter() - start
        collect()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(wall, used[0] if used else after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


@contextlib.contextmanager
def account() -> Iterator[list[float]]:
    """Seconds of processors, in the list at the end, by a control group; no list where we may not make one.

    The times of children say less: those of what is killed with the first process of its pid namespace are lost, and
    that is how a worker of its own ends.
    """
    mounted = re.search(r"^\S+ (\S+) cgroup2 ", Path("/proc/mounts").read_text(), re.MULTILINE)
    ours = re.search(r"^0::(/.*)$", Path("/proc/self/cgroup").read_text(), re.MULTILINE)
    used: list[float] = []
    try:
        above = Path(mounted[1] + ours[1]) if mounted and ours else Path("/nowhere")
        group = above / f"dlgrade-bench-{os.getpid()}"
        group.mkdir()
        (group / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        yield used
        return
    try:
        yield used
        time.sleep(0.2)  # what was killed has ended
        used.append(int((group / "cpu.stat").read_text().split()[1]) / 1e6)
    finally:
        (above / "cgroup.procs").write_text(str(os.getpid()))
        with contextlib.suppress(OSError):
            group.rmdir()


def adopt() -> None:
    """Whose parent ends becomes our child, so that its time is counted here when it ends (Linux)."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def collect() -> None:
    """Wait for all that was adopted."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


# -- the ways ----------------------------------------------------------------------------------------------------


def environment(folder: Path) -> dict[str, str]:
    """One thread each, and nothing kept beside the class."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "DLGRADE_HOME": str(folder / "home"), "DLGRADE_COURSE": str(ROOT),
            "JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_DATA_DIR": str(folder / "jupyter"),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}  # fmt: skip


def by_dlgrade(folder: Path, jobs: int) -> None:
    command = [*MAIN, "grade", str(folder / "in"), "-a", SUBJECT, "--jobs", str(jobs), "--quiet"]
    subprocess.run(command, cwd=folder, env=environment(folder), check=True, capture_output=True)


def by_workers(folder: Path, jobs: int) -> None:
    command = [*MAIN, "grade", str(folder / "in"), "-a", SUBJECT, "--jobs", str(jobs), "--quiet"]
    without = {**environment(folder), "DLGRADE_CELLS": "0"}
    subprocess.run(command, cwd=folder, env=without, check=True, capture_output=True)


def by_pytest(folder: Path, jobs: int) -> None:
    def one(path: Path) -> None:
        command = [sys.executable, __file__, "--one", str(path)]
        # A submission that ends its process ends this one: that is what is measured.
        subprocess.run(command, cwd=folder, env=environment(folder), check=False, capture_output=True)

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, sorted((folder / "in").glob("*.py"))))


def by_nbgrader(folder: Path, jobs: int) -> None:
    """nbgrader has one process, whatever `jobs` is."""
    command = [sys.executable, "-m", "nbgrader", "autograde", SUBJECT]
    subprocess.run(command, cwd=folder / "course", env=environment(folder), check=True, capture_output=True)


def write_nbgrader_course(folder: Path) -> None:
    """The course of dlgrade nbgrader init, released, and every submission handed in as its notebook."""
    import nbformat

    command = [*MAIN, "nbgrader", "init", SUBJECT, "--to", str(folder / "course")]
    subprocess.run(command, env=environment(folder), check=True, capture_output=True)
    release = [sys.executable, "-m", "nbgrader", "generate_assignment", SUBJECT]
    subprocess.run(release, cwd=folder / "course", env=environment(folder), check=True, capture_output=True)
    made = folder / "course" / "release" / SUBJECT / f"{SUBJECT}.ipynb"
    for path in sorted((folder / "in").glob("*.py")):
        notebook = nbformat.read(made, as_version=4)
        (answer,) = [cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id == "answer"]
        answer.source = path.read_text()
        target = folder / "course" / "submitted" / path.stem / SUBJECT / f"{SUBJECT}.ipynb"
        target.parent.mkdir(parents=True)
        nbformat.write(notebook, target)


RUNS: Mapping[str, Callable[[Path, int], None]] = {
    "dlgrade": by_dlgrade,
    "workers": by_workers,
    "pytest": by_pytest,
    "nbgrader": by_nbgrader,
}


# -- pytest without a wall, one submission -------------------------------------------------------------------------


def run_one(path: Path) -> int:
    """The assignment's own files of checks on one submission, whose functions run in this process."""
    import pytest

    from dlgrade.course import load_assignment
    from dlgrade.grading._asking import Asked

    assignment = load_assignment(ROOT / "assignments" / SUBJECT, ROOT)

    class Plugin:
        @pytest.fixture
        def ask(self, request: pytest.FixtureRequest) -> Any:
            hidden = "graders" in str(request.node.path)
            return Asked(InProcess(path, assignment.call_seconds), assignment, dict, request.node.name, not hidden)  # type: ignore[arg-type]

        @pytest.fixture
        def oracle_rng(self) -> Any:
            import numpy

            return numpy.random.default_rng(0)

    files = [str(assignment.folder / "checks.py"), *map(str, sorted(GRADERS.glob("test_*.py")))]
    arguments = ["-q", "-c", os.devnull, "-p", "no:cacheprovider", "--import-mode=importlib",
                 "-o", "python_files=checks.py test_*.py", *files]  # fmt: skip
    return int(pytest.main(arguments, plugins=[Plugin()]))


class InProcess:
    """Calls a submission's functions here, as a plain test would: no wall, and no limit but time."""

    def __init__(self, path: Path, seconds: float) -> None:
        import importlib.util

        spec = importlib.util.spec_from_file_location("submission", path)
        assert spec is not None
        assert spec.loader is not None
        self._module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self._module)
        self._seconds = seconds

    def called(self, name: str, args: list[Any], **_: Any) -> tuple[Any, list[Any]]:
        """The answer and the arguments after the call."""
        from dlgrade.course import Problem
        from dlgrade.student import StudentError

        signal.signal(signal.SIGALRM, _ring)
        signal.setitimer(signal.ITIMER_REAL, self._seconds)
        try:
            return getattr(self._module, name)(*args), args
        except TimeoutError:
            raise StudentError("timeout", "timeout", Problem("it took too long")) from None
        except Exception as error:
            raise StudentError("crashed", "crashed", Problem(f"{type(error).__name__}: {error}")) from None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _ring(*_: object) -> None:
    raise TimeoutError


# -- the comparison ------------------------------------------------------------------------------------------------


def compare(count: int, rounds: int, jobs: int, ways: list[str]) -> None:
    """Measure and print."""
    taken: dict[str, list[Spent]] = {way: [] for way in ways}
    for number in range(rounds):
        for way in ways if number % 2 else reversed(ways):
            with tempfile.TemporaryDirectory(prefix="class-") as name:
                folder = Path(name)
                kinds = make_class(folder / "in", count)
                if way == "nbgrader":
                    write_nbgrader_course(folder)
                taken[way].append(spent(lambda way=way, folder=folder: RUNS[way](folder, jobs)))  # type: ignore[misc]
                if way == "dlgrade":
                    seconds = of_each(folder)
    mixed = ", ".join(f"{sum(kind == one for kind in kinds.values())} {one}" for one in dict.fromkeys(kinds.values()))
    print(f"{count} submissions ({mixed}), {jobs} at a time, {rounds} rounds; seconds for each submission")
    print(f"  {'':<36}{'wall':>8}{'CPU':>8}   {'wall, times dlgrade':>20}{'CPU, times dlgrade':>20}")
    says = {"dlgrade": "dlgrade grade, in cells", "workers": "dlgrade grade, in single-use workers",
            "pytest": "pytest, a process each, no sandbox",
            "nbgrader": "nbgrader autograde, one at a time"}  # fmt: skip
    for way in ways:
        wall, cpu = (median([getattr(one, part) / count for one in taken[way]]) for part in ("wall", "cpu"))
        pairs = list(zip(taken[way], taken["dlgrade"], strict=True))
        by_wall, by_cpu = median([a.wall / b.wall for a, b in pairs]), median([a.cpu / b.cpu for a, b in pairs])
        print(f"  {says[way]:<36}{wall:8.2f}{cpu:8.2f}   {by_wall:20.2f}{by_cpu:20.2f}")
    print("dlgrade, from the start of a submission to its result, by kind:")
    for kind in dict.fromkeys(kinds.values()):
        print(f"  {kind:<8} median {median([s for who, s in seconds.items() if kinds[who] == kind]):6.2f} s")


def of_each(folder: Path, name: str = SUBJECT) -> dict[str, float]:
    """How long each submission was graded, by the gradebook."""
    from dlgrade.gradebook import Gradebook

    with Gradebook(folder / "grades.sqlite", read_only=True) as book:
        found = book.attempts(None, "assignment", name)
        return {one.who: (one.finished - one.started).total_seconds() for one in found}


median = statistics.median


# -- a class that is trained ---------------------------------------------------------------------------------------

SHORT = {
    "course.yaml": "title: Short\ntracks: {one: One}\n",
    "assignments/short/assignment.yaml": """
        title: A short training
        track: one
        order: 1
        network: Net
        data: mnist
        budget: {parameters: 9000, epochs: 2}
        training: {optimizer: SGD, lr: 0.05, momentum: 0.9, batch_size: 128}
        criteria:
          budget: {points: 1, says: At most 9000 parameters.}
          trained: {points: 1, says: Better than nothing., wanted: 0.2}
    """,
    "assignments/short/checks.py": """
        def test_budget(network, assignment):
            assert network.parameter_count <= assignment.budget.parameters


        def test_trained(training, wanted):
            assert training.final_accuracy >= wanted
    """,
    "assignments/short/short.py": "raise NotImplementedError",
}


def train(count: int, jobs: int) -> None:
    """How much of the time the cores are at work while a class of short full trainings is graded."""
    with tempfile.TemporaryDirectory(prefix="class-") as name:
        folder = Path(name)
        for file, text in SHORT.items():
            path = folder / "root" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"))
        (folder / "in").mkdir()
        for number in range(count):
            (folder / "in" / f"s{number:03}.py").write_text((ROOT / "graders/code6/reference.py").read_text())
        command = [*MAIN, "--course", str(folder / "root"), "grade", str(folder / "in"), "-a", "short", "--jobs",
                   str(jobs), "--device", "cpu", "--quiet"]  # fmt: skip
        # The initial values are drawn with the submission's seed: another seed is another training.
        for number in range(count):
            path = folder / "in" / f"s{number:03}.py"
            text = path.read_text().replace(
                "super().__init__()", f"super().__init__()\n        torch.manual_seed({number})"
            )
            path.write_text(text)

        def graded() -> None:
            subprocess.run(command, cwd=folder, env=environment(folder), check=True, capture_output=True)

        whole = spent(graded)
        seconds = of_each(folder, "short")
    share = whole.cpu / (whole.wall * jobs)
    print(f"{count} trainings of 2 epochs, {jobs} at a time: {whole.wall:.0f} s, {whole.cpu:.0f} s of CPU")
    print(f"  one training with its checks: median {median(seconds.values()):.1f} s")
    print(
        f"  the {jobs} cores were at work {100 * share:.0f} % of the time (wanted: more than 90 % on a quiet machine)"
    )


# -- both paths --------------------------------------------------------------------------------------------------------


def both_paths(count: int, jobs: int) -> int:
    """Grade a class through cells and through workers of their own; compare all that the gradebooks hold."""
    with tempfile.TemporaryDirectory(prefix="class-") as name:
        folder = Path(name)
        kinds = make_class(folder / "in", count)
        found = {}
        for way in ("dlgrade", "workers"):
            (folder / way).mkdir()
            (folder / way / "in").symlink_to(folder / "in")
            cost = spent(lambda way=way: RUNS[way](folder / way, jobs))  # type: ignore[misc]
            found[way] = attempts(folder / way)
            print(f"{way}: {len(found[way])} graded, {cost.wall:.0f} s, {cost.cpu:.0f} s of CPU", flush=True)
    different = [who for who in kinds if found["dlgrade"].get(who) != found["workers"].get(who)]
    print(f"{len(kinds) - len(different)} of {len(kinds)} are the same")
    for who in different[:10]:
        print(f"  {who} ({kinds[who]}):\n    {found['dlgrade'].get(who)}\n    {found['workers'].get(who)}")
    return 1 if different else 0


# -- killed again and again ------------------------------------------------------------------------------------------


def soak(count: int, kills: int, jobs: int, seed: int) -> int:
    """Grade a hostile class in one clean run, and in one that is killed again and again; compare the gradebooks."""
    draws = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="class-") as name:
        folder = Path(name)
        kinds = make_class(folder / "in", count, hostile=True)
        for way in ("clean", "killed"):
            (folder / way).mkdir()
        start = time.perf_counter()
        assert grading(folder, "clean", jobs).wait() == 0
        clean = time.perf_counter() - start
        print(f"a clean run of {count}: {clean:.0f} s; verdicts for {len(attempts(folder / 'clean'))}", flush=True)
        seen = 0
        for number in range(kills):
            running = grading(folder, "killed", jobs)
            # Spread over what a run takes, the start and the end of one included.
            pause = draws.uniform(0.2, 2 * clean / kills)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(timeout=pause)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            now = len(attempts(folder / "killed"))
            print(f"  killed {number + 1:>2} after {pause:5.1f} s: {now} of {count} are in the gradebook", flush=True)
            assert now >= seen, "something that was finished is lost"
            seen = now
        code = grading(folder, "killed", jobs).wait()
        one, other = attempts(folder / "clean"), attempts(folder / "killed")
        twice = [who for who, many in other.items() if len(many) != 1]
        different = [who for who in kinds if one.get(who) != other.get(who)]
        pages = sorted(path.stem for path in (folder / "killed" / f"{SUBJECT}-reports").glob("s*.html"))
        left = leftovers()
    print(f"exit code {code}; {len(other)} graded, {len(twice)} of them more than once, {len(different)} differ, "
          f"{len(pages)} pages, {len(left)} processes left")  # fmt: skip
    for who in different[:10]:
        print(f"  {who} ({kinds[who]}): {one.get(who)} and {other.get(who)}")
    return 0 if code == 0 and not twice and not different and len(pages) == count and not left else 1


def grading(folder: Path, way: str, jobs: int) -> subprocess.Popen[bytes]:
    command = [*MAIN, "grade", str(folder / "in"), "-a", SUBJECT, "--jobs", str(jobs), "--quiet"]
    return subprocess.Popen(command, cwd=folder / way, env=environment(folder / way), start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip


def attempts(folder: Path) -> dict[str, list[str]]:
    """What stands in the gradebook, without times and addresses of objects."""
    from dlgrade.gradebook import Gradebook

    found: dict[str, list[str]] = {}
    if not (folder / "grades.sqlite").exists():
        return found
    with Gradebook(folder / "grades.sqlite", read_only=True) as book:
        for one in book.attempts(None, "assignment", SUBJECT):
            report = without_times(one.results["report"])
            told = json.dumps([one.points, one.max, one.key, report], sort_keys=True)
            found.setdefault(one.who, []).append(re.sub(r" at 0x[0-9a-f]+", "", told))
    return found


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_times(part) for name, part in value.items() if name != "seconds"}
    return [without_times(part) for part in value] if isinstance(value, list) else value


def leftovers() -> list[int]:
    """Processes that gradings have left: adopted by us, and still there after some seconds."""
    import psutil

    def ours() -> Iterator[int]:
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if child.status() != psutil.STATUS_ZOMBIE:
                    yield child.pid

    deadline = time.monotonic() + 20
    while (left := list(ours())) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--without", choices=WAYS[1:], action="append", default=[])
    parser.add_argument("--training", action="store_true")
    parser.add_argument("--verdicts", action="store_true")
    parser.add_argument("--soak", action="store_true")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        return run_one(given.one)
    adopt()
    if given.soak:
        return soak(given.submissions or 200, given.kills, given.jobs, given.seed)
    if given.verdicts:
        return both_paths(given.submissions or 200, given.jobs)
    if given.training:
        train(given.submissions or 12, given.jobs)
        return 0
    compare(given.submissions or 24, given.rounds, given.jobs, [way for way in WAYS if way not in given.without])
    return 0


if __name__ == "__main__":
    sys.exit(main())
