"""Twelve thousand numbers as a Python list, made a tensor in forward.

Kind: network
Attack: weights as Python floats
Must: budget=failed|review|blocked
"""

import torch
from torch import nn



class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.numbers = [((i * 7919) % 1009) / 1009 - 0.5 for i in range(12_000)]
        self.scale = nn.Parameter(torch.ones(10))

    def forward(self, x):
        weight = torch.tensor(self.numbers).view(120, 1, 10, 10)
        maps = nn.functional.conv2d(x, weight).relu().mean((2, 3))
        return maps[:, :10] * self.scale + maps[:, 10:20]
