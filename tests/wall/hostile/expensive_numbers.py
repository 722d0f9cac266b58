"""A hundred thousand channels for a moment, at no parameters.

Kind: network
Attack: exhaust the grader's memory by a small graph
Must: score<=0
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
        wide = x.expand(-1, 100_000, -1, -1).sin().mean(1, keepdim=True)
        return self.head(self.maps(x + wide).mean((2, 3)))
