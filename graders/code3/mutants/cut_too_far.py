"""Cuts the transition to a single channel: the second block sees one grey picture of 12x12.

Fails: accuracy
"""

from torch import nn

LAYERS = [
    (1, 3, 3), (3, 3, 3), "pool", (3, 1, 1), (1, 4, 3), (4, 4, 3), (4, 10, 8),
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
