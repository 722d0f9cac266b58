"""Code 3: a lighter model.

Write `Net` on the skeleton of Code 2 with at most 12,000 parameters, and foretell what each of its layers puts out.
Read README.md first; look at your network with ``dlgrade model code3.py``; measure it with ``dlgrade check code3``.
"""

import torch
from torch import nn


def plan(side: int = 28) -> list[tuple[int, int, int]]:
    """What each convolution, pool and dense layer of `Net` puts out for images of side x side, in the order of forward.

    Returns:
        One row per layer: channels, side of the map, parameters. A pool has no parameters; a global average and a
        dense layer leave a map of side 1.
    """
    raise NotImplementedError


class Net(nn.Module):
    """(N, 1, 28, 28) images to (N, 10) logits."""

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError
