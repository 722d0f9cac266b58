"""Capstone: at most 8,000 parameters, at least 99.40 % in each of the last three of at most 15 epochs.

The network, the optimiser, the schedule and the augmentation are yours; the grader trains with them. Read README.md
first; look at your network with ``dlgrade model capstone.py``; measure it with ``dlgrade check capstone``.
"""

from collections.abc import Callable, Iterable

import torch
from torch import nn

INVERTED = False  # variant: inverted
"""Whether your images are dark digits on white paper. MNIST's own are light digits on black."""

LABELS = "0123456789"  # variant: labels
"""What your data set calls the digits: a zero has the class LABELS[0], a one LABELS[1], and so on."""

SCHEDULE_PER = "batch"
"""When the scheduler steps: after each "batch" or after each "epoch"."""


class Net(nn.Module):
    """(N, 1, 28, 28) images to (N, 10) logits or log-probabilities; at most 8,000 parameters."""

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


def make_optimizer(params: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """An optimiser of torch.optim over the network's parameters."""
    raise NotImplementedError


def make_scheduler(
    optimizer: torch.optim.Optimizer, epochs: int, steps_per_epoch: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """How its learning rate goes through the training; it is stepped as SCHEDULE_PER says.

    Args:
        epochs: 15 when it counts, 4 in a rehearsal; plan for the number that is given.
        steps_per_epoch: batches of 128 in one epoch.
    """
    raise NotImplementedError


def train_transform() -> Callable:
    """A torchvision transform, or a Compose of them, from a grey PIL image to a normalised tensor (1, 28, 28)."""
    raise NotImplementedError
