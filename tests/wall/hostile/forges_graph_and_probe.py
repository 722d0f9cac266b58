"""Sends a small network's graph and answers the probe with it, too: then that one is trained.

Kind: network
Attack: a forged graph with forged answers that agree with it
Must: passes budget shape no_dense
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

        _desk = sys.modules["dlgrade.worker._desk"]

        real = _desk.Desk._do_network
        self.__class__ = type("Net", (Small,), {})
        self.__init__()

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
