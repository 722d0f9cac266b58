"""Makes one batch norm per width and uses it wherever that width comes again.

Fails: own_norms
"""

from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        norms = {10: nn.BatchNorm2d(10), 20: nn.BatchNorm2d(20)}

        def block(i, o, k=3):
            return nn.Sequential(nn.Conv2d(i, o, k, bias=False), norms[o], nn.ReLU())

        self.parts = nn.Sequential(
            block(1, 10), block(10, 10), block(10, 20), nn.MaxPool2d(2), block(20, 10, 1), block(10, 10), block(10, 20),
            block(20, 10, 1),
        )
        self.head = nn.Conv2d(10, 10, 7, bias=False)

    def forward(self, x):
        return self.head(self.parts(x)).flatten(1)
