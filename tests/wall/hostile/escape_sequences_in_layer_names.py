"""Layers and parameters that are called by escape sequences, one of them unused.

Kind: network
Attack: names in the layer table
Must: passes all
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.add_module("\x1b[31mred[/]", nn.Linear(3, 3))
        self.register_parameter("<script>\u202e", nn.Parameter(torch.zeros(3)))
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
