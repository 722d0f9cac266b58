"""Loops that run on the student's side: fed from here, counted by samples, their weights checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from dlgrade import submission
from dlgrade.student import MODEL, Optimizer, Patience, Student, StudentError, Supply

SOURCE = """
import torch
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(x.flatten(1))

def sizes(loader):
    return [len(loader), len(loader.dataset), loader.batch_size, [list(x.shape) for x, _ in loader]]

def peek(loader):
    return [next(iter(loader))[1].tolist() for _ in range(3)]

def again(loader):
    return [sum(len(y) for _, y in loader) for _ in range(2)]

def step(model, loader, optimizer):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    model.eval()
    torch.set_grad_enabled(False)
    return {"momentum": len(optimizer.state), "weight": model.head.weight.detach()}

def grow(model):
    model.head = nn.Linear(4, 5)

def broken(loader):
    for x, y in loader:
        raise ValueError("a fault of the student's")

def forward(x):
    return 1
"""


@pytest.fixture
def student(written: Callable[..., Path]) -> Iterator[Student]:
    patience = Patience(load=60, network=90, call=30, training=60)
    with Student(submission.read(written(SOURCE)), "Net", input_shape=(1, 2, 2), patience=patience) as found:
        yield found


def supply(samples: int = 10, batch_size: int = 4, most: int | None = None) -> Supply:
    def batches(number: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for start in range(0, samples, batch_size):
            labels = torch.arange(start, min(start + batch_size, samples)) % 3
            yield torch.randn(len(labels), 1, 2, 2), labels

    return Supply(batches, samples=samples, batch_size=batch_size, most=most)


def test_a_loader_has_the_sizes_of_a_loader_and_the_last_batch_is_short(student: Student) -> None:
    given = supply()
    ran = student.run("sizes", given, supplies=[given])
    assert ran.returned == [3, 10, 4, [[4, 1, 2, 2], [4, 1, 2, 2], [2, 1, 2, 2]]]
    assert (given.handed, given.passes) == (10, 1)
    assert 0 <= ran.tail_seconds <= ran.seconds


def test_a_peek_is_counted_as_the_batch_that_it_is(student: Student) -> None:
    given = supply()
    assert student.run("peek", given, supplies=[given]).returned == [[0, 1, 2, 0]] * 3
    assert (given.handed, given.passes) == (12, 3)


def test_more_samples_than_the_task_allows_are_refused_with_the_number(student: Student) -> None:
    given = supply(most=10)
    with pytest.raises(StudentError, match="asks for more than 10 samples") as raised:
        student.run("again", given, supplies=[given])
    assert (raised.value.verdict, raised.value.kind) == ("failed", "budget")
    assert "line" not in raised.value.problem.what
    assert given.handed == 10


def test_a_loop_trains_the_students_own_network_and_its_weights_come_back(student: Student) -> None:
    graph = student.network().graph
    before = student.weights(graph)
    given = supply()
    optimizer = Optimizer("SGD", {"lr": 0.5, "momentum": 0.9})
    ran = student.run("step", MODEL, given, optimizer, supplies=[given])
    after = student.weights(graph)
    assert [value.shape for value in after] == [value.shape for value in before]
    assert not torch.equal(before[0], after[0])
    names = [tensor.names[0] for tensor in graph.tensors]
    sent = torch.frombuffer(bytearray(ran.returned["weight"].data), dtype=torch.float32).reshape(3, 4)
    assert torch.equal(after[names.index("head.weight")], sent)
    assert (ran.returned["momentum"], ran.training, ran.gradients) == (2, False, False)
    # Gradients are on again for whatever comes next, and placing begins anew.
    again = student.run("step", MODEL, given, optimizer, supplies=[given])
    assert not torch.equal(student.weights(graph)[0], after[0])
    assert again.gradients is False
    student.place({})
    assert all(torch.equal(one, other) for one, other in zip(student.weights(graph), before, strict=True))


def test_another_network_after_the_loop_than_the_one_that_was_received_is_review(student: Student) -> None:
    graph = student.network().graph
    student.run("grow", MODEL)
    with pytest.raises(StudentError, match="another shape or number type after the training") as raised:
        student.weights(graph)
    assert raised.value.verdict == "review"


def test_a_fault_in_the_loop_is_told_with_its_line(student: Student) -> None:
    given = supply()
    with pytest.raises(StudentError, match="a fault of the student's") as raised:
        student.run("broken", given, supplies=[given])
    assert raised.value.verdict == "crashed"
    assert raised.value.problem.where.endswith(":37")


@pytest.mark.parametrize(
    "request_", [{"do": "pass"}, {"do": "next"}, {"do": "next", "pass": [1]}, {"do": "next", "pass": "0"},
                 {"do": "next", "pass": 5}, {"do": "what"}, {}],
)  # fmt: skip
def test_whatever_is_asked_for_gets_a_pass_or_nothing(request_: dict[str, Any]) -> None:
    given = supply()
    assert given.answer(request_) in (0, None)
    assert given.handed == 0


def test_a_loader_is_not_begun_without_end() -> None:
    given = supply()
    answers = [given.answer({"do": "pass"}) for _ in range(10_001)]
    assert answers[:3] == [0, 1, 2]
    assert "again and again" in answers[-1].what
