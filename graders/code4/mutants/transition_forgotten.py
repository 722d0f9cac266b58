"""The 1x1 convolutions have no norm: only what looks like a block got one.

Fails: norms
"""

from torch import nn


def block(i, o, k=3):
    return nn.Sequential(nn.Conv2d(i, o, k, bias=False), nn.BatchNorm2d(o), nn.ReLU())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.Sequential(
            block(1, 10), block(10, 10), block(10, 20), nn.MaxPool2d(2), nn.Conv2d(20, 10, 1, bias=False), nn.ReLU(),
            block(10, 10), block(10, 20), nn.Conv2d(20, 10, 1, bias=False), nn.ReLU(),
        )
        self.head = nn.Conv2d(10, 10, 7, bias=False)

    def forward(self, x):
        return self.head(self.parts(x)).flatten(1)
