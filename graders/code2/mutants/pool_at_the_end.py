"""One long block, and the transition only before the head.

Fails: blocks, transition
"""

from torch import nn


def block(channels_in, channels_out):
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, bias=False), nn.ReLU())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(block(1, 8), block(8, 16), block(16, 16), block(16, 16), block(16, 24))
        self.between = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(24, 12, 1, bias=False), nn.ReLU())
        self.head = nn.Conv2d(12, 10, 9)

    def forward(self, x):
        return self.head(self.between(self.body(x))).flatten(1)
