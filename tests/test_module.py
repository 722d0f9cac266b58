"""The module's graders judge what a network does: networks as this course's students write them lose nothing for style.

None of these was written for a grader: log_softmax at the end, dropout everywhere, 1x1 behind the average, padding 1
everywhere, no biases, `x.view(-1, 10)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT

from dlgrade.course import load_assignment
from dlgrade.grading import grade, read_submission
from dlgrade.trainer import Trainer

USUAL = """
import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision import transforms
dropout_value = 0.02
class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.convblock1 = nn.Sequential(
            nn.Conv2d(in_channels=1, out_channels=8, kernel_size=(3, 3), padding=1, bias=False),
            nn.ReLU(), nn.BatchNorm2d(8), nn.Dropout(dropout_value))
        self.convblock2 = nn.Sequential(nn.Conv2d(8, 12, (3, 3), padding=1, bias=False),
            nn.ReLU(), nn.BatchNorm2d(12), nn.Dropout(dropout_value))
        self.pool1 = nn.MaxPool2d(2, 2)
        self.convblock3 = self._block(12, 12)
        self.convblock4 = self._block(12, 12)
        self.convblock5 = self._block(12, 12)
        self.convblock6 = self._block(12, 14)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.convblock8 = nn.Sequential(nn.Conv2d(14, 10, (1, 1), padding=0, bias=False))
    def _block(self, i, o):
        return nn.Sequential(nn.Conv2d(i, o, (3, 3), padding=1, bias=False), nn.ReLU(), nn.BatchNorm2d(o),
                             nn.Dropout(dropout_value))
    def forward(self, x):
        x = self.pool1(self.convblock2(self.convblock1(x)))
        for block in [self.convblock3, self.convblock4, self.convblock5, self.convblock6]:
            x = block(x)
        x = self.convblock8(self.gap(x))
        x = x.view(-1, 10)
        return F.log_softmax(x, dim=-1)
"""

BESIDE = {
    "code6": "",
    "code7": """
def ledger():
    return {name: sum(p.numel() for p in m.parameters(recurse=False)) for name, m in Net().named_modules()
            if len(list(m.parameters(recurse=False)))}
""",
    "code8": """
def rf_table(side=28):
    rows = [("c1", side, 1, 3), ("c2", side, 1, 5), ("pool", side // 2, 2, 6)]
    return rows + [("c%d" % (3 + i), side // 2, 2, 10 + 4 * i) for i in range(4)]
""",
    "code9": """
train_transform = lambda: transforms.Compose([transforms.RandomRotation((-7.0, 7.0), fill=(0,)),
    transforms.RandomAffine(0, translate=(2/28, 2/28)), transforms.ToTensor(),
    transforms.Normalize((0.1307,), (0.3081,))])
def test_transform():
    return transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
""",
}


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    with Trainer("cpu") as started:
        yield started


def lost(trainer: Trainer, name: str, source: str, folder: Path) -> dict[str, str]:
    """What a smoke run holds against it."""
    file = folder / f"{name}.py"
    file.write_text(source)
    assignment = load_assignment(ROOT / "assignments" / name)
    report = grade(assignment, read_submission(assignment, file), profile="smoke", trainer=trainer).report
    assert report.tier == "verified"
    return {one.id: f"{one.verdict} {one.measured}" for one in report.criteria if one.verdict not in {"passed", "open"}}


@pytest.mark.parametrize("name", BESIDE)
def test_a_network_as_students_of_this_course_write_it_loses_nothing(
    trainer: Trainer, name: str, tmp_path: Path
) -> None:
    assert lost(trainer, name, USUAL + BESIDE[name], tmp_path) == {}


@pytest.mark.parametrize("name", ["code2", "code3", "code4", "code5", "code10", "capstone"])
def test_log_softmax_and_view_are_a_matter_of_style(trainer: Trainer, name: str, tmp_path: Path) -> None:
    source = (ROOT / "graders" / name / "reference.py").read_text()
    last = re.findall(r"        return (.*)\n", source[source.index("def forward") :])[0]
    changed = source.replace(
        f"        return {last}\n",
        f"        x = {last}\n        x = x.view(-1, 10)\n        return torch.nn.functional.log_softmax(x, dim=1)\n",
    )
    assert changed != source
    assert lost(trainer, name, changed, tmp_path) == {}
