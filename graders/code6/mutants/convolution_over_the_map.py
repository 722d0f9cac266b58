"""Keeps the convolution that covers the whole last map: a dense layer by another name.

Fails: no_dense, global_average, any_size
"""

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
        self.parts = nn.Sequential(block(12, 12), block(12, 12), block(12, 8))
        self.head = nn.Conv2d(8, 10, 6)

    def forward(self, x):
        x = self.parts(self.edges(x))
        return self.head(x).view(-1, 10)
