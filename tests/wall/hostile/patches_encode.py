"""Replaces dlgrade.graph.encode: the message is that of a small network.

Kind: network
Attack: replace what is sent
Must: review
"""

import sys

import torch
from torch import nn



class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 5), nn.ReLU())
        self.head = nn.Linear(32, 10)

        graph = sys.modules["dlgrade.graph"]

        small, real = Small(), graph.encode
        graph.encode = lambda network, shape, files: real(small, shape, files)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
