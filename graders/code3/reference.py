"""Full marks: 10 and 20 channels on the course's skeleton; one table builds the network and foretells it."""

import torch
from torch import nn

POOL = "pool"
LAYERS = [  # channels in, channels out, kernel
    (1, 10, 3), (10, 10, 3), (10, 20, 3),
    POOL, (20, 10, 1),
    (10, 10, 3), (10, 20, 3),
    (20, 10, 1), (10, 10, 7),
]  # fmt: skip


def plan(side: int = 28) -> list[tuple[int, int, int]]:
    """Channels, side and parameters behind each layer; nothing is padded, and nothing has a bias."""
    rows, channels = [], 1
    for layer in LAYERS:
        if layer == POOL:
            side = side // 2
            rows.append((channels, side, 0))
        else:
            channels_in, channels, kernel = layer
            side = side - kernel + 1
            rows.append((channels, side, kernel * kernel * channels_in * channels))
    return rows


class Net(nn.Module):
    """(N, 1, 28, 28) to (N, 10) logits; 10,790 parameters."""

    def __init__(self) -> None:
        super().__init__()
        layers = []
        for layer in LAYERS:
            if layer == POOL:
                layers.append(nn.MaxPool2d(2))
            else:
                channels_in, channels_out, kernel = layer
                layers += [nn.Conv2d(channels_in, channels_out, kernel, bias=False), nn.ReLU()]
        self.layers = nn.Sequential(*layers[:-1])  # no ReLU on the scores

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x).flatten(1)
