"""Says that it has no parameters, in every way that a module is asked.

Kind: network
Attack: under-report parameters by overriding parameters(), named_parameters() and state_dict()
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

    def parameters(self, recurse=True):
        return iter(())

    def named_parameters(self, *args, **kwargs):
        return iter(())

    def state_dict(self, *args, **kwargs):
        return {}
