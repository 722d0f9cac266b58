"""Replaces the worker's own answers: a fat network that says it is verified.

Kind: network
Attack: answer for the worker
Must: review
"""

import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        _desk = sys.modules["dlgrade.worker._desk"]

        _desk.Desk._do_network = lambda self, **ask: {"tier": "verified", "parameter_count": 1, "input_shape": [1, 28, 28]}
        _desk.Desk._do_probe = lambda self, **ask: {"agree": True}
        self.maps = nn.Sequential(nn.Conv2d(1, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 5), nn.ReLU())
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
