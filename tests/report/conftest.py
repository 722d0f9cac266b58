"""Reports written by hand: nothing here is measured, so the report package is tested alone."""

from __future__ import annotations

import dataclasses
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from rich.console import Console

from dlgrade.course import (
    Budget,
    CriterionResult,
    Environment,
    EpochFigures,
    Layer,
    Mistake,
    NetworkSummary,
    Problem,
    Report,
    SubmissionIdentity,
    TrainingSummary,
    Verdict,
)
from dlgrade.report import terminal

GOLDEN = Path(__file__).parent / "golden"
SECRET = "hidden case 17: side 56"

ENVIRONMENT = Environment(
    dlgrade="0.1.0",
    python="3.11.2",
    torch="2.13.0",
    platform="Linux-6.1-x86_64",
    processor="cpu",
    grader_sha256="5f" * 32,
)
BUDGET = Budget(parameters=8000, epochs=15)
BUDGET_SAYS = "At most 8,000 parameters, counted on the network that is trained."
DENSE_SAYS = "No layer reads a flattened feature map."
ACCURACY_SAYS = "At least 98.0 % on the test images after 15 epochs."


def failing() -> Report:
    """The report of the design page, word for word."""
    return Report(
        assignment="code6",
        title="Global average pooling",
        submission=SubmissionIdentity("code6.py", "ab" * 32),
        profile="quick",
        seed=0,
        tier="verified",
        environment=ENVIRONMENT,
        device="cpu",
        budget=BUDGET,
        network=_network(dense=True),
        criteria=(
            CriterionResult("shape", "Images in, ten scores out.", "passed", 10, 10, "(N, 1, 28, 28) in, (N, 10) out"),
            CriterionResult(
                "budget",
                BUDGET_SAYS,
                "failed",
                0,
                10,
                measured="10,940 parameters",
                wanted="at most 8,000",
                found=("4,910 of them are one layer: code6.py:31  Linear 490 -> 10",),
            ),
            CriterionResult(
                "no_dense",
                DENSE_SAYS,
                "failed",
                0,
                10,
                measured="code6.py:31 reads a 10x7x7 map flattened",
                hint="Average each map first: x.mean((2, 3)) gives (N, 10) without a parameter.",
                cards=("gap-what", "gap-params"),
                detail=SECRET,
            ),
            CriterionResult(
                "accuracy_980",
                ACCURACY_SAYS,
                "blocked",
                0,
                20,
                measured="not trained: budget and no_dense come first (--all trains anyway)",
            ),
        ),
    )


def passing() -> Report:
    """Everything right, at full, with all that a training leaves behind."""
    return dataclasses.replace(
        failing(),
        profile="full",
        network=_network(dense=False),
        training=_training(),
        criteria=(
            CriterionResult("shape", "Images in, ten scores out.", "passed", 10, 10, "(N, 1, 28, 28) in, (N, 10) out"),
            CriterionResult("budget", BUDGET_SAYS, "passed", 10, 10, "6,070 parameters", "at most 8,000"),
            CriterionResult("no_dense", DENSE_SAYS, "passed", 10, 10),
            CriterionResult("accuracy_980", ACCURACY_SAYS, "passed", 20, 20, "98.41 %", "at least 98.0 %"),
        ),
    )


def stub() -> Report:
    """What a student sees who has not begun."""
    what = "Net.forward is still the stub: it raises NotImplementedError"
    says = {"shape": "Images in, ten scores out.", "budget": BUDGET_SAYS, "accuracy_980": ACCURACY_SAYS}
    return dataclasses.replace(
        failing(),
        tier=None,
        network=None,
        problem=Problem(
            what=what,
            where="code6.py:24",
            mend="Write the body of forward; the README's second section says what goes in and what out.",
            detail='Traceback (most recent call last):\n  File "code6.py", line 24\nNotImplementedError',
        ),
        criteria=(
            CriterionResult("shape", says["shape"], "crashed", 0, 10, measured=f"code6.py:24: {what}"),
            CriterionResult("budget", says["budget"], "blocked", 0, 10, measured=what),
            CriterionResult("accuracy_980", says["accuracy_980"], "blocked", 0, 20),
        ),
    )


