"""Grades submissions and judges the outcome by what their own headers say must happen.

A header stands in the module's docstring, one ``Name: value`` a line:

- ``Kind:`` ``network`` is graded for code6, ``functions`` is asked through `Student.call`, ``training_loop`` trains
  its ``Net`` with its ``train(model, loader, optimizer, epoch)`` on 1,024 digits, three times over.
- ``Attack:`` or ``Odd:`` says what it tries, or what is unusual about it.
- ``Must:`` what has to come of it, all of it. For networks: ``passes shape budget``, ``passes all``,
  ``budget=failed``, ``budget=failed|blocked``, ``score<=4``, ``tier=observed``, and the words ``crashed``,
  ``timeout`` and ``review``: a problem is reported, one criterion has this verdict, and there are no points.
  ``refused``: nothing is started. For functions: ``right``, ``wrong``, ``crashed``, ``timeout``, ``review``. For
  training loops: ``learns`` (60 % of the test images or more), ``guesses`` (30 % or fewer), ``failed``, ``crashed``,
  ``timeout``, ``review``.
- ``Ask:`` and ``Right:`` the call of a function, with Python literals, and the answer that would earn the points.
- ``Says:`` a text that the student's report holds; ``Never:`` one that no report may hold.
- ``Patience:`` seconds and bytes of `Patience` that it needs; otherwise there is plenty.
- ``Needs:`` ``sandbox`` where there is no wall without one.
- ``Written:`` ``crlf``, ``bom``, ``latin-1``, ``tabs``: how the bytes are laid out; ``as NAME``: the file's name.

A path is followed by how it is held: ``auto``, ``plain``, or ``cell`` of a zygote as a class has it.

``@NAME@`` in a source stands for something to go for: see `CANARIES`. As a program, ``python corpus.py FACTS``
reads paths from standard input and prints one line of JSON for each: what went wrong, empty when nothing did.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
HOSTILE = sorted((HERE / "hostile").iterdir())
HONEST = sorted((HERE / "honest").iterdir())
CANARIES = ("GRADEBOOK", "NEIGHBOUR", "GRADERS", "LABELS", "PORT", "ABSTRACT", "PID", "MARK")

_HEADER = re.compile(
    r"^(Kind|Attack|Odd|Must|Ask|Right|Says|Never|Patience|Needs|Written):\s+(.+(?:\n    .+)*)$", re.MULTILINE
)
_WORDS = {"crashed", "timeout", "review"}
# Everything that would move the cursor, recolour or turn round; a report ends its lines and does nothing else.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_OURS = re.compile(r"_guarding|dlgrade\.trainer\._desk")
_NURSERY = "dlgrade.sandbox._nursery"
LOOT = "LOOT"


@dataclass(frozen=True)
class Entry:
    """One submission of the corpus and what its header says."""

    path: Path
    said: Mapping[str, str]

    @property
    def must(self) -> list[str]:
        """The words of ``Must:``; ``passes`` takes the names behind it."""
        return self.said["Must"].replace(",", " ").split()


def entry(path: Path) -> Entry:
    """Read the header of a file, or of the main file of a folder."""
    main = path / "code6.py" if path.is_dir() else path
    docstring = ast.get_docstring(ast.parse(main.read_text("utf-8")), clean=False) or ""
    return Entry(path, {name: " ".join(value.split()) for name, value in _HEADER.findall(docstring)})


def written(one: Entry, folder: Path, aims: Mapping[str, str]) -> Path:
    """The submission as it is handed in: the aims filled in, the bytes laid out as the header says."""
    how = one.said.get("Written", "").split()
    name = how[how.index("as") + 1] if "as" in how else "code6.py" if one.said["Kind"] == "network" else one.path.name
    name = ast.literal_eval(f'"{name}"')
    if not one.path.is_dir():
        (folder / name).write_bytes(_bytes(one.path, how, aims))
        return folder / name
    inner = folder / one.path.name
    for file in sorted(one.path.rglob("*.py")):
        target = inner / file.relative_to(one.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_bytes(file, how, aims))
    return inner


def _bytes(file: Path, how: list[str], aims: Mapping[str, str]) -> bytes:
    text = file.read_text("utf-8")
    for name, value in aims.items():
        text = text.replace(f"@{name}@", str(value))
    if "tabs" in how:
        text = re.sub(r"^( {4})+", lambda found: "\t" * (len(found[0]) // 4), text, flags=re.MULTILINE)
    if "crlf" in how:
        text = text.replace("\n", "\r\n")
    data = text.encode("latin-1" if "latin-1" in how else "utf-8")
    return b"\xef\xbb\xbf" + data if "bom" in how else data


def patience(one: Entry) -> Any:
    """Plenty, unless the header is in a hurry."""
    from dlgrade.student import Patience

    given = dict(part.split("=") for part in one.said.get("Patience", "").split())
    usual: dict[str, Any] = {"load": 60.0, "call": 30.0, "network": 90.0, "memory_bytes": 3 << 30}
    return Patience(**usual | {k: int(v) if k == "memory_bytes" else float(v) for k, v in given.items()})


def complaints(one: Entry, aims: Mapping[str, str], isolation: str = "auto") -> list[str]:
    """What is wrong with how it went; nothing when all is as the header says."""
    with contextlib.ExitStack() as stack:
        if isolation == "cell":
            stack.enter_context(_in_cells(one))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="test-wall-"))
        path = written(one, Path(folder), aims)
        judge = {"network": _network, "functions": _functions, "training_loop": _training_loop}[one.said["Kind"]]
        wrong, told = judge(one, path, "required" if isolation == "cell" else isolation)
    secrets = [aims[name] for name in ("SECRET", "GRADEBOOK_HOLDS", "NEIGHBOUR_HOLDS") if name in aims]
    wrong += [f"it told {text!r}" for text in (*secrets, LOOT) if text in told]
    wrong += [f"{never!r} was told" for never in [one.said.get("Never")] if never and never in told]
    return wrong


class NotInACellError(Exception):
    """It was to be held by a cell and was not."""


_cells: dict[str, Any] = {"zygote": None, "serving": False}


@contextlib.contextmanager
def _in_cells(one: Entry) -> Iterator[None]:
    """Workers come from one zygote of this process, which has to outlive every attack."""
    from dlgrade import sandbox
    from dlgrade.batch import _cells as of_a_class

    if _cells["zygote"] is None:
        preload, names = of_a_class._TORCH, of_a_class._ENVIRONMENT
        _cells["zygote"] = sandbox.zygote(
            preload, serves=lambda argv: _cells["serving"] and of_a_class.is_worker(argv), environment=names
        )
    zygote = _cells["zygote"]
    given, _cells["serving"] = zygote.given, True
    try:
        yield
    finally:
        _cells["serving"] = False
    if zygote.why_not or zygote.lost:
        raise NotInACellError(zygote.why_not)
    if zygote.given == given and one.must != ["refused"]:
        raise NotInACellError("no cell was started")


# -- networks ------------------------------------------------------------------------------------------------


_trainers: dict[str, Any] = {}


def _trainer(isolation: Any) -> Any:
    """One trainer for all submissions of this process, as a class is graded."""
    from dlgrade.trainer import Trainer

    if isolation not in _trainers:
        _trainers[isolation] = Trainer("cpu", isolation=isolation)
    return _trainers[isolation]


def _network(one: Entry, path: Path, isolation: Any) -> tuple[list[str], str]:
    from dlgrade import grading
    from dlgrade.course import load_course
    from dlgrade.errors import SubmissionError

    code6 = next(a for a in load_course().assignments if a.id == "code6")
    try:
        read = grading.read_submission(code6, path)
        outcome = grading.grade(code6, read, profile="smoke", device="cpu", patience=patience(one),
                                isolation=isolation, trainer=_trainer(isolation))  # fmt: skip
    except SubmissionError as error:
        report = grading.unreadable(code6, path, error, "smoke", 0, "cpu")
        wrong, told = _as_read(one, report)
        return wrong + ([] if one.must == ["refused"] else [f"refused: {error}"]), told
    report = outcome.report
    wrong, told = _as_read(one, report)
    verdicts = {result.id: result.verdict for result in report.criteria}
    wrong += _judged(one, report, verdicts)
    wrong += [f"{r.id} is our error: {r.detail}" for r in report.criteria if r.verdict == "error"]
    return wrong, told + repr(outcome)


def _judged(one: Entry, report: Any, verdicts: Mapping[str, str]) -> list[str]:
    wrong: list[str] = []
    must = one.must
    if "passes" in must:
        place = must.index("passes")
        names, must = must[place + 1 :], must[:place]
        measured = [name for name, verdict in verdicts.items() if verdict != "open"]
        must += [f"{name}=passed" for name in (measured if names == ["all"] else names)]
    for word in must:
        if set(word.split("|")) <= _WORDS:
            came = set(word.split("|")) & set(verdicts.values())
            held = report.score == 0 and report.problem is not None and bool(came)
        elif found := re.fullmatch(r"score<=(\d+)", word):
            held = report.score <= int(found[1])
        else:
            name, _, wanted = word.partition("=")
            held = (report.tier if name == "tier" else verdicts.get(name)) in wanted.split("|")
        if not held:
            wrong.append(f"not {word}: {report.score} points, {report.tier}, {dict(verdicts)}, {report.problem}")
    return wrong


def _as_read(one: Entry, report: Any) -> tuple[list[str], str]:
    """What is wrong with the two reports that a student and the two that an instructor gets, and all their text."""
    from rich.console import Console

    from dlgrade import report as reports

    wrong: list[str] = []
    told: list[str] = []
    for instructor in (False, True):
        screen = io.StringIO()
        console = Console(file=screen, width=100, force_terminal=False, highlight=False)
        reports.terminal(report, console, instructor=instructor)
        page = reports.html(report, instructor=instructor)
        for name, text in (("terminal", screen.getvalue()), ("page", page)):
            found = _CONTROLS.search(text)
            wrong += (
                [f"the {name} holds {found[0]!r}: {text[found.start() - 60 : found.end() + 20]!r}"] if found else []
            )
        if re.search(r"<script|javascript:|onerror=(?!&)|<img src=x", page):
            wrong.append("the page holds markup of the student's")
        told += [screen.getvalue(), page]
    first = " ".join(told[0].split())
    if one.said.get("Says") and one.said["Says"] not in first:
        wrong.append(f"the report does not say {one.said['Says']!r}: {first}")
    if "Traceback" in told[0]:
        wrong.append("the student sees a traceback")
    return wrong, "\n".join(told)


# -- functions -----------------------------------------------------------------------------------------------


def _functions(one: Entry, path: Path, isolation: Any) -> tuple[list[str], str]:
    from dlgrade import submission
    from dlgrade.student import Student, StudentError

    call = ast.parse(one.said["Ask"], mode="eval").body
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Name)
    right = ast.literal_eval(one.said["Right"])
    args = [ast.literal_eval(argument) for argument in call.args]
    with Student(submission.read(path), patience=patience(one), isolation=isolation) as student:
        try:
            answer = student.call(call.func.id, *args)
        except StudentError as error:
            came, told = error.verdict, repr((error.problem, error.kind))
        else:
            came, told = "right" if exactly(answer, right) else "wrong", repr(answer)[:10_000]
        with contextlib.suppress(StudentError):  # an attack may have left something for the next question
            told += repr(student.call(call.func.id, *args))[:10_000]
    fine = came in one.must[0].split("|")
    return ([] if fine else [f"it is {came}: {told[:500]}"]), told


def exactly(answer: Any, right: Any) -> bool:
    """Equal in type and value, all the way down; True is not 1, and NaN is nothing."""
    if type(answer) is not type(right):
        return False
    if isinstance(answer, list):
        return len(answer) == len(right) and all(map(exactly, answer, right))
    if isinstance(answer, dict):
        return list(answer) == list(right) and all(exactly(answer[key], right[key]) for key in answer)
    return bool(answer == right)


# -- training loops ------------------------------------------------------------------------------------------


def _training_loop(one: Entry, path: Path, isolation: Any) -> tuple[list[str], str]:
    from dlgrade import data, submission
    from dlgrade.course import TrainingRecipe
    from dlgrade.grading._bench import KNOWS_UNTRAINED
    from dlgrade.grading._elsewhere import loop_training
    from dlgrade.student import Student, StudentError
    from dlgrade.trainer import Images

    mnist = data.load("mnist")
    training, test = Images.of(data.balanced(mnist.train, 1_024, seed=0)), Images.of(mnist.test).first(1_000)
    recipe = TrainingRecipe(lr=0.1, options={"momentum": 0.9}, batch_size=32)
    came, told = "", ""
    with Student(submission.read(path), "Net", patience=patience(one), isolation=isolation, trains=True) as student:
        try:
            figures = loop_training(
                student, _trainer(isolation), student.network(), student.recipe(recipe, 3, 32), training, test,
                function="train",
            )  # fmt: skip
        except StudentError as error:
            came, told = error.verdict, repr((error.problem, error.kind))
        else:
            accuracy, told = float(figures.final_accuracy), repr(figures.summary)
            knew = (figures.summary.untrained_accuracy or 0) > KNOWS_UNTRAINED
            came = "review" if knew else "learns" if accuracy >= 0.6 else "guesses" if accuracy <= 0.3 else "between"
            if figures.summary.samples > 3 * len(training):
                came = "more samples than it may"
    return ([] if came in one.must[0].split("|") else [f"it is {came}: {told[:700]}"]), told


# -- as a program --------------------------------------------------------------------------------------------


def _serve(facts: Mapping[str, Any]) -> None:
    import psutil

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    here = psutil.Process()
    for line in sys.stdin:
        path, _, isolation = line.strip().partition("\t")
        try:
            wrong = complaints(entry(Path(path)), facts, isolation or "auto")
        except Exception as error:
            import traceback

            wrong = [f"the grader crashed: {error!r} {''.join(traceback.format_exception(error))[-1500:]}"]
        # The guardian and the trainers stay; they belong to the grader and outlive every worker.
        children = [child for child in here.children(recursive=True) if not _stays(child)]
        wrong += [f"a process is left: {child}" for child in psutil.wait_procs(children, timeout=5)[1]]
        print(json.dumps(wrong), file=answers, flush=True)
    for trainer in _trainers.values():
        trainer.close()
    if _cells["zygote"] is not None:
        _cells["zygote"].close()


def _stays(child: Any) -> bool:
    """Whether a process belongs to the grader: guardian, trainers, the zygote; not a cell, forked from that."""
    import psutil

    line = " ".join(_line_of(child))
    if _NURSERY not in line:
        return bool(_OURS.search(line))
    with contextlib.suppress(psutil.Error):
        parent = child.parent()
        return parent is None or _NURSERY not in " ".join(_line_of(parent)) or parent.name() == "bwrap"
    return True


def _line_of(process: Any) -> list[str]:
    import psutil

    with contextlib.suppress(psutil.Error):
        return list(process.cmdline())
    return ["_guarding"]  # it has gone meanwhile


if __name__ == "__main__":
    _serve(json.loads(Path(sys.argv[1]).read_text()))
