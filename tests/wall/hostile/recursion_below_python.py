"""Overflows the stack of the interpreter itself.

Kind: network
Attack: crash the interpreter
Must: crashed|timeout
Patience: network=20
"""

import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        sys.setrecursionlimit(10**9)
        eval("+" * 10**6 + "1") if False else None
        f = lambda g: g(g)
        f(f)
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
