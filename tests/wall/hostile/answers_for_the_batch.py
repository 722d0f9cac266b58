"""Each answer leans on the mean of the batch, in evaluation as well.

Kind: network
Attack: eval that depends on batch mates
Must: evaluation=failed
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
        x = x - x.mean(0, keepdim=True)
        return self.head(self.maps(x).mean((2, 3)))
