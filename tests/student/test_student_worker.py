"""A submission behind its worker: functions, networks and recipes come back as checked data."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import torch

from dlgrade import submission, wire
from dlgrade.course import TrainingRecipe
from dlgrade.graph import fingerprint
from dlgrade.recipe import Plateau, Schedule
from dlgrade.student import Patience, Student, StudentError, warm

NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 4, 5), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.1))
        self.head = nn.Linear(4, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
"""


@pytest.fixture
def student(written: Callable[..., Path]) -> Iterator[Callable[..., Student]]:
    made: list[Student] = []

    def behind(text: str, network: str = "", **more: object) -> Student:
        made.append(Student(submission.read(written(text)), network, **more))  # type: ignore[arg-type]
        return made[-1]

    yield behind
    for one in made:
        one.close()


def test_functions_take_and_return_numbers_text_lists_and_tensors(student: Callable[..., Student]) -> None:
    asked = student(
        """
        import torch
        def out_size(n, k=3): return n - k + 1
        def pair(a): return (a, [a, "x"], None, True)
        def double(t): return t * 2
        """
    )
    assert asked.call("out_size", 28, k=5) == 24
    assert asked.call("pair", 1.5) == [1.5, [1.5, "x"], None, True]
    back = asked.call("double", wire.RawTensor("float32", (2,), torch.tensor([1.0, 2.0]).numpy().tobytes()))
    assert isinstance(back, wire.RawTensor)
    assert torch.frombuffer(bytearray(back.data), dtype=torch.float32).tolist() == [2.0, 4.0]


def test_a_plain_python_submission_starts_a_worker_without_torch(student: Callable[..., Student]) -> None:
    asked = student("import sys\ndef loaded(): return 'torch' in sys.modules\n")
    assert asked.call("loaded") is False


def test_a_call_without_end_is_a_timeout_and_the_next_call_is_answered(student: Callable[..., Student]) -> None:
    asked = student("def forever():\n    while True: pass\ndef one(): return 1\n", patience=Patience(call=1.5))
    with pytest.raises(StudentError) as told:
        asked.call("forever")
    assert told.value.verdict == "timeout"
    assert asked.call("one") == 1


def test_what_students_print_does_not_disturb_the_wire(student: Callable[..., Student]) -> None:
    asked = student(
        "import os, sys\ndef loud():\n    print('x' * 100_000)\n    os.write(1, b'DLG1' * 1000)\n"
        "    sys.stdout.flush()\n    return sys.stdin.read() + 'quiet'\n"
    )
    assert asked.call("loud") == "quiet"


def test_exit_is_the_students_crash_and_not_the_end_of_the_worker(student: Callable[..., Student]) -> None:
    asked = student("import sys\ndef leave(): sys.exit(0)\ndef one(): return 1\n")
    with pytest.raises(StudentError, match="calls exit"):
        asked.call("leave")
    assert asked.call("one") == 1


def test_a_killed_worker_is_the_students_crash(student: Callable[..., Student]) -> None:
    asked = student("import os\ndef die(): os.abort()\ndef one(): return 1\n")
    with pytest.raises(StudentError) as told:
        asked.call("die")
    assert told.value.verdict == "crashed"
    assert asked.call("one") == 1


def test_nothing_is_left_running_after_close(student: Callable[..., Student]) -> None:
    before = {child.pid for child in psutil.Process(os.getpid()).children(recursive=True)}
    asked = student("import subprocess\ndef spawn(): subprocess.Popen(['sleep', '60']); return 1\n")
    with contextlib.suppress(StudentError):  # the sandbox may refuse the program; nothing must be left either way
        asked.call("spawn")
    asked.close()
    gone = psutil.wait_procs(psutil.Process(os.getpid()).children(recursive=True), timeout=5)[1]
    assert {child.pid for child in gone} <= before


def test_a_carried_network_is_verified_and_counted(student: Callable[..., Student]) -> None:
    network = student(NET, "Net").network()
    assert network.tier == "verified"
    assert network.parameter_count == 4 * 25 + 4 + 8 + 50
    assert network.layers[0].where == "code6.py:11"


def test_a_gradient_that_is_not_the_graphs_is_only_observed_or_refused(student: Callable[..., Student]) -> None:
    asked = student(
        NET
        + """
class Twist(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 1.0
    @staticmethod
    def backward(ctx, g): return -3 * g

class Twisted(Net):
    def forward(self, x):
        return Twist.apply(super().forward(x))
""",
        "Twisted",
    )
    assert asked.network().tier == "observed"


