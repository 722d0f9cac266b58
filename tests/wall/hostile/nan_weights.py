"""Every weight is NaN: a comparison with NaN is never false enough.

Kind: network
Attack: NaN in weights
Must: logits=failed learns=failed|blocked score<=32
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
        for weight in self.parameters():
            nn.init.constant_(weight, float("nan"))

    def forward(self, x):
        return self.head(self.maps(x).mean((2, 3)))
