"""Pools the image before the dense layers, which are cheaper then.

Fails: feed_forward
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.hidden = nn.Linear(196, 128)
        self.scores = nn.Linear(128, 10)

    def forward(self, x):
        return self.scores(torch.relu(self.hidden(self.pool(x).flatten(1))))
