"""Types the plan off the layer table of a 28x28 image, whatever the side.

Fails: plan
"""

from torch import nn

LAYERS = [
    (1, 10, 3), (10, 10, 3), (10, 20, 3), "pool", (20, 10, 1), (10, 10, 3), (10, 20, 3), (20, 10, 1), (10, 10, 7),
]


def plan(side=28):
    return [
        (10, 26, 90), (10, 24, 900), (20, 22, 1800), (20, 11, 0), (10, 11, 200), (10, 9, 900), (20, 7, 1800),
        (10, 7, 200), (10, 1, 4900),
    ]


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