def every_verdict() -> Report:
    """One criterion of each kind, at smoke, with notes and unused parameters."""
    network = _network(dense=False)
    return dataclasses.replace(
        failing(),
        profile="smoke",
        tier="observed",
        network=dataclasses.replace(network, unused=("fc.weight", "fc.bias"), extra_numbers=1200),
        notes=("No sandbox on this machine: your code ran as a plain process.",),
        criteria=(
            CriterionResult("shape", "Images in, ten scores out.", "passed", 2.5, 2.5),
            CriterionResult(
                "loops",
                "Each function in under a second.",
                "timeout",
                0,
                10,
                "stopped after 30 s",
                "under 1 s",
            ),
            CriterionResult(
                "other_sizes",
                "Images of 40 and 56 pixels.",
                "crashed",
                0,
                10,
                found=("code6.py:31: mat1 and mat2 shapes cannot be multiplied (2x1000 and 490x10)",),
                hint="Nothing may depend on the size of the map.",
                cards=("gap-what",),
            ),
            CriterionResult("no_dense", DENSE_SAYS, "review", 0, 10, "a custom autograd function in the way"),
            CriterionResult("own_words", "Explains the drop.", "error", 0, 10, found=("grader line",), detail=SECRET),
            CriterionResult("held_out", "Shifted images.", "open", 0, 5, "graded by your instructor"),
            CriterionResult("accuracy_980", ACCURACY_SAYS, "open", 0, 20),
            CriterionResult("explained", "A page on what you saw.", "failed", 0, 2.5),
        ),
    )


ATTACK = (
    "\x1b[31mred\x1b]0;title\x07 [bold red]x[/] <script>alert(1)</script> \u202egnp.exe\u202c \u200b"
    "\n  ok    faked        99/99\r"
)


def hostile() -> Report:
    """Every field that a student can reach holds an attack, and is far too long."""
    bad = ATTACK + "\"'><img src=x onerror=alert(1)>{{ 7*7 }}\x9b2J\udc80 漢字🙂" + "A" * 10_000
    clean = passing()
    training = dataclasses.replace(_training(), device=bad, recipe=bad, notes=(bad,))
    layer = Layer(bad, bad, (1, 28, 28), (8, 28, 28), 80, 1, 1, 3, module=bad)
    return dataclasses.replace(
        clean,
        submission=SubmissionIdentity("--" + bad, "ab" * 32),
        environment=dataclasses.replace(ENVIRONMENT, processor=bad, platform=bad),
        problem=Problem(what=bad, where=bad, mend=bad, detail=bad),
        network=NetworkSummary(bad, 9000, (layer,) * 500, (1, 28, 28), (10,), unused=(bad,) * 40),
        training=training,
        notes=(bad, bad),
        criteria=tuple(
            CriterionResult(verdict, ACCURACY_SAYS, verdict, 0, 10, bad[1:], bad, (bad[2:],) * 40, detail=bad)
            for verdict in get_args(Verdict)
        ),
    )


REPORTS: dict[str, Callable[[], Report]] = {
    "failing": failing,
    "passing": passing,
    "stub": stub,
    "every_verdict": every_verdict,
    "hostile": hostile,
}