def test_the_students_optimiser_schedule_and_transforms_arrive_as_data(student: Callable[..., Student]) -> None:
    asked = student(
        NET
        + """
from torchvision import transforms

def make_optimizer(params):
    return torch.optim.SGD(params, lr=0.1, momentum=0.8, weight_decay=1e-4)

def make_scheduler(optimizer, epochs, steps_per_epoch):
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, epochs=epochs, steps_per_epoch=steps_per_epoch)

def train_transform():
    return transforms.Compose([transforms.RandomRotation(7, fill=0), transforms.ToTensor()])
""",
        "Net",
    )
    written = TrainingRecipe(from_student=("make_optimizer", "make_scheduler", "train_transform"))
    recipe = asked.recipe(written, epochs=2, steps_per_epoch=10)
    assert recipe.optimizer.name == "SGD"
    assert recipe.optimizer.groups[0].options["weight_decay"] == 1e-4
    assert isinstance(recipe.schedule, Schedule)
    assert len(recipe.schedule.rates) == 20
    assert max(rate for (rate,) in recipe.schedule.rates) == pytest.approx(0.1)
    assert [step.name for step in recipe.transforms] == ["RandomRotation", "ToTensor"]


def test_a_plateau_rule_arrives_by_its_settings(student: Callable[..., Student]) -> None:
    asked = student(
        NET
        + """
def make_optimizer(params): return torch.optim.Adam(params, lr=0.01)
def make_scheduler(opt): return torch.optim.lr_scheduler.ReduceLROnPlateau(opt, factor=0.5, patience=1)
""",
        "Net",
    )
    recipe = asked.recipe(TrainingRecipe(from_student=("make_optimizer", "make_scheduler")), 2, 10)
    assert isinstance(recipe.schedule, Plateau)
    assert recipe.schedule.settings["factor"] == 0.5


def test_an_own_optimiser_class_is_refused_with_a_sentence(student: Callable[..., Student]) -> None:
    asked = student(
        NET
        + """
class Mine(torch.optim.SGD): pass
def make_optimizer(params): return Mine(params, lr=0.1)
""",
        "Net",
    )
    with pytest.raises(StudentError, match=r"the optimiser is a Mine, not one of torch\.optim") as told:
        asked.recipe(TrainingRecipe(from_student=("make_optimizer",)), 2, 10)
    assert told.value.verdict == "review"


def test_cuda_written_into_a_network_stays_on_the_cpu(student: Callable[..., Student]) -> None:
    moved = NET.replace("nn.Linear(4, 10)", 'nn.Linear(4, 10).to("cuda")').replace(
        "self.head(self", 'self.head.cuda()(torch.zeros(1, device="cuda:0") + self'
    )
    assert student(moved, "Net").network().tier == "verified"


def test_a_notebook_is_a_submission_and_lines_name_the_cell(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Code 6"},
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1, "source": "!pip install torch\n"},
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 2, "source": NET.lstrip()},
    ]
    path = tmp_path / "code6.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    with Student(submission.read(path), "Net") as asked:
        where = asked.network().layers[0].where
    assert where.startswith("code6.ipynb cell 2 line ")


def test_an_answer_that_is_not_the_protocols_is_never_trusted(student: Callable[..., Student]) -> None:
    asked = student(
        """
        import os, sys, gc, io
        def forge():
            for thing in gc.get_objects():
                if isinstance(thing, io.BufferedWriter) and thing.fileno() > 2:
                    thing.write(b"DLG1" + (2**31).to_bytes(4, "big")); thing.flush()
            return 1
        """
    )
    with pytest.raises(StudentError) as told:
        asked.call("forge")
    assert told.value.verdict in {"review", "crashed"}


def test_a_warm_worker_carries_the_same_network_as_a_cold_one(student: Callable[..., Student]) -> None:
    cold, ready = student(NET, "Net", seed=3), warm()
    warmed = student(NET, "Net", seed=3, worker=ready)
    assert fingerprint(warmed.network().graph, values=True) == fingerprint(cold.network().graph, values=True)
    assert ready.taken() is None, "it serves one submission"


def test_a_warm_worker_that_died_is_replaced(student: Callable[..., Student]) -> None:
    ready = warm(torch=False)
    assert ready._dialogue is not None
    ready._dialogue.process.kill()
    assert student("def double(x): return 2 * x", worker=ready).call("double", 4) == 8


def test_a_warm_worker_that_nobody_took_leaves_nothing() -> None:
    ready = warm(torch=False)
    assert ready._dialogue is not None
    process = ready._dialogue.process
    ready.close()
    assert process.ended is not None
