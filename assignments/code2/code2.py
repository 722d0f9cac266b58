"""Code 2: a skeleton.

Write `Net` as two blocks of convolutions with a transition between them, at most 200,000 parameters, at least 98.5 %
on MNIST after 5 epochs. Read README.md first; look at your network with ``dlgrade model code2.py``; measure it with
``dlgrade check code2``. `block` and `transition` are there to write each piece once; only `Net` is measured.
"""

import torch
from torch import nn


def block(channels_in: int, channels_out: int) -> nn.Module:
    """(N, channels_in, H, W) to (N, channels_out, H - 2, W - 2): a 3x3 convolution and its activation."""
    raise NotImplementedError


def transition(channels_in: int, channels_out: int) -> nn.Module:
    """(N, channels_in, H, W) to (N, channels_out, H // 2, W // 2): a pool, and a 1x1 convolution to fewer channels."""
    raise NotImplementedError


class Net(nn.Module):
    """(N, 1, 28, 28) images to (N, 10) logits."""

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError
