"""A million parameters of one number each.

Kind: network
Attack: exhaust the count
Must: score<=0
Patience: network=10
"""

import torch
from torch import nn



class Net(nn.Module):
    def __init__(self):
        super().__init__()
        one = torch.zeros(())
        for i in range(1_000_000):
            self._parameters[f"p{i}"] = nn.Parameter(one)

    def forward(self, x):
        return x.mean((2, 3)).expand(-1, 10) + self.p0
