"""Code 6: global average pooling.

Write `Net` so that its last maps are averaged instead of flattened: at most 8,000 parameters, at least 98.0 % on
MNIST after 15 epochs. Read README.md first; look at your network with ``dlgrade model code6.py``; measure it with
``dlgrade check code6``.
"""

import torch
from torch import nn


class Net(nn.Module):
    """(N, 1, H, W) images to (N, 10) logits, for any H and W that the convolutions leave something of."""

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError
