"""Squeezes everything through 18 hidden units.

Fails: accuracy_965
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 18)
        self.scores = nn.Linear(18, 10)

    def forward(self, x):
        return self.scores(torch.relu(self.hidden(x.flatten(1))))
