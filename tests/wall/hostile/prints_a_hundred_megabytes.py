"""Prints a hundred megabytes, escape sequences among them.

Kind: network
Attack: fill the log, forge the wire by printing
Must: passes all
"""

import os

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        for _ in range(100):
            print("\x1b[2J LOOT " * (1 << 17))
        os.write(1, b"DLG1" * 1_000)
        os.write(2, b"DLG1" * 1_000)
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