def _network(*, dense: bool) -> NetworkSummary:
    rows: list[tuple[str, int, tuple[int, ...], tuple[int, ...], int, int, int | None]] = [
        ("Conv2d 1 -> 8, 3x3", 18, (1, 28, 28), (8, 26, 26), 72, 48672, 3),
        ("BatchNorm2d 8", 18, (8, 26, 26), (8, 26, 26), 16, 0, 3),
        ("ReLU", 18, (8, 26, 26), (8, 26, 26), 0, 0, 3),
        ("MaxPool2d 2x2", 19, (8, 26, 26), (8, 13, 13), 0, 0, 4),
        ("Conv2d 8 -> 16, 3x3", 22, (8, 13, 13), (16, 11, 11), 1152, 139392, 8),
        ("Conv2d 16 -> 32, 3x3", 25, (16, 11, 11), (32, 9, 9), 4608, 373248, 12),
        (
            "Conv2d 32 -> 10, 3x3" if dense else "Conv2d 32 -> 10, 1x1",
            28,
            (32, 9, 9),
            (10, 7, 7),
            182,
            14112,
            16,
        ),
    ]
    if dense:
        rows.append(("Linear 490 -> 10", 31, (490,), (10,), 4910, 4900, None))
    else:
        rows.append(("mean over 7x7", 30, (10, 7, 7), (10,), 0, 0, 28))
        rows.append(("Linear 10 -> 10, no bias", 31, (10,), (10,), 40, 100, 28))
    layers = [
        Layer(name, f"code6.py:{line}", before, after, parameters, macs, math.prod(after), sees)
        for name, line, before, after, parameters, macs, sees in rows
    ]
    parameters = sum(layer.parameters for layer in layers)
    macs = sum(layer.macs for layer in layers)
    return NetworkSummary("Net", parameters, tuple(layers), (1, 28, 28), (10,), macs, 1_363_148)


def _training() -> TrainingSummary:
    curve = tuple(
        EpochFigures(
            epoch=epoch,
            train_loss=round(0.55 * math.exp(-epoch / 3) + 0.062, 4),
            train_accuracy=round(0.981 - 0.32 * math.exp(-epoch / 1.6), 4),
            test_loss=round(0.34 * math.exp(-epoch / 3) + 0.05 + 0.006 * math.sin(epoch), 4),
            test_accuracy=0.9841 if epoch == 15 else round(0.985 - 0.14 * math.exp(-epoch / 1.8), 4),
            learning_rate=0.05,
            seconds=27.4,
        )
        for epoch in range(1, 16)
    )
    confusion = [[980 if row == column else 0 for column in range(10)] for row in range(10)]
    for label, other, times in [(4, 9, 12), (9, 4, 7), (7, 2, 9), (2, 7, 3), (3, 5, 8), (5, 3, 5), (8, 0, 1)]:
        confusion[label][other] = times
        confusion[label][label] -= times
    return TrainingSummary(
        device="cpu",
        epochs=15,
        samples=900_000,
        curve=curve,
        seconds=412.3,
        confusion=tuple(map(tuple, confusion)),
        mistakes=tuple(_mistake(number) for number in range(30)),
        recipe="SGD, learning rate 0.05, momentum 0.9, batches of 128",
    )


def _mistake(number: int) -> Mistake:
    """A stroke that leans a little more with every number: something to look at, made of arithmetic."""
    pixels = bytearray(28 * 28)
    for row in range(4, 24):
        middle = 14 + (row - 14) * (number - 15) / 30 + 4 * math.sin(row / 3 + number)
        for column in range(28):
            pixels[28 * row + column] = max(0, int(255 - 110 * abs(column - middle)))
    return Mistake(
        index=247 + 31 * number,
        label=number % 10,
        predicted=(number + 5) % 10,
        confidence=0.995 - number / 80,
        pixels=bytes(pixels),
    )


@pytest.fixture(params=list(REPORTS))
def report_name(request: pytest.FixtureRequest) -> str:
    """The name of each report in turn."""
    return str(request.param)


@pytest.fixture
def make() -> Callable[[str], Report]:
    """Builds a report by its name."""
    return lambda name: REPORTS[name]()


@pytest.fixture
def secret() -> str:
    """What stands in the instructor's detail and nowhere else."""
    return SECRET


@pytest.fixture
def golden() -> Path:
    """The folder of reports as they are known to be right."""
    return GOLDEN


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Prints a report into a pipe and returns what arrived there."""
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)

    def printed(report: Report, *, width: int = 80, html_path: str | None = None, instructor: bool = False) -> str:
        file = io.StringIO()
        console = Console(file=file, width=width)
        terminal(report, console, html_path=html_path, instructor=instructor)
        return file.getvalue()

    return printed
