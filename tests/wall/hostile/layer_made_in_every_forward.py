"""A fresh layer in every forward: it is never trained and never counted.

Kind: network
Attack: weights drawn in forward from a seed
Must: score<=34 budget=failed|review|blocked
"""

import torch
from torch import nn



class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(10))

    def forward(self, x):
        torch.manual_seed(7)
        return nn.Conv2d(1, 10, 28, padding=14)(x).relu().mean((2, 3)) * self.scale
