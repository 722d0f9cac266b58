"""The layers are made in forward, after everybody has counted.

Kind: network
Attack: parameters that appear in forward
Must: budget=failed|blocked|review
"""

import torch
from torch import nn



class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(10))

    def forward(self, x):
        if not hasattr(self, "late"):
            self.late = nn.Sequential(nn.Conv2d(1, 32, 9), nn.ReLU(), nn.Conv2d(32, 10, 9))
        return self.late(x).mean((2, 3)) * self.scale
