"""Full marks: batch norm and dropout of the steps before, the dense head replaced by a global average."""

import torch
from torch import nn


def block(channels_in: int, channels_out: int) -> nn.Sequential:
    """3x3 convolution without padding (the map loses 2 pixels), batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )


class Net(nn.Module):
    """(N, 1, H, W) to (N, 10) logits, any H and W from 18 on; 6,250 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.edges = nn.Sequential(
            block(1, 8),
            nn.Conv2d(8, 12, 3, bias=False),
            nn.MaxPool2d(2),  # before the norm: the same answer from a quarter of the work
            nn.BatchNorm2d(12),
            nn.ReLU(),
        )
        self.parts = nn.Sequential(block(12, 14), block(14, 14), block(14, 14))
        self.dropout = nn.Dropout(0.02)
        self.head = nn.Linear(14, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.edges(x)  # (N, 12, 12, 12) of a 28x28 image
        x = self.parts(x)  # (N, 14, 6, 6)
        x = x.mean((2, 3))  # each map to its average: (N, 14)
        return self.head(self.dropout(x))
