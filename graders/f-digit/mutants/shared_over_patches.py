"""Cuts the image into 16 patches and reads all of them by the same dense layer: a convolution without its name.

Fails: feed_forward
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Linear(49, 32)
        self.hidden = nn.Linear(16 * 32, 64)
        self.scores = nn.Linear(64, 10)

    def forward(self, x):
        x = x.reshape(-1, 4, 7, 4, 7).transpose(2, 3).reshape(-1, 16, 49)
        x = torch.relu(self.patch(x)).flatten(1)
        return self.scores(torch.relu(self.hidden(x)))
