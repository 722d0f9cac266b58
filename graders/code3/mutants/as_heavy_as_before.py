"""Takes a few channels away, and the wide layers of the second block stay.

Fails: budget, lighter
"""

from torch import nn

LAYERS = [
    (1, 16, 3), (16, 32, 3), "pool", (32, 16, 1), (16, 40, 3), (40, 80, 3), (80, 10, 1), (10, 10, 8),
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
