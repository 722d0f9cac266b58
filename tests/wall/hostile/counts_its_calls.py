"""Is another network from its third call on, when it has been tried and traced.

Kind: network
Attack: another answer after the export
Must: review
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
        self.calls = 0

    def forward(self, x):
        self.calls += not torch.compiler.is_exporting()
        scores = self.head(self.maps(x).mean((2, 3)))
        return scores if self.calls <= 2 or torch.compiler.is_exporting() else scores * 3
