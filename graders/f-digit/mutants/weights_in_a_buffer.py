"""Keeps a layer's weights in a buffer, where model.parameters() does not look.

Fails: budget
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 70)
        self.scores = nn.Linear(70, 10)
        self.register_buffer("more", torch.randn(64, 784) / 28)
        self.mixed = nn.Linear(64, 10)

    def forward(self, x):
        x = x.flatten(1)
        return self.scores(torch.relu(self.hidden(x))) + self.mixed(torch.relu(x @ self.more.T))
