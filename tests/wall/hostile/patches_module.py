"""Replaces nn.Module.named_parameters and nn.Module.state_dict for everybody.

Kind: network
Attack: monkeypatch nn.Module
Must: budget=failed|blocked|review|crashed
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 5), nn.ReLU())
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))


    def __init_subclass__(cls):
        pass


nn.Module.named_parameters, kept = (lambda self, *a, **k: iter(())), nn.Module.named_parameters


class Patch:
    nn.Module.named_parameters = lambda self, *a, **k: iter(())
    nn.Module.parameters = lambda self, *a, **k: iter(())
