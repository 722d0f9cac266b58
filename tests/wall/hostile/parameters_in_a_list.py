"""Keeps its layers in a plain list, where torch does not look for parameters.

Kind: network
Attack: hide layers from parameters()
Must: budget=failed|blocked|review
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Conv2d(1, 16, 5), nn.ReLU(), nn.Conv2d(16, 32, 5), nn.ReLU()]
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x.mean((2, 3)))
