"""Holds every weight in buffers: there is not one parameter.

Kind: network
Attack: weights in buffers count as statistics
Must: budget=failed learns=failed
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 5), nn.ReLU())
        self.head = nn.Linear(32, 10)
        for module in self.modules():
            for name, weight in list(module._parameters.items()):
                del module._parameters[name]
                module.register_buffer(name, weight.detach())

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
