"""One hidden layer: inputs, ReLU, scores.

Write `Net`. Read README.md first; look at your network with ``dlgrade model f-onehidden.py``; measure it with
``dlgrade check f-onehidden``.
"""

import torch
from torch import nn


class Net(nn.Module):
    """Images or rows of numbers to logits, through one hidden layer with ReLU.

    Args:
        inputs: numbers per example (784 for an image of 28x28).
        hidden: units of the hidden layer.
        classes: scores per example.

    Example:
        ``Net(4, 3, 2)`` has 5 x 3 + 4 x 2 = 23 parameters and turns (N, 4) into (N, 2).
    """

    def __init__(self, inputs: int = 784, hidden: int = 32, classes: int = 10) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, ...) with `inputs` numbers per example, such as (N, 1, 28, 28), to (N, classes) logits."""
        raise NotImplementedError
