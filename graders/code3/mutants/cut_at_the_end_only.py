"""Cuts the widest layer and leaves the others as wide as they were.

Fails: budget
"""

from torch import nn

LAYERS = [
    (1, 16, 3), (16, 32, 3), (32, 32, 3), "pool", (32, 16, 1), (16, 16, 3), (16, 16, 3), (16, 10, 1), (10, 10, 7),
]


def plan(side=28):
    rows, o = [], 1
    for layer in LAYERS:
        if layer == "pool":
            side //= 2
            rows.append((o, side, 0))
        else:
            i, o, k = layer
            side = side - k + 1
            rows.append((o, side, k * k * i * o))
    return rows


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        parts = []
        for layer in LAYERS:
            if layer == "pool":
                parts.append(nn.MaxPool2d(2))
            else:
                i, o, k = layer
                parts += [nn.Conv2d(i, o, k, bias=False), nn.ReLU()]
        self.body = nn.Sequential(*parts[:-1])

    def forward(self, x):
        return self.body(x).flatten(1)
