"""Grade one submission: start the student, run the checks, write the report."""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import importlib.metadata
import io
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlgrade
from dlgrade.course import Assignment, Environment, Problem, Profile, Report, SubmissionIdentity, Verdict
from dlgrade.errors import CourseError, DlgradeError, SubmissionError
from dlgrade.grading._cases import Case, result_of
from dlgrade.grading._earlier import Earlier, earlier
from dlgrade.machine import processor_name
from dlgrade.student import Patience, Student, StudentError

if TYPE_CHECKING:
    from dlgrade.graph import CarriedNetwork
    from dlgrade.recipe import Recipe
    from dlgrade.student import Isolation, WarmWorker
    from dlgrade.submission import Submission
    from dlgrade.trainer import Progress, Trainer


@dataclass(frozen=True)
class Outcome:
    """A report and the cases behind it (the cases tell public from hidden, which a report does not).

    Attributes:
        device_full: a training wanted more memory than a GPU had left; others may have shared it.
    """

    report: Report
    cases: tuple[Case, ...]
    device_full: bool = False


class Deferred(DlgradeError):  # noqa: N818 - nothing went wrong
    """Raised in `before_training` to end a run where its training would begin; `grade` raises it."""


def read_submission(assignment: Assignment, path: Path, *, beside: bool = False) -> Submission:
    """Read what a student handed in for this assignment.

    Args:
        beside: whether a single file may import others of its folder; not where other students' files lie there.

    Raises:
        SubmissionError: missing, unreadable, or not Python.
    """
    from dlgrade import submission

    return submission.read(path, prefer=assignment.id, beside=beside, needed=assignment.imports or ())


def grade(
    assignment: Assignment,
    submission: Submission,
    *,
    profile: Profile | None = None,
    class_name: str | None = None,
    seed: int = 0,
    device: str = "auto",
    train_anyway: bool = False,
    patience: Patience | None = None,
    isolation: Isolation = "auto",
    trainer: Trainer | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_case: Callable[[Case], None] | None = None,
    before_training: Callable[[CarriedNetwork, Recipe], None] | None = None,
    worker: WarmWorker | None = None,
    before: Mapping[str, Any] | None = None,
) -> Outcome:
    """Measure every criterion that this run can measure.

    Args:
        profile: None is ``quick`` on a CPU and ``full`` on a GPU.
        class_name: the class to carry where the submission has several; None chooses.
        train_anyway: train although something cheap failed.
        trainer: trains for several submissions, one after the other; None starts one for this alone.
        on_case: called after each test; for progress.
        before_training: called when everything cheap has been checked and a training begins; may raise `Deferred`.
        worker: a warm one, for this submission alone; closed here.
        before: the JSON form of the same student's report of the assignment that this one follows, where there is one.

    Raises:
        CourseError: the checks cannot be collected, or do not match the criteria.
        SubmissionError: the class cannot be chosen.
        MachineError: the data set, the device or the sandbox is not to be had.
    """
    has_network = assignment.kind != "functions"
    with contextlib.ExitStack() as stack:
        if worker is not None:
            stack.callback(worker.close)
        student = stack.enter_context(_student(
            assignment, submission, class_name, seed, patience or Patience(), isolation, worker
        ))  # fmt: skip
        student.begin()  # the worker imports torch while this process does
        from dlgrade.grading._bench import Bench

        if has_network and trainer is None:
            from dlgrade.trainer import Trainer

            trainer = stack.enter_context(Trainer(
                device, memory_bytes=student.patience.training_bytes, seconds=student.patience.training,
                isolation=isolation,
            ))  # fmt: skip
        # Functions are asked the same in every profile: nothing of it is a rehearsal.
        profile = (profile or default_profile(device)) if has_network else "full"
        bench = Bench(
            assignment, student, trainer, profile, seed, train_anyway, on_progress, on_case, before_training,
            earlier=earlier(assignment, before, profile),
        )  # fmt: skip
        _run_checks(bench)
        return Outcome(_report(bench, submission), tuple(bench.cases), bench.device_full)


def _student(
    assignment: Assignment, submission: Submission, class_name: str | None, seed: int, patience: Patience,
    isolation: Isolation, worker: WarmWorker | None,
) -> Student:  # fmt: skip
    """The submission behind its worker, which is not started yet."""
    from dlgrade.submission import choose_class

    found = choose_class(submission, assignment.network, class_name) if assignment.kind != "functions" else ""
    return Student(
        submission, found, input_shape=assignment.input_shape, seed=seed, patience=patience, isolation=isolation,
        trains=assignment.kind == "training_loop", imports=assignment.imports,
        refused=forbidden_import(submission, assignment.imports), worker=worker,
    )  # fmt: skip


