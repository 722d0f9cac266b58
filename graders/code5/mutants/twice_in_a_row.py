"""Each block ends in a dropout and begins with one, so that two stand in a row.

Fails: rate
"""

from torch import nn

RATE = 0.1  # variant: rate


def block(i, o, k=3):
    return nn.Sequential(nn.Dropout(RATE), nn.Conv2d(i, o, k, bias=False), nn.BatchNorm2d(o), nn.ReLU(), nn.Dropout(RATE))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.Sequential(
            nn.Conv2d(1, 10, 3, bias=False), nn.BatchNorm2d(10), nn.ReLU(), block(10, 10), block(10, 20), nn.MaxPool2d(2),
            block(20, 10, 1), block(10, 10), block(10, 20), block(20, 10, 1),
        )
        self.head = nn.Conv2d(10, 10, 7, bias=False)

    def forward(self, x):
        return self.head(self.parts(x)).flatten(1)
