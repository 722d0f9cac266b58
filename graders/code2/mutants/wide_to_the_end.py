"""Doubles the channels all the way and has no narrow place.

Fails: budget
"""

from torch import nn


def block(channels_in, channels_out):
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, bias=False), nn.ReLU())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.edges = nn.Sequential(block(1, 16), block(16, 32), block(32, 64))
        self.between = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(64, 60, 1, bias=False), nn.ReLU())
        self.parts = nn.Sequential(block(60, 128), block(128, 96))
        self.head = nn.Conv2d(96, 10, 7)

    def forward(self, x):
        x = self.parts(self.between(self.edges(x)))
        return self.head(x).flatten(1)
