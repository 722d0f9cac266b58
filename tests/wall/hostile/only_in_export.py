"""Leaves layers out while it is exported.

Kind: network
Attack: torch.compiler.is_exporting()
Must: review
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 5), nn.ReLU())
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        if torch.compiler.is_exporting():
            return self.head(x.mean((2, 3)).expand(-1, 32))
        return self.head(self.maps(x).mean((2, 3)))
