"""Code 9: image augmentation.

Write the two transforms, one for training images and one for test images, and bring your Code 8 network along. Read
README.md first; measure it with ``dlgrade check code9``.
"""

from collections.abc import Callable

import torch
from torch import nn

DEGREES = 7  # variant: degrees
SECOND = "shift"  # variant: second
MEAN, STD = 0.1307, 0.3081  # of the training images, as shares of 255


class Net(nn.Module):
    """(N, 1, 28, 28) images to (N, 10) logits: your Code 8."""

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


def train_transform() -> Callable:
    """From a PIL image of 28x28 grey values to a normalised (1, 28, 28) tensor, turned and changed at random.

    Made of the classes of ``torchvision.transforms``, so that the trainer can run them on whole batches.
    """
    raise NotImplementedError


def test_transform() -> Callable:
    """The same for images that the network is tested on: nothing of it is random."""
    raise NotImplementedError
