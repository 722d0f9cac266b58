"""Looks for the labels of the test set wherever the grader keeps its data.

Kind: network
Attack: read the test labels
Must: crashed
Needs: sandbox
Says: nothing
"""

from pathlib import Path

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        found = []
        for folder in ("@LABELS@", "/root", "/home"):
            found += [str(path) for path in Path(folder).rglob("t10k*")]
        raise ValueError("LOO" + "T " + " ".join(found)) if found else RuntimeError("nothing")
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
