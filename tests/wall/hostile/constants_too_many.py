"""Ten thousand numbers in a closure, ten parameters.

Kind: network
Attack: constants in a closure instead of parameters
Must: budget=failed
"""

import torch
from torch import nn



def remembered():
    weight = torch.randn(100, 1, 10, 10, generator=torch.Generator().manual_seed(0))
    second = torch.randn(10, 100, generator=torch.Generator().manual_seed(1))
    return lambda x: nn.functional.conv2d(x, weight).relu().mean((2, 3)) @ second.T


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.look = remembered()
        self.scale = nn.Parameter(torch.ones(10))

    def forward(self, x):
        return self.look(x) * self.scale
