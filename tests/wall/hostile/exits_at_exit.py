"""Registers a function that sleeps for an hour when the worker ends.

Kind: network
Attack: hold the end of the worker
Must: passes all
"""

import atexit
import time

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        atexit.register(lambda: time.sleep(3_600))
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
