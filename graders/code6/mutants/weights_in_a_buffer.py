"""Hides a layer's weights in a buffer, where model.parameters() does not look.

Fails: budget
"""

import torch
import torch.nn.functional as F
from torch import nn


def block(channels_in, channels_out, padding=0):
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, padding=padding, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.edges = nn.Sequential(block(1, 8), block(8, 12), nn.MaxPool2d(2))
        self.parts = nn.Sequential(block(12, 14), block(14, 14), block(14, 14))
        self.head = nn.Linear(14, 10)
        self.register_buffer("wider", torch.randn(24, 14, 3, 3) / 11)
        self.register_buffer("back", torch.randn(14, 24, 3, 3) / 15)

    def forward(self, x):
        x = self.parts(self.edges(x))
        mixed = F.conv2d(F.conv2d(x, self.wider, padding=1), self.back, padding=1)
        x = x + mixed / 10
        return self.head(x.mean((2, 3)))
