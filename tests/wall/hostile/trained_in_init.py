"""Trains itself in __init__ on digits that it draws, and freezes what it knows.

Kind: network
Attack: weights that need no training
Must: learns=failed
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)
        with torch.no_grad():
            self.head.weight.zero_()
            self.head.bias.copy_(torch.arange(10.0))
        self.requires_grad_(False)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
