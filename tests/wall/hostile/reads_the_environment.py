"""Reads its own environment and that of every process it can see.

Kind: network
Attack: read the grader's environment
Must: crashed
Needs: sandbox
Says: nothing
"""

import os
from pathlib import Path

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        found = []
        for path in [*Path("/proc").glob("[0-9]*/environ"), Path("/proc/self/environ")]:
            try:
                text = path.read_bytes()
            except OSError:
                continue
            found += [""] * (b"SECRET_OF_THE_GRADER" in text)
        found += [""] * ("SECRET_OF_THE_GRADER" in os.environ)
        raise ValueError("LOO" + "T " + " ".join(found)) if found else RuntimeError("nothing")
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
