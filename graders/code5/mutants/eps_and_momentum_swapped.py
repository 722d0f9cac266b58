"""Swaps eps and momentum, so that the running statistics still hold what they began with when training ends.

Fails: gap, accuracy
"""

from torch import nn

RATE = 0.1  # variant: rate


def block(i, o, k=3):
    return nn.Sequential(nn.Conv2d(i, o, k, bias=False), nn.BatchNorm2d(o, 0.1, 1e-5), nn.ReLU(), nn.Dropout(RATE))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.Sequential(
            block(1, 10), block(10, 10), block(10, 20), nn.MaxPool2d(2), block(20, 10, 1), block(10, 10), block(10, 20),
            block(20, 10, 1),
        )
        self.head = nn.Conv2d(10, 10, 7, bias=False)

    def forward(self, x):
        return self.head(self.parts(x)).flatten(1)
