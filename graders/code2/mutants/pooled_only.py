"""The transition is a pool alone: the second block reads all channels of the first.

Fails: transition
"""

from torch import nn


def block(channels_in, channels_out):
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, bias=False), nn.ReLU())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.edges = nn.Sequential(block(1, 8), block(8, 16), block(16, 24), nn.MaxPool2d(2))
        self.parts = nn.Sequential(block(24, 16), block(16, 24))
        self.head = nn.Conv2d(24, 10, 7)

    def forward(self, x):
        return self.head(self.parts(self.edges(x))).flatten(1)
