"""One parameter of two gigabytes that takes no memory until somebody copies it.

Kind: network
Attack: exhaust memory by an expanded tensor
Must: review
Says: 2.0 GB
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(),
        )
        self.head = nn.Linear(20, 10)
        self.huge = nn.Parameter(torch.zeros(1).expand(500_000_000))

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
