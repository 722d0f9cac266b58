"""A module made by torch.jit.script inside.

Kind: network
Attack: code that is not looked into
Must: review|crashed
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = torch.jit.script(nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU()))
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
