"""Code 4: batch normalisation.

Write `Net` of Code 3 with a batch norm behind each hidden convolution: at most 12,300 parameters, at least 98.3 % on
MNIST after 15 epochs, and a faster start. Read README.md first; look at your network with ``dlgrade model code4.py``;
measure it with ``dlgrade check code4``.
"""

import torch
from torch import nn


class Net(nn.Module):
    """(N, 1, 28, 28) images to (N, 10) logits."""

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError
