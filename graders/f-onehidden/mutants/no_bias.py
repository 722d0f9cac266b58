"""Leaves the biases out of both layers.

Fails: parameters, any_width
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, inputs=784, hidden=32, classes=10):
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden, bias=False)
        self.scores = nn.Linear(hidden, classes, bias=False)

    def forward(self, x):
        return self.scores(torch.relu(self.hidden(x.flatten(1))))
