"""Layers in a ModuleList and a ModuleDict, run through in a loop.

Kind: network
Odd: ModuleList
Must: passes all
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [1, 12, 20, 20]
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3) for a, b in zip(sizes, sizes[1:]))
        self.norms = nn.ModuleDict({str(i): nn.BatchNorm2d(b) for i, b in enumerate(sizes[1:])})
        self.fc = nn.Linear(sizes[-1], 10)

    def forward(self, x):
        for i, conv in enumerate(self.convs):
            x = F.relu(self.norms[str(i)](conv(x)))
            if i == 0:
                x = F.max_pool2d(x, 2)
        return self.fc(x.mean(dim=[-2, -1]))
