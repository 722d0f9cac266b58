"""Ends in a softmax, which the cross-entropy applies again.

Fails: scores, learns
"""

from torch import nn


def block(channels_in, channels_out):
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, bias=False), nn.ReLU())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.edges = nn.Sequential(block(1, 8), block(8, 16), block(16, 24))
        self.between = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(24, 12, 1, bias=False), nn.ReLU())
        self.parts = nn.Sequential(block(12, 16), block(16, 24))
        self.head = nn.Conv2d(24, 10, 7)

    def forward(self, x):
        x = self.parts(self.between(self.edges(x)))
        return self.head(x).flatten(1).softmax(1)
