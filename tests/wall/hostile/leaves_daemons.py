"""Leaves children that detach themselves and go on for an hour.

Kind: network
Attack: processes that outlive the grading
Must: score<=37
"""

import os
import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(3600)", "@MARK@"])
                os._exit(0)
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
