"""Code 1: model setup.

Everything that the ten steps of this course stand on: transforms, loaders, a first network, a loop that trains it and
one that only looks. Read README.md first; look at your network with ``dlgrade model code1.py``; measure all of it with
``dlgrade check code1``.
"""

from collections.abc import Callable

import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

INVERTED = False  # variant: inverted
"""Whether your images are dark digits on white paper. MNIST's own are light digits on black."""

BATCH_SIZE = 128  # variant: batch_size

Transform = Callable[[Image.Image], torch.Tensor]


def train_transform() -> Transform:
    """What is done to each training image before the network sees it.

    Returns:
        A callable (a torchvision ``Compose`` is one) from a grey PIL image of 28x28 pixels, as
        ``torchvision.datasets.MNIST`` hands it over, to a float32 tensor (1, 28, 28). Over the training set its numbers
        have mean 0 and standard deviation 1. Nothing random yet: that is Code 9.
    """
    raise NotImplementedError


def test_transform() -> Transform:
    """The same for test images: the same numbers for the same image."""
    raise NotImplementedError


def make_loaders(train_set: Dataset, test_set: Dataset, batch_size: int = BATCH_SIZE) -> tuple[DataLoader, DataLoader]:
    """Loaders over two data sets whose items are (tensor, class).

    Both give every item once per pass in batches of `batch_size`, the last one smaller where it does not come out even.
    The first shuffles anew for each pass, the second keeps the order of its set.
    """
    raise NotImplementedError


class Net(nn.Module):
    """(N, 1, 28, 28) images to (N, 10) scores (logits or log-probabilities), at most 6.5 million parameters."""

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


def count_parameters(model: nn.Module) -> int:
    """How many numbers the model learns; a tensor that two layers share counts once."""
    raise NotImplementedError


def train(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer, epoch: int) -> dict[str, float]:
    """One pass of training with the cross-entropy, in training mode.

    Args:
        model: gives log-probabilities or logits, as your Net does. On log-probabilities ``F.nll_loss`` and
            ``F.cross_entropy`` are the same number.
        epoch: 1, 2, ...; for printing.

    Returns:
        ``{"loss": ..., "accuracy": ...}``, means over the samples as they were seen; 3 of 4 right is 0.75.
    """
    raise NotImplementedError


def test(model: nn.Module, loader: DataLoader) -> dict[str, float]:
    """The same two figures in evaluation mode. Afterwards the model is as it was, its mode too."""
    raise NotImplementedError
