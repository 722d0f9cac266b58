"""An exception of ten megabytes in one line, in a traceback of five hundred frames.

Kind: network
Attack: a report that nobody can open
Must: crashed
Says: ValueError
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.deep(500)
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def deep(self, n):
        if n == 0:
            raise ValueError("A" * 10_000_000)
        self.deep(n - 1)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
