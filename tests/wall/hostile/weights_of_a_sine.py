"""Weights made in forward by a formula: sin(arange(12,000)).

Kind: network
Attack: generated weights
Must: budget=failed
"""

import torch
from torch import nn



class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(10))

    def forward(self, x):
        weight = torch.sin(torch.arange(12_000.0) * 12.9898).view(120, 1, 10, 10)
        return nn.functional.conv2d(x, weight).relu().mean((2, 3))[:, :10] * self.scale
