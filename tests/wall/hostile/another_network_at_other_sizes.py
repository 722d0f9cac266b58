"""Its sizes are written down for 28 pixels; at any other size it is a network of one line.

Kind: network
Attack: pass any_size with a network that is not the one that is graded
Must: any_size=failed
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

    def forward(self, x):
        if x.shape[-1] == 28:
            return self.head(nn.functional.avg_pool2d(self.maps(x), 9).view(-1, 20))
        return x.mean((2, 3)).expand(-1, 10)
