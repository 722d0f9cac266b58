"""Applies the ReLU to the hidden units twice, which changes nothing and is not understood.

Fails: one_relu
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, inputs=784, hidden=32, classes=10):
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.scores = nn.Linear(hidden, classes)

    def forward(self, x):
        h = torch.relu(self.hidden(x.flatten(1)))
        return self.scores(torch.relu(h))
