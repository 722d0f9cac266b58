"""Writes the 32 hidden units as a number into the second layer.

Fails: any_width
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, inputs=784, hidden=32, classes=10):
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.scores = nn.Linear(32, classes)

    def forward(self, x):
        return self.scores(torch.relu(self.hidden(x.flatten(1))))
