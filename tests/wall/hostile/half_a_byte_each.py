"""Nine thousand numbers in one parameter of complex type.

Kind: network
Attack: two numbers counted as one
Must: score<=0
"""

import torch
from torch import nn



class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(10, 1, 21, 21, dtype=torch.complex64))

    def float(self):
        return self

    def forward(self, x):
        return nn.functional.conv2d(x, torch.view_as_real(self.weight).sum(-1)).relu().mean((2, 3))
