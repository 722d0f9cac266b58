"""Leaves the 1x1 convolution of the transition out, which costs nothing now that the maps are few.

Fails: skeleton
"""

from torch import nn

LAYERS = [
    (1, 8, 3), (8, 8, 3), (8, 12, 3), "pool", (12, 10, 3), (10, 16, 3), (16, 10, 1), (10, 10, 7),
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
