"""A graph as large as it may be: fifteen thousand steps.

Kind: network
Attack: make the grader work for minutes
Must: score<=37
Patience: network=8
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        for _ in range(15_000):
            x = x.sin()
        return self.head(self.maps(x).mean((2, 3)))
