"""Replaces wire.send: every answer of the worker says that all is well.

Kind: network
Attack: forge answers
Must: review
"""

import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        wire = sys.modules["dlgrade.wire"]

        real = wire.send
        verdict = {"ok": {"verdict": "passed", "score": 50, "parameters": 1}}
        wire.send = lambda stream, body, *limits: real(stream, verdict)
        self.maps = nn.Sequential(nn.Conv2d(1, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 5), nn.ReLU())
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