def forbidden_import(submission: Submission, allowed: tuple[str, ...] | None) -> Problem | None:
    """The first import of a submission that its assignment does not allow."""
    if allowed is None:
        return None
    own = {source.module.partition(".")[0] for source in (*submission.siblings, submission.main)}
    for source in (*submission.siblings, submission.main):
        for node in ast.walk(ast.parse(source.source)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                assert isinstance(node, ast.stmt)  # noqa: S101 - both kinds of import are
                root = name.partition(".")[0]
                if root not in {*allowed, *own, "__future__", "typing"}:
                    may = f"Use {' and '.join(allowed)} only." if allowed else "Write it without imports."
                    return Problem(f"it imports {root}, which this assignment is to be solved without",
                                   source.where(node.lineno), may)  # fmt: skip
    return None


def default_profile(device: str) -> Profile:
    """``quick``, the rehearsal, on a CPU; ``full`` on a GPU, where it takes no longer.

    Raises:
        MachineError: the device is not there.
    """
    from dlgrade.trainer import choose_device

    return "quick" if choose_device(device).type == "cpu" else "full"


def check_files(assignment: Assignment) -> list[Path]:
    """The files of checks: the public one, and the hidden ones where there are any."""
    files = [assignment.folder / "checks.py"]
    if assignment.graders is not None:
        files += sorted(assignment.graders.glob("test_*.py"))
    return [file for file in files if file.is_file()]


def _run_checks(bench: Any) -> None:
    import pytest

    from dlgrade.grading._plugin import GradingPlugin

    files = check_files(bench.assignment)
    if not files:
        raise CourseError(str(bench.assignment.folder), "there is no checks.py", "Write the public checks there.")
    plugin = GradingPlugin(bench)
    arguments = [
        "-c", os.devnull, "--rootdir", str(bench.assignment.folder), "-p", "no:cacheprovider", "-p", "no:terminal",
        "-p", "no:faulthandler", "-p", "no:unraisableexception", "-p", "no:threadexception", "--capture=no",
        "--import-mode=importlib", "-o", "python_files=checks.py test_*.py",
        *map(str, files),
    ]  # fmt: skip
    swallowed = io.StringIO()
    with _undisturbed(files), contextlib.redirect_stdout(swallowed):
        code = pytest.main(arguments, plugins=[plugin])
    if plugin.stopped is not None:
        raise plugin.stopped
    if plugin.collection_error:
        last = plugin.collection_error.strip().splitlines()[-1]
        raise CourseError(_blamed(files, plugin.collection_error), f"the checks cannot be read: {last}")
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if code in {pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}:
        raise DlgradeError(f"pytest could not run the checks of {bench.assignment.id}: {swallowed.getvalue()[-300:]}")


def _blamed(files: Iterable[Path], text: str) -> str:
    return next((str(file) for file in files if file.name in text), "checks")


@contextlib.contextmanager
def _undisturbed(files: Iterable[Path]) -> Iterator[None]:
    """A pytest run inside this process: no settings or plugins from outside, no traces left in the modules."""
    kept = {name: os.environ.pop(name, None) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_CURRENT_TEST")}
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    modules = set(sys.modules)
    try:
        yield
    finally:
        sys.dont_write_bytecode = bytecode
        names = {str(file) for file in files}
        # Another run in this process must read the files again, and "checks" of another assignment its own.
        for name in set(sys.modules) - modules:
            if getattr(sys.modules[name], "__file__", None) in names:
                del sys.modules[name]
        for key, value in {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": before}.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


def _report(bench: Any, submission: Submission) -> Report:
    assignment: Assignment = bench.assignment
    results = []
    for criterion in assignment.criteria:
        cases = [case for case in bench.cases if case.criterion == criterion.id]
        results.append(result_of(criterion, cases))
    try:
        network = bench.student.network() if assignment.kind != "functions" else None
        problem = bench.student.unloadable if network is None else None
    except StudentError as error:
        network, problem = None, _as_headline(error, assignment)
    return Report(
        assignment=assignment.id,
        title=assignment.title,
        submission=SubmissionIdentity(submission.name, submission.sha256),
        profile=bench.profile,
        seed=bench.seed,
        criteria=tuple(results),
        environment=_environment(assignment, bench.device),
        device=bench.device,
        tier=network.tier if network else "review" if problem and assignment.kind != "functions" else None,
        problem=problem,
        network=network.summary() if network else None,
        training=bench.training.summary if bench.training else None,
        budget=assignment.budget,
        notes=(
            *(str(note) for note in submission.notes),
            *bench.notes,
            *_compared(bench.earlier),
            *_notes(assignment, bench.student, network, problem),
        ),
        isolation=bench.student.isolation,
        variant=dict(assignment.variant),
    )


def _compared(found: Earlier | None) -> Iterator[str]:
    if found is not None and found.own:
        yield f"compared with your own {found.assignment}: its {', '.join(sorted(found.own))}"
    elif found is not None:
        yield f"compared with the reference of {found.assignment}, for there is no report of your own"


def _notes(
    assignment: Assignment, student: Student, network: CarriedNetwork | None, problem: Problem | None
) -> Iterator[str]:
    if student_variant := ", ".join(f"{name} {value}" for name, value in assignment.variant.items()):
        yield f"measured with these constants: {student_variant}"
    if network is not None and network.because:
        yield network.because
    if problem is not None and student.reviewed:
        with contextlib.suppress(StudentError):
            parameters, output = student.claims()
            shape = ", ".join(["N", *map(str, output)])
            yield f"by its own account, which nothing here proves: {parameters:,} parameters, answers ({shape})"
    if student.isolation == "plain":
        yield "run as a plain process with limits, not in a sandbox; dlgrade doctor says what this machine lacks"


def unreadable(
    assignment: Assignment, path: Path, error: SubmissionError, profile: Profile | None, seed: int, device: str
) -> Report:
    """The report of a file that cannot be read as Python: nothing was measured, and why."""
    where, _, what = error.what.partition(": ")
    located = bool(what) and " " not in where
    problem = Problem(what if located else error.what, where if located else "", error.mend)
    cases = [Case(c.id, c.id, False, "blocked", "the file comes first") for c in assignment.criteria]
    content = path.read_bytes() if path.is_file() else b""
    return Report(
        assignment=assignment.id,
        title=assignment.title,
        submission=SubmissionIdentity(str(path), hashlib.sha256(content).hexdigest()),
        profile=(profile or default_profile(device)) if assignment.kind != "functions" else "full",
        seed=seed,
        criteria=tuple(result_of(c, [case]) for c, case in zip(assignment.criteria, cases, strict=True)),
        environment=_environment(assignment, device),
        problem=problem,
        budget=assignment.budget,
    )


def _as_headline(error: StudentError, assignment: Assignment) -> Problem:
    if error.kind != "stub":
        return error.problem
    return replace(
        error.problem,
        what=f"this is still the stub: {error.problem.what}",
        mend=assignment.start_with or "Write this function first, then run the same command again.",
        detail="",
    )


def _environment(assignment: Assignment, device: str) -> Environment:
    processor, torch = processor_name(), importlib.metadata.version("torch")
    if device != "cpu" and assignment.kind != "functions":
        from dlgrade.trainer import choose_device, describe_device

        processor = describe_device(choose_device(device))
    return Environment(
        dlgrade=dlgrade.__version__,
        python=platform.python_version(),
        torch=torch,
        platform=platform.platform(terse=True),
        processor=processor,
        grader_sha256=combined(grader_hashes(assignment)),
    )


def grader_hashes(assignment: Assignment) -> dict[str, str]:
    """SHA-256 of everything a verdict depends on: the assignment's files, the graders', the measuring code.

    Python is hashed as its syntax tree without docstrings, so that a comment changes no proof.
    """
    hashes: dict[str, str] = {}
    for label, folder in (("assignments", assignment.folder), ("graders", assignment.graders)):
        for file in sorted(folder.rglob("*")) if folder else []:
            inner = file.relative_to(folder)  # type: ignore[arg-type]
            if file.is_file() and file.suffix in {".py", ".yaml"} and "__pycache__" not in inner.parts:
                hashes[f"{label}/{assignment.id}/{inner.as_posix()}"] = _file_hash(file)
    torch = assignment.kind != "functions" or assignment.arrays == "torch"
    return hashes | {f"toolkit/{part}": _part_hash(part) for part in (*_ASKING, *(_TRAINING if torch else ()))}


@functools.cache
def _part_hash(part: str) -> str:
    """Of a package or module of the measuring code, which stays as it is while this process runs."""
    package = Path(dlgrade.__file__).parent
    files = sorted((package / part).rglob("*.py")) if (package / part).is_dir() else [package / f"{part}.py"]
    return combined({file.name: _file_hash(file) for file in files})


_ASKING = ("dialogue", "grading", "machine", "quantity", "student", "submission", "wire", "worker")
_TRAINING = ("graph", "recipe", "trainer")


def combined(hashes: Mapping[str, str]) -> str:
    """One hash for a mapping of hashes."""
    return hashlib.sha256("\n".join(f"{name} {value}" for name, value in sorted(hashes.items())).encode()).hexdigest()


def _file_hash(file: Path) -> str:
    content = file.read_bytes()
    if file.suffix == ".py":
        with contextlib.suppress(SyntaxError, ValueError):
            tree = ast.parse(content)
            # Mutants name what they must fail in their docstring; everywhere else docstrings decide nothing.
            if "mutants" not in file.parts:
                _drop_docstrings(tree)
            content = ast.dump(tree).encode()
    return hashlib.sha256(content).hexdigest()


def _drop_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:] or [ast.Pass()]


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """0 when whatever this run could measure passed, else 1."""
    measured = [verdict for verdict in verdicts if verdict != "open"]
    return 0 if measured and all(verdict == "passed" for verdict in measured) else 1
