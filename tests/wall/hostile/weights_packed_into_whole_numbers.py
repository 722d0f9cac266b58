"""Sixteen weights of four bits in each number of a buffer: 30,000 in 1,900.

Kind: network
Attack: 28,000 weights packed into the 2,000 numbers that are allowed
Must: budget=failed
"""

import torch
from torch import nn



class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(10))
        self.register_buffer("packed", torch.randint(1 << 60, (1_900,)))

    def forward(self, x):
        parts = [self.packed.div(16**i, rounding_mode="floor").remainder(16) for i in range(15)]
        weight = (torch.cat(parts).float() - 7.5)[:28_000].view(280, 1, 10, 10)
        maps = nn.functional.conv2d(x, weight).relu().mean((2, 3))
        return maps.unflatten(1, (28, 10)).sum(1) * self.scale
